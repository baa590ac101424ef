#pragma once

#include "protocols/audio/pacing.hpp"
#include "protocols/audio/voice_activity.hpp"
#include "protocols/moment.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tandem::bench {

/// Who ends what a caller says, as the engine's `scribe.commit` has it: we by our voice activity, or Scribe.
enum class committer : std::uint8_t { local, vad };

/// What a relay is started with.
struct relay_order {
  std::string providers;  ///< ws://HOST:PORT
  committer commit = committer::local;
  bool reads_twice = false;  ///< reads as Asio does it, where that is a choice
};

/// Reads `PROGRAM serve PROVIDERS [--commit=local|vad] [--reads-twice]`; says what is wrong on stderr and
/// gives nothing.
std::optional<relay_order> read_order(int count, char** arguments);

/// What follows `ws://HOST:PORT` in the addresses of a call's two providers.
std::string scribe_target(committer commit);
std::string speech_target();

enum class line : std::uint8_t { carrier, scribe, speech };

/// The three connections of a call, as its relay has them.
class call_lines {
 public:
  /// Where the text of the next message for this line is to be appended.
  virtual std::string& message(line to) = 0;

  /// Sends what was appended.
  virtual void send(line to) = 0;

 protected:
  ~call_lines() = default;
};

/// The messages of an echo call of the engine and nothing else: no turns, no ledger, no limits, nothing that
/// survives a fault. Told the time, without a socket; both relays are this and a way to move bytes.
class bare_call {
 public:
  bare_call(committer commit, call_lines& lines);

  /// One text message of each line, which is changed.
  void carrier_said(std::span<char> text, moment now);
  void scribe_said(std::span<char> text);
  void speech_said(std::span<char> text, moment now);

  /// When `tick` has something to do.
  std::optional<moment> due() const;
  void tick(moment now);

 private:
  void listen(std::span<const std::uint8_t> audio, moment now);
  void send_chunk(bool commit);
  void answer(std::string_view words);
  void play(moment now);
  void mark(const pacing::chunk& sent);

  call_lines& lines_;
  std::optional<voice_activity> voice_;  // when we commit
  std::uint64_t position_ = 0;
  std::optional<moment> endpoint_;
  std::vector<std::uint8_t> upstream_;
  bool started_ = false;

  unsigned turn_ = 0;
  std::string context_;
  bool closed_ = true;  // the context was told that no text follows
  std::uint64_t received_ = 0;
  std::deque<std::uint64_t> word_ends_;
  pacing pace_{pacing::settings{}};
  std::vector<std::uint8_t> chunk_;
};

}  // namespace tandem::bench
