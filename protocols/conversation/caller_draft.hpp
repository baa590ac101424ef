#pragma once

#include "protocols/moment.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// The caller's half of the turns: from voice and transcripts to one whole text.
namespace tandem::turns {

/// When a caller counts as having finished.
struct endpoint_rules {
  /// Silence that ends a turn; half of it asks for the commit.
  std::chrono::milliseconds silence{500};
  /// Whether less is enough behind words that sound finished, and more is waited for behind those that do not
  /// and for a caller who makes pauses.
  bool adaptive = false;
  /// How long a commit may take before the last partial, which may lack words, stands in for it. Longer than
  /// it takes to replace a session and to send it everything again.
  std::chrono::milliseconds transcript{10'000};
  /// Voice whose words stop changing for so long is taken for noise.
  std::chrono::milliseconds stale_voice{4000};
  /// Voice without any word for so long is taken for noise.
  std::chrono::milliseconds wordless_voice{10'000};

  static void describe(auto& a, auto& self) {
    a("silence", self.silence);
    a("adaptive", self.adaptive);
    a("transcript", self.transcript);
    a("stale_voice", self.stale_voice);
    a("wordless_voice", self.wordless_voice);
  }
};

/// Everything the caller said in one turn.
struct said {
  std::string text;
  moment began;
  moment ended;
  /// How long the last commit took to be answered.
  std::optional<std::chrono::nanoseconds> transcript_took;
  /// When the last words were transcribed, and how long their commit waited here.
  std::optional<moment> transcribed{};
  std::optional<std::chrono::nanoseconds> commit_own{};
  /// When it was taken for the whole turn.
  moment taken{};

  static void describe(auto& a, auto& self) {
    a("text", self.text);
    a("began", self.began);
    a("ended", self.ended);
    a("transcript_took", self.transcript_took);
    a("transcribed", self.transcribed);
    a("commit_own", self.commit_own);
    a("taken", self.taken);
  }
};

/// What the caller is saying and is not yet a turn: joins committed fragments until silence has lasted.
class caller_draft {
 public:
  /// Bytes of one turn's text; more is not taken in.
  static constexpr std::size_t max_text = 8192;
  /// Turns taken too early that are counted: each makes the silence of this caller's turns a fifth longer.
  static constexpr std::uint32_t max_pauses = 5;

  void voice_started(moment at, moment now);
  void voice_ended(moment at);
  void partial(std::string_view text, moment now);
  void committed(std::string_view text, moment now, std::chrono::nanoseconds own = {});
  void commit_failed();

  /// The recogniser is another one from now on: what the former one heard stays said, and what it was still
  /// to say does not come.
  void taken_over(moment now);

  /// Passes deadlines; how many commits are to be asked for, now.
  unsigned tick(const endpoint_rules& rules, moment now);

  /// When `tick` has something to do; nothing while quiet or complete.
  std::optional<moment> deadline(const endpoint_rules& rules) const;

  /// Nothing is going on.
  bool is_quiet() const { return std::holds_alternative<quiet>(state_); }

  /// The caller has finished; `take` gives the text, which is never empty.
  bool is_complete() const { return std::holds_alternative<complete>(state_); }

  /// Since when, behind the voice, there have been words that are likely to be all and do not sound as if
  /// more were to follow; perhaps in the future.
  std::optional<moment> at_rest() const;

  /// The agent has just spoken, and asked something or not.
  void spoken_to(bool asked) { is_answer_ = asked; }

  /// Since when the caller has been making voice; nothing after `drop` until voice starts again.
  std::optional<moment> voice_since() const;

  /// When voice was last heard to end.
  std::optional<moment> voice_end() const { return ended_; }

  /// When this draft began.
  std::optional<moment> began() const { return began_; }

  /// Words said so far, those of the last partial included.
  std::size_t words() const;

  /// Everything said, the last partial included.
  std::string text() const;

  /// The complete turn; the draft is quiet then.
  said take(moment now);

  /// The turn was not over: `before` goes in front of what has been said since. Words that came within a
  /// second of it show that this caller makes pauses.
  void rejoin(said before);

  /// What was said so far, the voice going on included, does not count.
  void drop();

  /// False for a value that no events can bring about; one read from outside may be such.
  bool is_consistent() const {
    return answered_ <= asked_ && given_up_ <= asked_ && (!is_complete() || !text_.empty()) &&
           pauses_ <= max_pauses;
  }

  static void describe(auto& a, auto& self) {
    a("state", self.state_);
    a("text", self.text_);
    a("partial", self.partial_);
    a("committed", self.committed_);
    a("began", self.began_);
    a("ended", self.ended_);
    a("took", self.took_);
    a("transcribed", self.transcribed_);
    a("commit_own", self.commit_own_);
    a("asked", self.asked_);
    a("answered", self.answered_);
    a("given_up", self.given_up_);
    a("changed", self.changed_);
    a("is_answer", self.is_answer_);
    a("rejoined", self.rejoined_);
    a("pauses", self.pauses_);
  }

 private:
  struct quiet {
    static constexpr std::string_view name = "quiet";
    static void describe(auto&, auto&) {}
  };
  struct voiced {
    static constexpr std::string_view name = "voiced";
    moment since;
    moment news;  // when it began, or its words last changed
    static void describe(auto& a, auto& self) {
      a("since", self.since);
      a("news", self.news);
    }
  };
  struct trailing {  // silence; the commit is not yet asked for
    static constexpr std::string_view name = "trailing";
    moment ended;
    static void describe(auto& a, auto& self) { a("ended", self.ended); }
  };
  struct waiting {  // for the answers of all commits
    static constexpr std::string_view name = "waiting";
    moment ended;
    moment asked;
    static void describe(auto& a, auto& self) {
      a("ended", self.ended);
      a("asked", self.asked);
    }
  };
  struct settled {  // the text is there, the silence may still be too short
    static constexpr std::string_view name = "settled";
    moment ended;
    static void describe(auto& a, auto& self) { a("ended", self.ended); }
  };
  struct complete {
    static constexpr std::string_view name = "complete";
    static void describe(auto&, auto&) {}
  };

  bool answered_in_time();
  void settle(moment ended);
  void append(std::string_view text);
  std::chrono::milliseconds silence(const endpoint_rules& rules) const;

  std::variant<quiet, voiced, trailing, waiting, settled, complete> state_;
  std::string text_;
  std::string partial_;
  std::string committed_;  // the last transcript, which a partial may echo
  std::optional<moment> began_;
  std::optional<moment> ended_;
  std::optional<std::chrono::nanoseconds> took_;
  std::optional<moment> transcribed_;
  std::optional<std::chrono::nanoseconds> commit_own_;
  std::uint64_t asked_ = 0;
  std::uint64_t answered_ = 0;
  std::uint64_t given_up_ = 0;     // up to this commit, answers come too late: partials stood in for them
  std::optional<moment> changed_;  // when the last partial was new
  bool is_answer_ = false;
  bool rejoined_ = false;  // a turn was taken too early, if words follow
  std::uint32_t pauses_ = 0;
};

}  // namespace tandem::turns
