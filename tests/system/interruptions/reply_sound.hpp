#pragma once

#include "protocols/conversation/record.hpp"
#include "protocols/moment.hpp"
#include "tests/lab/playout_queue.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tandem::test {

/// A reply as the lab's synthesiser speaks it: which 20 ms of it a frame is, and which of them are a word.
class reply_sound {
 public:
  struct word {
    std::uint32_t begin = 0;  ///< its first frame
    std::uint32_t end = 0;    ///< the one behind it
    std::size_t text = 0;     ///< bytes of the text up to its end
  };

  explicit reply_sound(std::string text);

  /// The frame's place in the sound; nothing for one that is none of it.
  std::optional<std::uint32_t> position(const lab::frame& heard) const;

  const std::string& text() const { return text_; }
  const std::vector<word>& words() const { return words_; }
  std::uint32_t frames() const { return frames_; }

  /// How many words a piece from the text's beginning holds; nothing when it is no such piece.
  std::optional<std::size_t> words_in(std::string_view piece) const;

 private:
  std::string text_;
  std::vector<word> words_;
  std::uint32_t frames_ = 0;
  std::unordered_map<std::string, std::uint32_t> positions_;
};

/// What became of a reply at the carrier's end: a frame of it was played, or the rest was thrown away.
struct line_event {
  moment at{};
  std::optional<std::uint32_t> position{};  ///< nothing = `clear`
};

/// What a record says of a reply against what the carrier played of it.
struct verdict {
  enum class kind : std::uint8_t {
    exact,
    near,  ///< but for words that played, or would have, within one round trip of the `clear`
    wrong,
  };
  kind what = kind::exact;
  std::string why{};
  /// How often the reply was taken up again.
  std::size_t resumed = 0;
};

/// `round_trip` is that of the reply's call, and half of what `near` allows.
verdict judge(const reply_sound& reply, const std::vector<line_event>& events, const turn_record& turn,
              std::chrono::milliseconds round_trip);

}  // namespace tandem::test
