#include "actors/ingress.hpp"

#include "actors/media/audio_path.hpp"
#include "actors/media/distant_link.hpp"
#include "actors/media/inbound_audio.hpp"
#include "actors/media/line_recording.hpp"
#include "actors/media/newest_link.hpp"
#include "actors/media/outbound_audio.hpp"
#include "actors/runtime/cache_line.hpp"
#include "actors/runtime/pinned.hpp"
#include "actors/runtime/wake_up.hpp"
#include "protocols/conversation/pressed_keys.hpp"
#include "protocols/conversation/record.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <caf/all.hpp>
#include <prometheus/counter.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

/// From a stream's opening to its `start`.
constexpr auto start_deadline = 5s;
/// Without a frame for so long the caller's voice counts as ended.
constexpr auto longest_hole = 300ms;
constexpr std::uint64_t frames_per_count = 50;
/// The caller's frames are 20 ms as a rule.
constexpr std::uint32_t frame_ms = 20;

/// Of a recogniser, what it needs of itself for a frame.
constexpr std::size_t recogniser_lines = 6;

constexpr std::uint16_t normal = 1000;
constexpr std::uint16_t unsupported_data = 1003;
constexpr std::uint16_t no_status = 1005;
constexpr std::uint16_t policy_violation = 1008;

struct ingress_state;
using ingress_pointer = pinned_actor<actor_kind::ingress, ingress_actor, ingress_state>*;

class stream_owner final : public link_events, public carrier_playout, public inbound_audio::sink {
 public:
  stream_owner(ingress_pointer self, call_actor call, dialogue_actor dialogue,
               std::shared_ptr<audio_path> path, const carrier_settings& carrier, bool keeps_keys,
               metrics& measure, std::shared_ptr<line_recording> recording);
  ~stream_owner();

  void attach(const attach_stream& command);
  void hand_over(const call_actor& to);
  void listen(const attach_listener& who);
  void ending(const std::string& why) { ending_ = why; }

  void on_text(std::span<char> text) override;
  void on_writable() override;
  void on_closed(const link_closed& how) override;

  bool play(std::span<const std::uint8_t> audio) override;
  void mark(std::string_view name) override;
  void clear() override;

  void audio(std::span<const std::uint8_t> bytes) override;
  void voice(voice_change::kind what, std::uint32_t ago_ms) override;
  void key(char key) override {
    keys_.take_tones(key, last_frame_);
    keys_wait_ = true;
  }

 private:
  template <class Call>
  void enter(Call&& call);
  void settle();

  void take(const telnyx::connected&) {}
  void take(const telnyx::start& event);
  void refuse(const std::string& named);
  void begin(stream_started started);
  void take(const telnyx::media& event);
  void take(const telnyx::dtmf& event);
  void take(const telnyx::mark& event);
  void take(const telnyx::stop& event);
  void take(const telnyx::stream_error& event);
  void take(const telnyx::unknown&) {}

  template <class Append>
  bool send(Append&& append);
  void stream_over();
  void stop(std::uint16_t code, const std::string& why, bool orderly);
  void tell_keys();
  void watch_voice();
  void end_voice(std::uint32_t ago_ms);
  void tell_recogniser(bool speaking, std::uint32_t ago_ms);
  void count_frames();
  bool is_held() const { return path_->on_hold.load(std::memory_order_relaxed); }
  moment now() const;

  // What each frame needs, before the rest.
  loop& home_;
  ingress_pointer self_;
  std::shared_ptr<audio_path> path_;
  std::shared_ptr<line_recording> recording_;
  newest_link stream_;
  moment last_frame_;
  bool voice_told_ = false;
  bool keys_wait_ = false;
  reorder::counts counted_;
  std::optional<inbound_audio> inbound_;    // from `start` to the stream's end
  std::optional<outbound_audio> outbound_;  // the same, when the synthesiser does not speak the codec
  call_actor call_;
  dialogue_actor dialogue_;
  telnyx::codec codec_;
  bool hears_keys_;
  std::optional<byte_order> known_order_;
  bool keeps_keys_;
  metrics& measure_;
  l16_order order_;
  stream_started started_;
  std::string expected_;    // the carrier's call that the stream has to name
  bool is_missed_ = false;  // whether its call has none if it is refused
  moment attached_at_;
  pressed_keys keys_;
  bool complained_ = false;
  std::string message_;
  std::vector<std::uint8_t> silence_;
  std::string ending_ = std::string(end_reason::internal_error);
  wake_up wake_;
};

