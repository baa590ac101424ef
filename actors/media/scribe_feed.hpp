#pragma once

#include "protocols/audio/audio_format.hpp"
#include "protocols/audio/commits.hpp"
#include "protocols/audio/upstream_audio.hpp"
#include "protocols/elevenlabs/scribe.hpp"
#include "protocols/moment.hpp"
#include "protocols/providers/recogniser.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem {

/// What goes up to Scribe and when, over any number of sessions of one call: the caller's audio, paced and
/// again after a lost session, and the commits that were asked for. Each commit asked for gets one answer.
/// Told the time, without a socket.
class scribe_feed {
 public:
  struct settings {
    audio_format format = ulaw_8000;
    std::size_t capacity = 120'000;  ///< bytes kept, sent or not
    /// Whether Scribe commits by itself, so that what is asked for comes unasked.
    bool server_commits = false;
    /// How long it may take to do so, before it is told to.
    std::chrono::milliseconds server_grace{1500};
  };

  /// What to send in one message.
  struct chunk {
    bool commit = false;
    /// When its last carrier frame was read, if it was not sent before.
    std::optional<moment> last_read;
    /// What the caller said last, for the first message of a session; until the next call.
    std::string_view previous_text{};
  };

  /// A transcript for the dialogue: of a commit it asked for, or one that Scribe made by itself; `failed`
  /// when a commit gets none.
  struct answer {
    bool failed = false;
    std::string text;
    /// How long its commit waited here while there was a session that could take it.
    std::chrono::nanoseconds own{0};
  };

  explicit scribe_feed(const settings& rules);

  /// The caller's audio, whole samples, read from the carrier at `read_at`.
  void take(std::span<const std::uint8_t> audio, moment read_at);

  /// The caller's voice began or ended so much audio ago. Once told, silence is not kept for the next
  /// session.
  void voice(bool speaking, std::chrono::milliseconds ago);

  /// Whether nothing that is known to be voice waits for a transcript.
  bool is_quiet() const;

  /// A session that can bear so much is ready; it begins with the first byte that is in no transcript.
  void session_opened(const recogniser_rules& rules, moment now);

  /// The session is gone; its unanswered commits are to be asked for again.
  void session_lost();

  /// There will be no session any more: what was asked for fails.
  void abandon();

  /// A commit of everything taken so far is wanted.
  void ask(moment now);

  /// Whether `next` waits for nothing but its time: a whole chunk is there, or a commit is to be sent.
  bool has_something_to_send() const;

  /// Moves what is to be sent now into `audio`; nothing when nothing is due. Faster than real time four times
  /// at most.
  std::optional<chunk> next(std::vector<std::uint8_t>& audio, moment now);

  /// The text of a partial that says something new.
  std::optional<std::string_view> partial(const scribe::partial& message);

  void committed(const scribe::committed& message);
  void committed(const scribe::committed_with_timestamps& message);

  /// A commit was refused; it is asked for again.
  void refused();

  /// Passes deadlines: true when the session has not answered in time and has to be replaced. A commit fails
  /// only when that did not help either.
  bool overdue(moment now);

  /// The next answer for the dialogue.
  std::optional<answer> next_answer();

  /// When `next` or `overdue` has something to do.
  std::optional<moment> wake_up() const;

  const upstream_audio& audio() const { return audio_; }

 private:
  /// A commit that was sent and not answered.
  struct sent_commit {
    std::size_t requests = 0;  // that it answers; none when it was repeated for words too late for theirs
    std::uint64_t end = 0;     // its audio ends there
    std::chrono::nanoseconds own{0};
  };

  /// The last frame of a chunk.
  struct read {
    std::uint64_t end = 0;  // its audio ends there
    moment at;
  };

  std::size_t bytes(std::chrono::milliseconds time) const;
  void forget_silence();
  bool has_server_heard_all() const;
  void stop_waiting_for_server(moment now);
  std::size_t waiting() const;
  std::uint64_t begin_position() const { return audio_.end_position() - audio_.buffered_bytes(); }
  std::size_t rest() const;
  bool commit_is_blocked() const;
  std::optional<chunk> next_commit(std::vector<std::uint8_t>& audio, moment now);
  chunk rest_with_silence(std::vector<std::uint8_t>& audio, std::size_t silence, moment now);
  void note_read(moment at);
  std::optional<moment> forget_reads(std::uint64_t position);
  chunk sent(const std::vector<std::uint8_t>& audio, std::size_t silence, moment now);
  void settle(const std::optional<utterance>& segment);
  void remember(std::string_view text);
  void deliver(std::string_view text, std::size_t requests, std::chrono::nanoseconds own = {});
  void fail(std::size_t requests, std::uint64_t end);

  // What each frame needs, before the rest. Most of all of these lists is few at a time, and mostly none.
  std::size_t chunk_;  // bytes of what leaves as a rule
  upstream_audio audio_;
  std::optional<read> newest_read_;         // of what is not sent yet
  std::vector<read> reads_;                 // those before it, one a chunk
  std::optional<std::uint64_t> commit_at_;  // a commit is to follow the audio before this position
  std::uint64_t voice_end_ = 0;             // of the last voice, while silent
  bool silent_ = false;                     // no voice now, as far as was told
  std::vector<moment> asked_;               // commits asked for and not answered
  std::vector<sent_commit> in_commits_;
  std::optional<commits> commits_;  // while there is a session
  audio_format format_;
  const bool server_commits_;
  const std::chrono::milliseconds server_grace_;
  recogniser_rules rules_;  // of the session
  moment pace_{};           // the next message may leave then
  moment last_sent_{};
  moment opened_{};                     // the session
  std::optional<moment> server_until_;  // Scribe may make the commit that is asked for until then
  std::string held_;                    // text of Scribe's own commit, with which the answer awaited begins
  std::string said_;                    // the end of all transcripts
  bool tells_ = false;                  // the session is to be told of it
  std::string partial_;                 // the last one since the last commit
  std::vector<answer> answers_;
};

}  // namespace tandem
