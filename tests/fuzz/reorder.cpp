#include "protocols/audio/reorder.hpp"

#include <algorithm>
#include <cstdlib>
#include <fuzzer/FuzzedDataProvider.h>

using namespace tandem;

/// Whatever numbers come: every frame is given once or dropped, none waits longer than the window is deep.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const reorder::settings rules{.depth = input.ConsumeIntegralInRange<std::size_t>(0, 20),
                                .bytes = input.ConsumeIntegralInRange<std::size_t>(0, 2000),
                                .jump = input.ConsumeIntegralInRange<std::int64_t>(1, 1000)};
  reorder window(rules);
  std::uint64_t pushed = 0;
  std::uint64_t given = 0;
  std::uint64_t missing = 0;
  std::vector<bool> seen;
  const auto drain = [&] {
    while (const auto frame = window.next()) {
      ++given;
      missing += frame->missing;
      // The payload begins with the frame's own number.
      const std::size_t number = frame->payload[0] | frame->payload[1] << 8;
      if (number >= seen.size() || seen[number]) std::abort();
      seen[number] = true;
    }
    if (window.waiting() > std::min<std::size_t>(rules.depth, 16)) std::abort();
  };
  std::int64_t base = 0;
  while (input.remaining_bytes() != 0 && pushed < 65536) {
    std::vector<std::uint8_t> payload(2 + input.ConsumeIntegralInRange<std::size_t>(0, 700));
    payload[0] = static_cast<std::uint8_t>(pushed);
    payload[1] = static_cast<std::uint8_t>(pushed >> 8);
    std::optional<std::int64_t> chunk;
    switch (input.ConsumeIntegralInRange(0, 5)) {
      case 0:
        break;
      case 1:
        chunk = base = input.ConsumeIntegral<std::int64_t>();
        break;
      default: {
        std::int64_t moved = 0;
        if (!__builtin_add_overflow(base, input.ConsumeIntegralInRange<std::int64_t>(-6, 9), &moved))
          base = moved;
        chunk = base;
      }
    }
    seen.push_back(false);
    ++pushed;
    window.push(chunk, payload);
    drain();
  }
  window.flush();
  drain();
  const auto& counted = window.counted();
  if (window.waiting() != 0 || counted.ok != given || counted.lost != missing) std::abort();
  if (counted.ok + counted.late != pushed) std::abort();
  return 0;
}