struct ingress_state {
  std::unique_ptr<stream_owner> it;
  static inline const char* name = "ingress";
};

moment stream_owner::now() const { return home_.now(); }

stream_owner::stream_owner(ingress_pointer self, call_actor call, dialogue_actor dialogue,
                           std::shared_ptr<audio_path> path, const carrier_settings& carrier, bool keeps_keys,
                           metrics& measure, std::shared_ptr<line_recording> recording)
    : home_(self->home()),
      self_(self),
      path_(std::move(path)),
      recording_(std::move(recording)),
      stream_(*this),
      call_(std::move(call)),
      dialogue_(std::move(dialogue)),
      codec_(carrier.codec),
      hears_keys_(carrier.inband_dtmf),
      known_order_(carrier.l16_order),
      keeps_keys_(keeps_keys),
      measure_(measure),
      wake_(home_, [this] { enter([] {}); }) {}

stream_owner::~stream_owner() {
  if (path_->playout == this) path_->playout = nullptr;
  count_frames();
  if (recording_) recording_->finish(ending_);
}

/// Runs a call from outside in the actor's name, then does what has become due.
template <class Call>
void stream_owner::enter(Call&& call) {
  self_->guard([&] {
    call();
    settle();
  });
}

void stream_owner::attach(const attach_stream& command) {
  enter([&] {
    is_missed_ = is_missed_ || inbound_ || command.is_sole;
    stream_over();
    attached_at_ = now();
    expected_ = command.carrier_call_id;
    stream_.take(&command.stream->home() == &home_ ? command.stream : bring_link(command.stream, home_));
    if (command.started) begin(*command.started);
  });
}

void stream_owner::hand_over(const call_actor& to) {
  enter([&] {
    if (!stream_ || !inbound_) return;
    self_->send(to, attach_stream{stream_.release(), started_});
    stream_over();
    if (recording_) recording_->drop();
    self_->send(call_, end_call{std::string(end_reason::joined)});
  });
}

void stream_owner::listen(const attach_listener& who) {
  enter([&] {
    if (!recording_) {
      recording_ = std::make_shared<line_recording>(nullptr, std::string(), codec_, !keeps_keys_, measure_);
    }
    auto stream = &who.stream->home() == &home_ ? who.stream : bring_link(who.stream, home_);
    recording_->listen({std::move(stream), who.by, who.place}, inbound_.has_value(), now(), path_->listeners);
  });
}

void stream_owner::on_text(std::span<char> text) {
  fetch_ahead(path_.get(), sizeof *path_);
  fetch_ahead(&inbound_, sizeof inbound_);
  enter([&] {
    const auto event = telnyx::decode_event(text);
    if (event) return std::visit([this](const auto& each) { take(each); }, *event);
    spdlog::debug("carrier sent something else fault={}", json::to_string(event.error()));
  });
}

void stream_owner::on_writable() {
  enter([this] {
    if (inbound_ && path_->speech != nullptr) path_->speech->playout_writable();
  });
}

void stream_owner::on_closed(const link_closed& how) {
  enter([&] {
    stop(normal, how.reason.empty() ? "the connection closed" : how.reason,
         how.code == normal || how.code == no_status);
  });
}

void stream_owner::take(const telnyx::start& event) {
  if (inbound_) return;
  auto started = describe(event);
  const auto& named = started.carrier_call_id;
  if (!expected_.empty() && !named.empty() && named != expected_) return refuse(named);
  if (!can_decode(event.format)) {
    const auto& codec = started.codec;
    spdlog::warn("carrier's stream has a codec that is not supported codec={} rate={}", codec,
                 event.format.sample_rate);
    // Another stream of this call would have it as well.
    self_->send(call_, end_call{std::string(end_reason::unsupported_codec)});
    return stop(unsupported_data,
                "audio comes as " + codec + " at " + std::to_string(event.format.sample_rate) +
                    " Hz; supported are PCMU, PCMA and G722 at 8000 Hz, L16 at 8000 to 48000 Hz, and OPUS",
                false);
  }
  begin(std::move(started));
}

/// The stream came with the token of one call and says that it carries another. The call goes on waiting for
/// its own, unless none will come; one whose place it took is gone.
void stream_owner::refuse(const std::string& named) {
  measure_.connection_failures(peer::telnyx, connection_failure::unauthorised).Increment();
  spdlog::warn("carrier's stream refused, it names another call than its token named={} expected={}", named,
               expected_);
  const std::string why = "the stream is another call's";
  stream_.let_go(policy_violation, why);
  if (std::exchange(is_missed_, false)) self_->send(call_, stream_stopped{why, false});
}

