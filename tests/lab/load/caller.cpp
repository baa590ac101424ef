#include "tests/lab/load/caller.hpp"

#include "protocols/base64.hpp"
#include "protocols/telnyx/carrier.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>
#include <variant>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr auto frame_time = 20ms;
constexpr std::uint32_t second = 50;
constexpr std::uint32_t open_within = 15 * second;
constexpr std::uint32_t close_within = 6 * second;
/// A half-open stream is given up by the engine within a minute.
constexpr std::uint32_t silent_for = 60 * second;
/// Callers do not start to speak before it has been quiet for so long, and interrupt what has lasted so long.
constexpr std::uint32_t polite = second / 2;
constexpr std::uint32_t rude = second;
/// So long after its last voice a caller can be the reason of a `clear`.
constexpr std::uint32_t frames_of_a_whisper = 10;
constexpr std::uint32_t asked_by_voice = 3 * second;
constexpr auto asked_by_words = 1s;
constexpr std::uint8_t close_opcode = 8;
constexpr std::uint8_t pong_opcode = 10;

std::uint64_t microseconds_since(moment from) {
  const auto passed = std::chrono::steady_clock::now() - from;
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(passed).count());
}

}  // namespace

std::string_view to_string(call_end how) {
  constexpr std::array<std::string_view, 5> names{"caller", "engine", "refused", "failed", "broken"};
  return names[static_cast<std::size_t>(how)];
}

caller::caller(caller_ward& ward, std::shared_ptr<call_facts> facts)
    : ward_(ward),
      facts_(std::move(facts)),
      id_("load-" + std::to_string(facts_->plan.number)),
      media_("stream-" + id_),
      next_speech_(facts_->plan.first_speech) {}

caller::~caller() {
  let_go(stream_);
  let_go(former_);
}

void caller::open(const std::string& url) {
  if (over_ || at_ != phase::waiting) return;
  url_ = url;
  at_ = phase::opening;
  ticks_ = 0;
  dialed_ = std::chrono::steady_clock::now();
  dial(stream_);
}

void caller::dial(std::unique_ptr<media_socket>& socket) {
  try {
    socket = std::make_unique<media_socket>(ward_.epoll, url_, *this);
  } catch (const std::runtime_error& fault) {
    end(call_end::failed, fault.what());
  }
}

void caller::tick() {
  if (over_) return;
  ++ticks_;
  switch (at_) {
    case phase::waiting:
    case phase::opening:
      if (plan().line == line_fault::unborn && ticks_ > plan().line_at % 5) {
        note_suffering();
        return end(call_end::broken, "gone before it was open");
      }
      if (ticks_ > open_within) end(call_end::failed, "no stream in time");
      return;
    case phase::leaving:
      if (ticks_ > close_within) end(call_end::failed, "the engine did not close the stream");
      return;
    case phase::talking:
      break;
  }
  if (silent_) {
    if (ticks_ > silent_for) end(call_end::failed, "the engine kept a dead stream");
    return;
  }
  play();
  await_reply();
  ++life_;
  if (over_ || suffer()) return;
  send_frame();
  if (plan().life != 0 && life_ >= plan().life) hang_up();
}

void caller::on_open(media_socket& from) {
  if (&from != stream_.get()) {
    // The second stream of the call takes over; the first one goes a little later.
    std::swap(stream_, former_);
    send_start();
    return;
  }
  ward_.set_up.add(microseconds_since(dialed_));
  at_ = phase::talking;
  ticks_ = 0;
  send_start();
}

void caller::send_start() {
  out_.clear();
  telnyx::carrier::append(out_, telnyx::connected{.version = "1.0.0"});
  send_text(out_);
  if (plan().line == line_fault::nameless) return;
  const auto stream = "stream-" + id_;
  out_.clear();
  telnyx::carrier::append(out_, telnyx::start{.sequence = static_cast<std::int64_t>(++sequence_),
                                              .stream_id = stream,
                                              .call_control_id = id_,
                                              .call_session_id = id_,
                                              .from = "+13125550100",
                                              .to = "+13125550142",
                                              .format = {telnyx::codec::pcmu, 8000, 1}});
  send_text(out_);
}

