#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tandem::lab {

/// What a server of chat completions may do wrong.
enum class chat_fault : std::uint8_t {
  none,
  refused,        ///< 401
  overloaded,     ///< 503
  limited,        ///< 429, to be asked again in a second
  silent,         ///< no answer at all
  cut_before,     ///< the stream ends before any word
  cut_within,     ///< the stream ends in a sentence
  stalls,         ///< the stream falls silent in a sentence
  error_within,   ///< an error as an event, with the status 200
  wordless,       ///< an answer without words
  stays_open,     ///< a whole answer whose stream does not end
  no_done,        ///< an answer without `[DONE]`
  odd_but_right,  ///< comments, blank deltas, null choices, other line ends, all in pieces of three bytes
  garbage,        ///< no JSON in any event
  broken,         ///< 500
  bad_tool,       ///< deltas of tool calls that are none, then a call of an unknown tool with half an object
  trickle,        ///< a whole answer, one slow token after the other
  endless,        ///< the same words again and again, slowly
};
inline constexpr std::size_t chat_faults = static_cast<std::size_t>(chat_fault::endless) + 1;

std::string_view to_string(chat_fault fault);

/// Whether the answer is whole in spite of it, however it comes.
constexpr bool is_whole_with(chat_fault fault) {
  return fault == chat_fault::none || fault == chat_fault::stays_open || fault == chat_fault::no_done ||
         fault == chat_fault::odd_but_right || fault == chat_fault::trickle || fault == chat_fault::endless;
}

}  // namespace tandem::lab
