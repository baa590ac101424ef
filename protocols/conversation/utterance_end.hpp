#pragma once

#include <cstdint>
#include <string_view>

/// What the end of a transcript tells about whether the speaker has finished. Punctuation counts in every
/// script; the words known are English, German, Spanish and French ones.
namespace tandem::turns {

/// Whether somebody who falls silent after these words has finished, goes on, or may do either.
enum class utterance_end : std::uint8_t { unknown, complete, open };

/// How this text ends; `is_answer` when the other side has just asked something. Looks at its last words
/// only.
utterance_end end_of(std::string_view text, bool is_answer);

/// Whether its last sentence is a question.
bool is_question(std::string_view text);

/// Whether it only tells that somebody listens: "mhm", "okay". False for a text without words.
bool only_listens(std::string_view text);

}  // namespace tandem::turns
