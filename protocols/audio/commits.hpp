#pragma once

#include "protocols/elevenlabs/scribe.hpp"
#include "protocols/moment.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// A segment of the caller's speech, once. The text is empty when the segment held none; positions are bytes
/// of the call's audio.
struct utterance {
  std::string text;
  std::uint64_t audio_begin = 0;
  std::uint64_t audio_end = 0;

  bool operator==(const utterance&) const = default;
};

/// The commits of one Scribe connection: when one may be sent, what each answer belongs to, and which
/// messages say the same again. Segments are told apart by count and audio position, never by text alone.
class commits {
 public:
  struct settings {
    std::uint32_t bytes_per_ms = 8;
    std::chrono::milliseconds least{300};         ///< less uncommitted audio closes the session
    std::chrono::milliseconds guard{33'500};      ///< from here to `automatic` a commit can stall the session
    std::chrono::milliseconds automatic{36'500};  ///< where the server commits by itself
    std::chrono::milliseconds answer_within{3000};  ///< how long a commit's answer may take
    bool by_server = false;                         ///< `commit_strategy` is vad: answers come unasked
  };

  /// Whether a commit may be sent.
  enum class readiness {
    ready,
    nothing,     ///< no audio of the call is uncommitted
    too_short,   ///< too little audio: `padding` makes it enough
    near_limit,  ///< too near to the automatic commit: `padding` brings that about, so that none is needed
    automatic,   ///< an automatic commit is due or under way: its answer comes first
  };

  /// A connection whose first audio byte has this position in the call.
  explicit commits(const settings& rules, std::uint64_t position = 0);

  /// So many bytes of the call's audio were sent.
  void sent(std::size_t bytes, moment now);

  /// So many bytes of silence were sent that are not the call's: padding, or a keepalive.
  void sent_silence(std::size_t bytes, moment now);

  /// May a commit be sent, together with `extra` more bytes of the call's audio?
  readiness check(std::size_t extra = 0) const;

  /// Bytes of silence that help `too_short` and `near_limit`, to follow `extra` bytes of audio; otherwise 0.
  std::size_t padding(std::size_t extra = 0) const;

  /// A commit was sent; what had been sent before or with it is its segment.
  void commit(moment now);

  /// A commit was refused (`commit_throttled`): the newest one is taken back, its audio is uncommitted again.
  void refused();

  /// Takes a partial; false when it only echoes the segment just committed, in whatever spelling, and is to
  /// be ignored.
  bool take(const scribe::partial& message);

  /// Takes a committed transcript in its two variants; the utterance, unless the other variant has given it
  /// or it is one that was there before.
  std::optional<utterance> take(const scribe::committed& message);
  std::optional<utterance> take(const scribe::committed_with_timestamps& message);

  /// Audio sent and not committed, silence included.
  std::chrono::milliseconds uncommitted() const;

  /// Commits without an answer, the server's own included.
  std::size_t pending() const { return pending_.size(); }

  /// When the oldest pending commit should have been answered; ask `stalled` then.
  std::optional<moment> deadline() const;

  /// Whether one of our commits got no answer in time, so that the session is to be given up. An automatic
  /// one that did not come is forgotten: our own may take its place.
  bool stalled(moment now);

  /// The position up to which the call's audio is in utterances.
  std::uint64_t committed_position() const { return settled_.audio; }

 private:
  /// The end of what a commit covers.
  struct border {
    std::uint64_t audio = 0;   // bytes of the call
    std::uint64_t stream = 0;  // bytes of the connection, silence included
    moment at{};
    bool automatic = false;
  };

  const border& last_border() const { return pending_.empty() ? settled_ : pending_.back(); }
  std::uint64_t uncommitted_bytes() const { return stream_ - last_border().stream; }
  bool automatic_pending() const;
  void expect_automatic(std::size_t newest_audio, moment now);
  void push(const border& next);
  bool lies_behind(const scribe::committed_with_timestamps& message) const;
  bool is_repeat(std::string_view text) const;
  utterance settle(std::string_view text);
  std::uint64_t bytes(std::chrono::milliseconds time) const;

  settings rules_;
  std::uint64_t audio_;       // position in the call of the next byte to send
  std::uint64_t stream_ = 0;  // bytes sent on this connection, silence included
  border settled_;            // the end of the last segment answered
  std::vector<border> pending_;
  bool automatic_missed_ = false;  // the server did not commit where we expected it
  std::uint64_t plain_ = 0;        // segments heard of in each variant, and given out
  std::uint64_t stamped_ = 0;
  std::uint64_t given_ = 0;
  std::string last_;     // text of the newest segment
  bool echoes_ = false;  // its partials may still come
};

}  // namespace tandem
