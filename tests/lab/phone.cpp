#include "tests/lab/phone.hpp"

#include "protocols/telnyx/call_control.hpp"
#include "protocols/telnyx/carrier.hpp"
#include "tests/lab/dtmf_tones.hpp"
#include "tests/lab/sound_format.hpp"

#include <array>
#include <utility>
#include <variant>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr auto frame_time = 20ms;

/// A key's tones and the pause behind them, as a telephone dials by itself.
constexpr std::size_t tone_frames = 5;
constexpr std::size_t key_frames = 9;
constexpr double tone_level = 4000;

constexpr std::size_t frame_ms = 20;
constexpr std::size_t longest_playout_ms = 30 * 60 * 1000;

telnyx::media_format format_of(telnyx::codec codec, std::uint32_t l16_rate) {
  return {codec, codec == telnyx::codec::l16 ? l16_rate : telnyx::sampling_rate(codec), 1};
}

/// Samples to and from a person, in their format.
sound_format written_as(const audio_format& sound) { return *sound_format_of(sound.name); }

}  // namespace

void phone_counts::add(const phone_counts& other) {
  frames_sent += other.frames_sent;
  audio_bytes_received += other.audio_bytes_received;
  clears += other.clears;
  marks += other.marks;
  faults += other.faults;
}

phone::phone(loop& home, link_connector& network, line over_line, person& who,
             std::function<void(std::string)> over)
    : home_(home),
      line_(std::move(over_line)),
      who_(who),
      over_(std::move(over)),
      sound_(spoken_format(line_.codec)),
      order_(line_.order),
      playout_(sound_.silence, longest_playout_ms * sound_.bytes_per_ms()),
      stream_id_("stream-" + std::to_string(line_.streams_before) + "-" + line_.call_control_id) {
  auto& back = line_.from_engine_codec;
  if (back == telnyx::codec::unknown) back = line_.codec;
  if (is_wideband(line_.codec)) encoder_ = make_encoder(line_.codec, line_.rate, sound_.rate, order_);
  if (is_wideband(back) || back != line_.codec)
    decoder_ = make_decoder(format_of(back, line_.rate), sound_.rate, order_);
  link_ = network.connect(home_, {.to = peer::telnyx, .url = line_.stream_url, .headers = line_.headers});
  link_->start(*this);
}

void phone::on_open() {
  tell(stream_news::opened);
  out_.clear();
  telnyx::carrier::append(out_, telnyx::connected{.version = "1.0.0"});
  send(out_);
  out_.clear();
  telnyx::start start;
  start.sequence = static_cast<std::int64_t>(++sequence_);
  start.stream_id = stream_id_;
  start.call_control_id = line_.call_control_id;
  start.call_session_id = line_.call_control_id;
  start.from = line_.from;
  start.to = line_.to;
  start.client_state = line_.client_state;
  start.format = format_of(line_.codec, line_.rate);
  telnyx::carrier::append(out_, start);
  send(out_);
  opened_at_ = std::chrono::floor<std::chrono::milliseconds>(home_.wall_clock());
  next_tick_ = home_.now() + frame_time;
  ticking_ = home_.at(next_tick_, [this] { tick(); });
}

void phone::send(const std::string& text) {
  if (line_.to_engine == 0ms) {
    link_->send(text);
  } else {
    leaving_.push_back({home_.now() + line_.to_engine, text});
  }
}

void phone::tick() {
  auto now = home_.now();
  // By deadline, so that a late timer does not slow the line; after a long stall the line starts anew.
  next_tick_ += frame_time;
  if (next_tick_ + 1s < now) next_tick_ = now + frame_time;
  ticking_ = home_.at(next_tick_, [this] { tick(); });
  for (; !leaving_.empty() && leaving_.front().due <= now; leaving_.pop_front())
    link_->send(leaving_.front().text);
  for (; !arriving_.empty() && arriving_.front().due <= now; arriving_.pop_front())
    obey(arriving_.front().text);

  frame heard(frame_ms * sound_.bytes_per_ms());
  reached_.clear();
  auto is_audio = playout_.next(heard, reached_);
  for (const auto& name : reached_) return_mark(name);
  who_.hear(now, heard, is_audio);

  frame said(heard.size());
  who_.speak(now, said);
  if (const auto key = who_.presses(now); key != 0) press(key, now);
  sound_keys(said);
  send_frame(said);
  for (; !late_keys_.empty() && late_keys_.front().due <= now; late_keys_.pop_front())
    send_key(late_keys_.front());
  if (who_.hangs_up(now)) hang_up();
}

void phone::send_frame(const frame& audio) {
  out_.clear();
  telnyx::media media;
  media.sequence = static_cast<std::int64_t>(++sequence_);
  media.stream_id = stream_id_;
  media.source = telnyx::track::inbound;
  media.chunk = static_cast<std::int64_t>(++chunk_);
  media.timestamp =
      static_cast<std::int64_t>(chunk_ * frame_ms * format_of(line_.codec, line_.rate).sample_rate / 1000);
  media.payload = audio;
  if (encoder_) {
    encoder_->encode(decode_sound(written_as(sound_), audio), bytes_);
    media.payload = bytes_;
  }
  telnyx::carrier::append(out_, media);
  send(out_);
  ++counts_.frames_sent;
}

