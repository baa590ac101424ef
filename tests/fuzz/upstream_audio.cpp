#include "protocols/audio/upstream_audio.hpp"

#include <algorithm>
#include <cstdlib>
#include <fuzzer/FuzzedDataProvider.h>

using namespace tandem;

/// In whatever order audio comes, leaves, is committed and rewound: what leaves is the call's audio at its
/// position, in order, and the bound holds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const upstream_audio::settings bounds{.capacity = input.ConsumeIntegralInRange<std::size_t>(0, 5000),
                                        .chunk = input.ConsumeIntegralInRange<std::size_t>(0, 1000),
                                        .sample = input.ConsumeIntegralInRange<std::size_t>(0, 4)};
  const std::size_t capacity = std::max({bounds.capacity, bounds.chunk, std::size_t{1}});
  upstream_audio call(bounds);
  std::vector<std::uint8_t> all, out;
  while (input.remaining_bytes() != 0) {
    const std::uint64_t position = call.sent_position();
    bool taken = false;
    switch (input.ConsumeIntegralInRange(0, 5)) {
      case 0: {
        const std::size_t begin = all.size();
        all.resize(begin + input.ConsumeIntegralInRange<std::size_t>(0, 6000));
        for (std::size_t i = begin; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i % 251);
        call.append(std::span(all).subspan(begin));
        break;
      }
      case 1:
        taken = call.take_chunk(out, input.ConsumeIntegralInRange<std::size_t>(0, 5));
        break;
      case 2:
        taken = call.take_rest(out);
        break;
      case 3:
        call.committed(input.ConsumeIntegral<std::uint32_t>());
        break;
      case 4:
        call.skip(input.ConsumeIntegral<std::uint16_t>());
        break;
      default:
        if (call.rewind() + call.buffered_bytes() != all.size()) std::abort();
    }
    if (taken && (out.empty() || position + out.size() != call.sent_position())) std::abort();
    if (taken && !std::equal(out.begin(), out.end(), all.begin() + static_cast<std::ptrdiff_t>(position)))
      std::abort();
    if (call.buffered_bytes() > capacity || call.unsent_bytes() > call.buffered_bytes()) std::abort();
    if (call.end_position() != all.size()) std::abort();
  }
  return 0;
}