void caller::send_text(std::string_view text) {
  std::string framed;
  append_client_frame(framed, text);
  transmit(framed);
}

/// The sound of the frame that is due: the sentence when it is time for it.
std::uint16_t caller::next_sound() {
  const auto& mine = plan();
  if (said_ == 0) {
    const auto quiet = queued_ == 0 && silent_run_ >= polite;
    const auto interrupts = mine.interrupts != interruption::none && heard_run_ >= rude && !interrupted_;
    if (mine.speech_period == 0 || (!interrupts && (!quiet || life_ < next_speech_))) {
      return sound_book::silence;
    }
    interrupted_ = interrupts;
    whispers_ = interrupts && mine.interrupts == interruption::whisper;
    next_speech_ = std::max(next_speech_ + mine.speech_period, life_);
    const auto first = result_.frames_sent - 1;
    std::lock_guard guard(facts_->mutex);
    if (interrupts) {
      // What a frame holds began so long before it is sent.
      interrupting_ = std::chrono::steady_clock::now() - frame_time;
      facts_->told_words.reset();
    }
    if (!whispers_) facts_->spoken.add(first, first + static_cast<std::uint32_t>(ward_.book.caller_frames()));
  }
  last_voice_ = life_;
  const auto sound = whispers_ ? sound_book::whisper : ward_.book.caller_sound(said_);
  if (++said_ == (whispers_ ? frames_of_a_whisper : ward_.book.caller_frames())) said_ = 0;
  return sound;
}

void caller::send_frame() {
  const frame_tag tag{
      .call = plan().number, .number = result_.frames_sent++, .sound = next_sound(), .sent = load_clock()};
  const auto text = media_.frame_of(++sequence_, result_.frames_sent, ward_.book, tag);
  const auto now_and_then = life_ >= plan().line_at && life_ % 13 == 0;
  if (now_and_then && plan().line == line_fault::lost) return;
  if (now_and_then && plan().line == line_fault::swapped) {
    held_ = text;
    return;
  }
  const auto sent = transmit(text);
  if (now_and_then && plan().line == line_fault::doubled) transmit(text);
  if (!held_.empty()) transmit(std::exchange(held_, {}));
  if (!sent && stream_ && stream_->is_open()) end(call_end::failed, "the engine does not read");
}

/// False when it was not taken; the stream may be gone then, and the call over.
bool caller::transmit(std::string_view framed) { return stream_ && stream_->send(framed); }

void caller::play() {
  if (queued_ == 0) {
    ++silent_run_;
    heard_run_ = 0;
    interrupted_ = false;
    return;
  }
  const auto count = std::min<std::uint64_t>(queued_, frame_bytes);
  queued_ -= count;
  played_ += count;
  silent_run_ = 0;
  ++heard_run_;
  return_marks(false);
}

void caller::await_reply() {
  waited_ = facts_->is_owed ? waited_ + 1 : 0;
  result_.longest_wait = std::max(result_.longest_wait, waited_);
}

void caller::return_marks(bool all) {
  while (!marks_.empty() && (all || marks_.front().at <= played_)) {
    out_.clear();
    telnyx::carrier::append(out_, telnyx::mark{.sequence = static_cast<std::int64_t>(++sequence_),
                                               .stream_id = "stream",
                                               .name = marks_.front().name});
    marks_.pop_front();
    send_text(out_);
  }
}

void caller::on_message(media_socket& from, server_frames::kind what, std::string_view payload) {
  switch (what) {
    case server_frames::kind::text:
      if (&from == stream_.get()) obey(payload);
      break;
    case server_frames::kind::ping: {
      std::string pong;
      append_client_frame(pong, payload, pong_opcode);
      from.send(pong);
      break;
    }
    case server_frames::kind::pong:
      break;
    case server_frames::kind::close: {
      std::string answer;
      append_client_frame(answer, payload, close_opcode);
      from.send(answer);
      break;
    }
  }
}

void caller::obey(std::string_view text) {
  const auto read_at = std::chrono::steady_clock::now();
  const auto command = scan_command(text);
  switch (command.what) {
    case scanned_command::kind::media:
      return hear(command.value, read_at);
    case scanned_command::kind::mark:
      marks_.push_back({played_ + queued_, std::string(command.value)});
      return return_marks(false);
    case scanned_command::kind::clear:
      note_clear();
      queued_ = 0;
      return return_marks(true);
    case scanned_command::kind::other:
      break;
  }
  std::string copy(text);
  const auto parsed = telnyx::carrier::decode_command(copy);
  if (!parsed || std::holds_alternative<telnyx::unknown>(*parsed)) ++ward_.faults;
}