void phone::press(char key, moment now) {
  if (line_.keys != key_telling::events) sounding_ += key;
  if (line_.keys == key_telling::tones) return;
  // By the line's frames, so that presses keep their distance when late ticks come all at once.
  late_keys_.push_back(
      {now + line_.key_event_delay, key, opened_at_ + static_cast<std::int64_t>(chunk_) * frame_time});
  const auto waiting = late_keys_.size();
  if (!line_.swaps_key_events || waiting % 2 != 0) return;
  auto& before = late_keys_[waiting - 2];
  before.due = late_keys_.back().due;
  std::swap(before, late_keys_.back());
}

/// A key's tones take the place of what is said meanwhile.
void phone::sound_keys(frame& said) {
  if (sounding_.empty()) return;
  if (sounded_ < tone_frames) {
    std::vector<std::int16_t> tones(frame_ms * sound_.samples_per_ms());
    dtmf_tones(sounding_.front(), sounded_ * tones.size(), tones, tone_level, sound_.rate);
    const auto bytes = encode_sound(written_as(sound_), tones);
    said.assign(bytes.begin(), bytes.end());
  } else {
    said.assign(said.size(), sound_.silence);
  }
  if (++sounded_ < key_frames) return;
  sounding_.erase(0, 1);
  sounded_ = 0;
}

void phone::send_key(const late_key& key) {
  out_.clear();
  telnyx::dtmf pressed;
  pressed.sequence = static_cast<std::int64_t>(++sequence_);
  pressed.stream_id = stream_id_;
  pressed.digit = key.key;
  const auto at = to_rfc3339(key.pressed_at);
  pressed.occurred_at = at;
  telnyx::carrier::append(out_, pressed);
  send(out_);
}

void phone::on_text(std::span<char> text) {
  if (line_.from_engine == 0ms) {
    std::string now(text.data(), text.size());
    return obey(now);
  }
  arriving_.push_back({home_.now() + line_.from_engine, std::string(text.data(), text.size())});
}

void phone::obey(std::string& text) {
  auto command = telnyx::carrier::decode_command({text.data(), text.size()});
  out_.clear();
  if (!command) {
    ++counts_.faults;
    auto bad_media = command.error() == json::fault::bad_base64;
    telnyx::carrier::append(out_,
                            telnyx::stream_error{.stream_id = stream_id_,
                                                 .code = bad_media ? 100004 : 100003,
                                                 .title = bad_media ? "invalid_media" : "malformed_frame",
                                                 .detail = json::to_string(command.error())});
    send(out_);
  } else if (auto* media = std::get_if<telnyx::media>(&*command)) {
    tell(stream_news::audio);
    counts_.audio_bytes_received += media->payload.size();
    if (!play(media->payload)) ++counts_.faults;
  } else if (auto* mark = std::get_if<telnyx::mark>(&*command)) {
    if (playout_.mark(mark->name)) return_mark(std::string(mark->name));
  } else if (std::holds_alternative<telnyx::carrier::clear>(*command)) {
    ++counts_.clears;
    for (const auto& name : playout_.clear()) return_mark(name);
    who_.cleared(home_.now());
  }
}

/// False when it cannot be played: an Opus message has to be one frame of 20 ms.
bool phone::play(std::span<const std::uint8_t> payload) {
  if (!decoder_) return playout_.media(payload);
  if (!decoder_->decode(payload, samples_)) return false;
  const bool may_be_any_length = line_.from_engine_codec != telnyx::codec::opus;
  if (!may_be_any_length && samples_.size() != frame_ms * sound_.samples_per_ms()) return false;
  return playout_.media(encode_sound(written_as(sound_), samples_));
}

void phone::return_mark(const std::string& name) {
  out_.clear();
  telnyx::mark mark;
  mark.sequence = static_cast<std::int64_t>(++sequence_);
  mark.stream_id = stream_id_;
  mark.name = name;
  telnyx::carrier::append(out_, mark);
  send(out_);
  ++counts_.marks;
}

void phone::hang_up() {
  if (!link_ || std::exchange(hung_up_, true)) return;
  ticking_.cancel();
  out_.clear();
  telnyx::stop stop;
  stop.sequence = static_cast<std::int64_t>(++sequence_);
  stop.stream_id = stream_id_;
  stop.call_control_id = line_.call_control_id;
  telnyx::carrier::append(out_, stop);
  link_->send(out_);
  link_->close(1000, "");
}

void phone::drop() {
  ticking_.cancel();
  link_.reset();
  tell(stream_news::over);
  if (auto over = std::exchange(over_, nullptr)) over("dropped");
}

void phone::on_closed(const link_closed& how) {
  ticking_.cancel();
  tell(stream_news::over);
  if (auto over = std::exchange(over_, nullptr)) over(how.reason);
}

}  // namespace tandem::lab
