#pragma once

#include "protocols/moment.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

/// Where the time of a turn goes.
namespace tandem {

/// How long after the end of the caller's voice an agent's turn had come how far; negative where that is not
/// known.
struct turn_timing {
  using time = std::chrono::microseconds;
  static constexpr time unknown{-1};

  /// The last transcript was read.
  time stt_final = unknown;
  /// The question was given to the agent: the caller counted as having finished.
  time endpoint = unknown;
  /// The agent's first words were read, and its first sentence.
  time first_token = unknown;
  time first_sentence = unknown;
  /// The synthesiser's first audio was read.
  time first_audio = unknown;
  /// It was given to the carrier's stream.
  time on_wire = unknown;
  /// The caller had heard the first word: its mark came back, or else by the clock.
  time heard = unknown;
  bool heard_by_clock = false;
  /// In all: how long the turn waited for this program and for nobody else.
  time own = unknown;

  bool operator==(const turn_timing&) const = default;

  /// Visits every time with its name in JSON.
  static void describe(auto&& a, auto& self) {
    a("stt_final_ms", self.stt_final);
    a("endpoint_ms", self.endpoint);
    a("first_token_ms", self.first_token);
    a("first_sentence_ms", self.first_sentence);
    a("first_audio_ms", self.first_audio);
    a("on_wire_ms", self.on_wire);
    a("heard_ms", self.heard);
    a("own_ms", self.own);
  }
};

/// Appends the timing as the API's JSON object, in milliseconds; what is not known is left out.
void append_json(std::string& out, const turn_timing& timing);

/// The timing that `append_json` wrote; what is missing or makes no sense is not known.
turn_timing read_timing(std::string_view text);

namespace turns {

/// The moments of a reply that its timing is made of, as far as they have come.
struct reply_trace {
  std::optional<moment> voice_end{};
  std::optional<moment> transcribed{};
  /// What the question waited for was there: the last words, or the silence behind them.
  std::optional<moment> ready{};
  std::optional<moment> asked{};
  std::optional<moment> first_token{};
  std::optional<moment> first_sentence{};
  /// The synthesiser could be given text, and was given it.
  std::optional<moment> synthesiser{};
  std::optional<moment> given{};
  std::optional<moment> first_audio{};
  std::optional<moment> on_wire{};
  /// When the first word has been played, by the clock and by its mark.
  std::optional<moment> word_due{};
  std::optional<moment> marked{};
  /// How long the last commit and the first audio waited here.
  std::optional<std::chrono::nanoseconds> commit_own{};
  std::optional<std::chrono::nanoseconds> audio_own{};

  /// Of a reply that sounded until `silent`.
  turn_timing timing(moment silent) const;

  static void describe(auto& a, auto& self) {
    a("voice_end", self.voice_end);
    a("transcribed", self.transcribed);
    a("ready", self.ready);
    a("asked", self.asked);
    a("first_token", self.first_token);
    a("first_sentence", self.first_sentence);
    a("synthesiser", self.synthesiser);
    a("given", self.given);
    a("first_audio", self.first_audio);
    a("on_wire", self.on_wire);
    a("word_due", self.word_due);
    a("marked", self.marked);
    a("commit_own", self.commit_own);
    a("audio_own", self.audio_own);
  }
};

}  // namespace turns
}  // namespace tandem