/// Whoever speaks while a late reply begins has cut it short, however polite; and words that come late from
/// Scribe do so long after they were said.
void caller::note_clear() {
  const auto began = std::exchange(interrupting_, {});
  std::lock_guard guard(facts_->mutex);
  const auto by_words = facts_->is_greeted && facts_->last_words &&
                        std::chrono::steady_clock::now() - *facts_->last_words <= asked_by_words;
  const auto by_voice = life_ <= last_voice_ + asked_by_voice;
  ++(by_voice || by_words ? facts_->asked_clears : facts_->unasked_clears);
  if (began == moment{} || !ward_.measuring) return;
  auto& times = ward_.interruptions;
  if (facts_->told_words) {
    times.by_words.add(microseconds_since(*facts_->told_words));
  } else {
    times.by_voice.add(microseconds_since(began));
  }
}

void caller::hear(std::string_view base64, moment read_at) {
  thread_local std::vector<std::uint8_t> audio;
  audio.resize(base64::decoded_bound(base64.size()));
  const auto size = base64::decode(base64, audio);
  if (!size) return void(++ward_.faults);
  queued_ += *size;
  facts_->is_owed = false;
  result_.replies_heard += static_cast<std::uint32_t>(*size / frame_bytes);
  std::lock_guard guard(facts_->mutex);
  facts_->downstream.take(std::span(audio).first(*size), {});
  const auto sent = std::exchange(facts_->audio_sent, {});
  const auto before = sent ? std::exchange(facts_->text_took, {}) : std::nullopt;
  if (before && ward_.measuring) {
    const auto own = *before + (read_at - *sent);
    ward_.own.add(
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(own).count()));
  }
}

void caller::on_end(media_socket& from, unsigned status, std::string_view why) {
  if (&from == former_.get()) return;
  // The engine may be quicker to close the first stream than the second one to say that it is open.
  if (former_ && !former_->has_ended() && at_ == phase::talking) return std::swap(stream_, former_);
  if (at_ == phase::leaving) return end(call_end::caller, why);
  if (status == 503) return end(call_end::refused, why, status);
  if (at_ == phase::opening) return end(call_end::failed, why, status);
  end(call_end::engine, why);
}

void caller::hang_up() {
  if (over_ || at_ == phase::leaving) return;
  if (at_ != phase::talking) return end(call_end::caller, "before the stream was open");
  close();
}

void caller::close() {
  at_ = phase::leaving;
  ticks_ = 0;
  out_.clear();
  telnyx::carrier::append(out_, telnyx::stop{.sequence = static_cast<std::int64_t>(++sequence_),
                                             .stream_id = "stream",
                                             .call_control_id = id_});
  send_text(out_);
  if (!stream_ || stream_->has_ended()) return;
  stream_->read(true);
  std::string goodbye;
  append_client_frame(goodbye, std::string_view("\x03\xe8", 2), close_opcode);
  transmit(goodbye);
}

void caller::hung_up_by_engine() {
  end(at_ == phase::leaving ? call_end::caller : call_end::engine, "hung up by the engine");
}

void caller::drop() {
  end(plan().line == line_fault::none ? call_end::failed : call_end::broken, "dropped at the end of the run");
}

void caller::rejected(std::string_view why) { end(call_end::refused, why); }

void caller::let_go(std::unique_ptr<media_socket>& socket, bool reset) {
  if (!socket) return;
  socket->drop(reset);
  // An event of this round may name it still.
  ward_.dropped.push_back(std::move(socket));
}

void caller::end(call_end how, std::string_view why, unsigned status) {
  if (std::exchange(over_, true)) return;
  result_.facts = facts_;
  result_.how = how;
  result_.why = why;
  result_.status = status;
  result_.at = std::chrono::steady_clock::now();
  let_go(stream_, plan().line == line_fault::reset);
  let_go(former_);
}

}  // namespace tandem::lab
