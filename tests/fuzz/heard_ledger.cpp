#include "protocols/conversation/heard_ledger.hpp"

#include <cstdlib>
#include <fuzzer/FuzzedDataProvider.h>

using namespace tandem;

namespace {

/// The heard text is made of whole words from the turn's start, and the resume position has been heard.
void check(const heard_ledger& turn, moment now) {
  const auto heard = turn.heard(now);
  if (heard.at_least > heard.at_most || heard.at_most > turn.audio_bytes()) std::abort();
  if (turn.resume_position(now) > heard.at_most) std::abort();
  const std::string_view text = turn.text();
  const std::string_view prefix = turn.heard_text(now);
  if (prefix.empty()) return;
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (prefix.data() != text.data() + first) std::abort();
  const std::size_t end = first + prefix.size();
  if (end != text.size() && std::string_view(" \t\r\n").find(text[end]) == std::string_view::npos)
    std::abort();
}

}  // namespace

/// Whatever is said, aligned, sent, marked, cleared and resumed in whatever order.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  heard_ledger turn(7, 8);
  moment now{};
  std::string mark = "7.0";
  while (input.remaining_bytes() != 0) {
    now += std::chrono::milliseconds(input.ConsumeIntegralInRange(0, 1000));
    switch (input.ConsumeIntegralInRange(0, 8)) {
      case 0:
        turn.add_text(input.ConsumeRandomLengthString(40));
        break;
      case 1: {
        // Aligned text is the turn's own, cut anywhere, or any other.
        const std::string said =
            input.ConsumeBool() ? std::string(turn.text()) : input.ConsumeRandomLengthString(20);
        std::vector<tts::aligned_text> items;
        std::uint32_t start = 0;
        for (std::size_t i = 0; i < said.size();) {
          const auto length = input.ConsumeIntegralInRange<std::size_t>(1, 3);
          items.push_back({std::string_view(said).substr(i, length), start, 60});
          start += 60;
          i += length;
        }
        turn.add_audio(input.ConsumeIntegralInRange<std::size_t>(0, 20'000), items);
        break;
      }
      case 2:
        turn.sent(input.ConsumeIntegral<std::uint32_t>() % 200'000, now);
        break;
      case 3:
        mark = turn.mark();
        if (parse_mark(mark)->position != turn.sent_position() || turn.mark_due()) std::abort();
        break;
      case 4:
        if (turn.mark_returned(mark) && turn.is_cleared()) std::abort();
        break;
      case 5:
        parse_mark(input.ConsumeRandomLengthString(20));
        break;
      case 6:
        turn.cleared(now);
        break;
      case 7:
        turn.resumed(turn.resume_position(now));
        break;
      default:
        turn.finish();
    }
    check(turn, now);
    check(turn, now + std::chrono::seconds(30));
  }
  return 0;
}