/// The stream said which call it carries, to this call or to the one that it comes from.
void stream_owner::begin(stream_started started) {
  started_ = std::move(started);
  is_missed_ = false;
  order_ = l16_order(known_order_);
  const telnyx::media_format format{telnyx::codec_of(started_.codec), started_.rate, 1};
  inbound_.emplace(format, heard_format(codec_), hears_keys_, order_, *this);
  if (is_wideband(codec_)) outbound_.emplace(codec_, format, order_);
  counted_ = {};
  last_frame_ = now();
  if (recording_) recording_->stream_began(last_frame_);
  self_->send(call_, started_);
  tell_recogniser(false, 0);
  path_->playout = this;
  if (path_->speech != nullptr) path_->speech->playout_writable();
}

void stream_owner::take(const telnyx::media& event) {
  if (!inbound_ || event.source != telnyx::track::inbound) return;
  if (path_->recogniser != nullptr) fetch_ahead(path_->recogniser, recogniser_lines * cache_line);
  last_frame_ = now();
  path_->frame.note(last_frame_);
  inbound_->take(event.chunk, event.payload);
  if (recording_ && inbound_->key_sounds()) recording_->key_pressed(last_frame_);
  if (inbound_->is_speaking()) path_->voice.note(last_frame_);
  if (is_held()) end_voice(0);
  // Voice that went on behind a hole in the stream.
  if (inbound_->is_speaking() && !voice_told_) voice(voice_change::kind::started, frame_ms);
  if (inbound_->frames().ok - counted_.ok >= frames_per_count) count_frames();
}

void stream_owner::take(const telnyx::dtmf& event) {
  if (!inbound_) return;
  if (recording_) recording_->key_pressed(now());
  keys_.take_event(event.digit, from_rfc3339(event.occurred_at), now());
  keys_wait_ = true;
}

/// Those that are due.
void stream_owner::tell_keys() {
  if (!keys_wait_) return;
  while (const auto key = keys_.next(now())) {
    const dtmf_pressed pressed{std::string(1, *key)};
    self_->send(call_, pressed);
    self_->send(dialogue_, pressed);
  }
  const auto next = keys_.deadline();
  keys_wait_ = next.has_value();
  wake_.by(next);
}

void stream_owner::take(const telnyx::mark& event) {
  if (inbound_ && path_->speech != nullptr) path_->speech->mark_returned(event.name);
}

void stream_owner::take(const telnyx::stop&) { stop(normal, "the carrier stopped the stream", true); }

void stream_owner::take(const telnyx::stream_error& event) {
  if (std::exchange(complained_, true)) return;
  spdlog::warn("carrier did not like what it was sent code={} title={} detail={}", event.code, event.title,
               event.detail);
}

void stream_owner::audio(std::span<const std::uint8_t> bytes) {
  if (recording_) recording_->caller(bytes, last_frame_);
  if (path_->recogniser == nullptr || is_held()) return;
  if (!inbound_->key_sounds()) return path_->recogniser->caller_audio(bytes, last_frame_);
  // What a key sounds like is no word, and nobody else's business.
  silence_.assign(bytes.size(), heard_format(codec_).silence);
  path_->recogniser->caller_audio(silence_, last_frame_);
}

void stream_owner::voice(voice_change::kind what, std::uint32_t ago_ms) {
  if (what == voice_change::kind::ended) return end_voice(ago_ms);
  if (is_held() || std::exchange(voice_told_, true)) return;
  tell_recogniser(true, ago_ms);
  self_->send(dialogue_, voice_started{ago_ms});
}

void stream_owner::end_voice(std::uint32_t ago_ms) {
  if (!std::exchange(voice_told_, false)) return;
  tell_recogniser(false, ago_ms);
  self_->send(dialogue_, voice_ended{ago_ms});
}

void stream_owner::tell_recogniser(bool speaking, std::uint32_t ago_ms) {
  if (path_->recogniser == nullptr) return;
  path_->recogniser->caller_voice(speaking, std::chrono::milliseconds(ago_ms));
}

