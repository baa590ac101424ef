#include "actors/speech.hpp"

#include "actors/media/audio_path.hpp"
#include "actors/media/reply_playout.hpp"
#include "actors/media/synthesis.hpp"
#include "actors/runtime/pinned.hpp"
#include "actors/runtime/wake_up.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <caf/all.hpp>
#include <prometheus/counter.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_text = std::size_t{64} * 1024;
/// So often the dialogue learns that a reply waits until it may be played, and is not lost.
constexpr auto sign_of_life_interval = 1s;
/// The rest of a long reply waits with the provider, and costs the call nothing when the caller interrupts
/// it.
constexpr std::size_t most_held_ms = 4000;

/// Unsent bytes of a reply beyond which the provider is not read.
std::size_t bound_of(const call_settings& settings) {
  const auto wanted = most_held_ms * spoken_format(settings.carrier.codec).bytes_per_ms();
  return std::min(wanted, settings.limits.buffer_bytes / 2);
}

struct speech_state;
using speech_pointer = pinned_actor<actor_kind::speech, speech_actor, speech_state>*;

/// A turn until the caller has heard it, and what the dialogue was told of it.
struct reply {
  std::uint32_t turn = 0;
  std::optional<moment> arrived{};  // its first audio
  bool started = false;
  bool complete = false;  // nothing more comes
  std::string failure{};  // why that is not all
  std::string heard{};
  moment told{};  // so much
};

class speaker final : public link_events, public playout_events, public synthesis_events {
 public:
  speaker(speech_pointer self, call_actor call, dialogue_actor dialogue, std::shared_ptr<audio_path> path,
          const call_settings& settings, const services& shared);
  ~speaker();

  void begin();
  void take(const speak& command);
  void take(const pause_speech& command);
  void take(const resume_speech& command);
  void take(const stop_speech& command);

  void on_open() override;
  void on_text(std::span<char> text) override;
  void on_closed(const link_closed& how) override;

  void mark_returned(std::string_view name) override;
  void playout_writable() override;
  void playout_lost() override;

  void audio_arrived(std::span<const std::uint8_t> audio,
                     std::span<const tts::aligned_text> alignment) override;
  void word_repeated(std::uint64_t settled) override { playout_.drop_open_word(settled); }
  void all_arrived() override;
  void cannot_speak(std::string_view why) override;
  void text_charged(std::size_t characters) override;
  void provider_returned(std::size_t provider, provider_link::arrival how) override;
  void provider_gone(std::string_view why) override;

 private:
  template <class Call>
  void enter(Call&& call);
  void settle();
  void report();
  void tell_heard(moment marked_at = {});
  void interrupt();
  void end_reply();
  bool is_present(std::uint32_t turn) const { return reply_ && reply_->turn == turn; }
  moment now() const;

  speech_pointer self_;
  call_actor call_;
  dialogue_actor dialogue_;
  std::shared_ptr<audio_path> path_;
  metrics& measure_;
  std::optional<reply> reply_;
  std::uint32_t last_turn_ = 0;
  moment read_at_{};       // of the synthesiser's last message
  moment stream_since_{};  // that takes audio
  reply_playout playout_;
  wake_up wake_;
  synthesis synthesis_;
};

struct speech_state {
  std::unique_ptr<speaker> it;
  static inline const char* name = "speech";
};

moment speaker::now() const { return self_->home().now(); }

speaker::speaker(speech_pointer self, call_actor call, dialogue_actor dialogue,
                 std::shared_ptr<audio_path> path, const call_settings& settings, const services& shared)
    : self_(self),
      call_(std::move(call)),
      dialogue_(std::move(dialogue)),
      path_(std::move(path)),
      measure_(*shared.measure),
      playout_(path_, spoken_format(settings.carrier.codec), bound_of(settings), measure_),
      wake_(self->home(), [this] { enter([] {}); }),
      synthesis_(self->home(), shared, settings, *this, *this, playout_.ledger()) {
  path_->speech = this;
}

speaker::~speaker() {
  if (path_->speech == this) path_->speech = nullptr;
}

/// Runs a call from outside in the actor's name, then does what has become due.
template <class Call>
void speaker::enter(Call&& call) {
  self_->guard([&] {
    call();
    settle();
  });
}

void speaker::begin() {
  enter([this] { synthesis_.connect(); });
}

void speaker::take(const speak& command) {
  enter([&] {
    if (command.turn < last_turn_ || (command.turn == last_turn_ && !reply_)) return;
    if (reply_ && reply_->turn != command.turn) interrupt();
    if (!reply_) {
      reply_ = reply{.turn = last_turn_ = command.turn};
      playout_.begin(command.turn);
    }
    if (reply_->complete) return;
    if (synthesis_.has_failed()) return cannot_speak("speech synthesis has failed");
    if (playout_.ledger().text().size() + command.text.size() > most_text) {
      synthesis_.cancel();
      return cannot_speak("too much text");
    }
    playout_.add_text(command.text);
    synthesis_.speak(command.turn, command.last);
  });
}

void speaker::take(const pause_speech& command) {
  if (!is_present(command.turn)) return;
  enter([this] { playout_.pause(now()); });
}

