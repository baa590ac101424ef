#include "protocols/conversation/utterance_end.hpp"

#include "protocols/utf8.hpp"
#include "protocols/words.hpp"

#include <cstdlib>
#include <string>

using namespace tandem;

/// Any bytes are judged, blanks behind them change nothing, bare words are bare, and what is written before a
/// blank far away does not count.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto bare = words::bare(text);
  if (bare.size() > text.size()) std::abort();
  if (utf8::is_valid(text) && (words::bare(bare) != bare || !words::same(text, bare))) std::abort();
  for (const bool is_answer : {false, true}) {
    const auto end = turns::end_of(text, is_answer);
    if (turns::end_of(text + " \n", is_answer) != end) std::abort();
    if (turns::is_question(text) && end != turns::utterance_end::complete) std::abort();
    const auto tail = " " + std::string(200, 'a') + " " + text;
    if (!bare.empty() && size < 50 && turns::end_of("555 " + tail, false) != turns::end_of(tail, false))
      std::abort();
  }
  if (turns::only_listens(text) && bare.empty()) std::abort();
  return 0;
}
