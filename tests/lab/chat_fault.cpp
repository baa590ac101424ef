#include "tests/lab/chat_fault.hpp"

#include <array>

namespace tandem::lab {

std::string_view to_string(chat_fault fault) {
  constexpr std::array<std::string_view, chat_faults> names{
      "none",          "refused", "overloaded",   "limited",  "silent",     "cut_before",
      "cut_within",    "stalls",  "error_within", "wordless", "stays_open", "no_done",
      "odd_but_right", "garbage", "broken",       "bad_tool", "trickle",    "endless"};
  return names[static_cast<std::size_t>(fault)];
}

}  // namespace tandem::lab