bool stream_owner::play(std::span<const std::uint8_t> audio) {
  const auto at = now();
  // The pass may have ended since speech looked.
  if (!path_->may_act(at)) {
    const auto frame = frame_ms * spoken_format(codec_).bytes_per_ms();
    measure_.outbound_frames(frame_outcome::dropped)
        .Increment(static_cast<double>(audio.size()) / static_cast<double>(frame));
    return true;
  }
  path_->reply.note(at);
  if (recording_) recording_->agent(audio, at);
  const auto send_payload = [this](std::span<const std::uint8_t> payload) {
    return send([payload](std::string& out) { telnyx::append_media(out, payload); });
  };
  if (!outbound_) return send_payload(audio);
  bool more = true;
  outbound_->encode(audio, [&](auto payload) { more = send_payload(payload); });
  return more;
}

void stream_owner::mark(std::string_view name) {
  if (!path_->may_act(now())) return;
  send([name](std::string& out) { telnyx::append_mark(out, name); });
}

void stream_owner::clear() {
  if (!path_->may_act(now())) return;
  if (recording_) recording_->clear(now());
  send([](std::string& out) { telnyx::append_clear(out); });
}

template <class Append>
bool stream_owner::send(Append&& append) {
  bool more = false;
  self_->guard([&] {
    if (!stream_) return;
    message_.clear();
    append(message_);
    more = stream_->send(message_);
  });
  return more;
}

/// Nothing more is to be expected of the stream, and nothing can be played to it.
void stream_owner::stream_over() {
  if (!inbound_) return;
  inbound_->finish();
  end_voice(0);
  keys_.expect_no_more(now());
  tell_keys();
  count_frames();
  inbound_.reset();
  outbound_.reset();
  path_->playout = nullptr;
  if (recording_) recording_->clear(now());
  if (path_->speech != nullptr) path_->speech->playout_lost();
}

void stream_owner::stop(std::uint16_t code, const std::string& why, bool orderly) {
  stream_over();
  is_missed_ = false;
  stream_.let_go(code, why);
  self_->send(call_, stream_stopped{why, orderly});
}

void stream_owner::settle() {
  if (!stream_) return;
  if (!inbound_) {
    if (now() >= attached_at_ + start_deadline) {
      return stop(policy_violation, "the stream did not say which call it carries", false);
    }
    return wake_.by(attached_at_ + start_deadline);
  }
  tell_keys();
  watch_voice();
}

void stream_owner::watch_voice() {
  if (!voice_told_) return;
  if (now() < last_frame_ + longest_hole) return wake_.by(last_frame_ + longest_hole);
  end_voice(static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now() - last_frame_).count()));
}

void stream_owner::count_frames() {
  if (!inbound_) return;
  const auto& seen = inbound_->frames();
  const auto add = [this](frame_outcome what, std::uint64_t count) {
    if (count != 0) measure_.inbound_frames(what).Increment(static_cast<double>(count));
  };
  add(frame_outcome::ok, seen.ok - counted_.ok);
  add(frame_outcome::late, seen.late - counted_.late);
  add(frame_outcome::lost, seen.lost - counted_.lost);
  counted_ = seen;
}

ingress_actor::behavior_type run_ingress(ingress_pointer self, const call_actor& call,
                                         const dialogue_actor& dialogue,
                                         const std::shared_ptr<audio_path>& path,
                                         const carrier_settings& carrier, bool keeps_keys, metrics* measure,
                                         const std::shared_ptr<line_recording>& recording) {
  auto& it = self->state.it;
  it = std::make_unique<stream_owner>(self, call, dialogue, path, carrier, keeps_keys, *measure, recording);
  return {
      [&it](const attach_stream& command) { it->attach(command); },
      [&it](const hand_over_stream& command) { it->hand_over(command.to); },
      [&it](const attach_listener& who) { it->listen(who); },
      [&it](const call_ending& event) { it->ending(event.reason); },
  };
}

}  // namespace

stream_started describe(const telnyx::start& event) {
  const auto codec = telnyx::to_string(event.format.encoding);
  return {std::string(event.call_control_id),
          std::string(event.stream_id),
          std::string(event.from),
          std::string(event.to),
          std::string(codec),
          event.format.sample_rate};
}

ingress_actor spawn_ingress(loop& home, const call_actor& call, const dialogue_actor& dialogue,
                            std::shared_ptr<audio_path> path, const call_settings& settings, metrics& measure,
                            std::shared_ptr<line_recording> recording) {
  return spawn_on<ingress_actor>(home, run_ingress, call, dialogue, std::move(path), settings.carrier,
                                 settings.keeps_keys, &measure, std::move(recording));
}

}  // namespace tandem