void speaker::take(const resume_speech& command) {
  if (!is_present(command.turn)) return;
  enter([this] { playout_.resume(now()); });
}

void speaker::take(const stop_speech& command) {
  if (!is_present(command.turn)) return;
  enter([this] { interrupt(); });
}

void speaker::on_open() {
  enter([this] { synthesis_.opened(); });
}

void speaker::on_text(std::span<char> text) {
  enter([&] {
    read_at_ = now();
    synthesis_.received(text);
  });
}

void speaker::on_closed(const link_closed& how) {
  enter([&] { synthesis_.closed(how); });
}

void speaker::mark_returned(std::string_view name) {
  enter([&] {
    if (reply_ && playout_.mark_returned(name)) tell_heard(now());
  });
}

void speaker::playout_writable() {
  enter([this] {
    stream_since_ = now();
    playout_.stream_writable();
  });
}

void speaker::playout_lost() {
  enter([this] { playout_.stream_lost(now()); });
}

void speaker::audio_arrived(std::span<const std::uint8_t> audio,
                            std::span<const tts::aligned_text> alignment) {
  playout_.add_audio(audio, alignment);
  if (reply_->arrived) return;
  reply_->arrived = read_at_;
  const auto given = synthesis_.first_given();
  self_->send(dialogue_, speech_arrived{reply_->turn, read_at_, given.at, given.open_since});
}

void speaker::all_arrived() {
  reply_->complete = true;
  playout_.finish();
}

/// What audio there is still plays, then the turn ends as failed.
void speaker::cannot_speak(std::string_view why) {
  reply_->failure = why;
  reply_->complete = true;
  playout_.cut();
}

void speaker::text_charged(std::size_t characters) {
  self_->send(call_, usage_grew{{.tts_characters = characters}});
}

void speaker::provider_returned(std::size_t provider, provider_link::arrival how) {
  if (how.again) measure_.reconnects(peer::speech).Increment();
  if (how.elsewhere) measure_.failovers(peer::speech).Increment();
  self_->send(call_, provider_reconnected{peer::speech, std::string(provider_name(provider)), how.elsewhere});
}

void speaker::provider_gone(std::string_view why) {
  self_->send(call_, provider_failed{peer::speech, std::string(why)});
}

void speaker::settle() {
  synthesis_.tick();
  playout_.pump(now());
  report();
  // The synthesiser is faster than the caller's ear; it is read only as there is room.
  if (synthesis_.is_held() ? playout_.is_drained() : playout_.is_full()) {
    synthesis_.hold(!synthesis_.is_held());
  }
  if (reply_) wake_.by(playout_.wake_up());
  wake_.by(synthesis_.wake_up());
}

void speaker::report() {
  if (!reply_) return;
  if (playout_.has_started() && !std::exchange(reply_->started, true)) {
    const auto sent = now();
    const auto own = sent - std::max(reply_->arrived.value_or(sent), stream_since_);
    self_->send(dialogue_, speech_started{reply_->turn, sent, sent + playout_.ledger().first_word(), own});
  }
  if (playout_.is_barred()) tell_heard();
  if (!reply_->complete || !playout_.is_over(now())) return;
  if (reply_->failure.empty()) {
    self_->send(dialogue_, speech_finished{reply_->turn, std::string(playout_.ledger().heard_text(now()))});
  } else {
    tell_heard();
    self_->send(dialogue_, speech_failed{reply_->turn, reply_->failure});
  }
  end_reply();
}

void speaker::tell_heard(moment marked_at) {
  const auto heard = playout_.ledger().heard_text(now());
  const bool waits = playout_.is_barred() && now() >= reply_->told + sign_of_life_interval;
  if (heard == reply_->heard && !waits) return;
  reply_->heard = heard;
  reply_->told = now();
  self_->send(dialogue_, speech_heard{reply_->turn, reply_->heard, marked_at});
}

void speaker::interrupt() {
  playout_.stop(now());
  synthesis_.cancel();
  self_->send(dialogue_, speech_interrupted{reply_->turn, std::string(playout_.ledger().heard_text(now()))});
  end_reply();
}

void speaker::end_reply() {
  playout_.end();
  reply_.reset();
}

speech_actor::behavior_type run_speech(speech_pointer self, const call_actor& call,
                                       const dialogue_actor& dialogue,
                                       const std::shared_ptr<audio_path>& path, const call_settings& settings,
                                       const services& shared) {
  auto& it = self->state.it;
  it = std::make_unique<speaker>(self, call, dialogue, path, settings, shared);
  it->begin();
  return {
      [&it](const speak& command) { it->take(command); },
      [&it](const pause_speech& command) { it->take(command); },
      [&it](const resume_speech& command) { it->take(command); },
      [&it](const stop_speech& command) { it->take(command); },
  };
}

}  // namespace

speech_actor spawn_speech(loop& home, const call_actor& call, const dialogue_actor& dialogue,
                          std::shared_ptr<audio_path> path, const call_settings& settings,
                          const services& shared) {
  return spawn_on<speech_actor>(home, run_speech, call, dialogue, std::move(path), settings, shared);
}

}  // namespace tandem
