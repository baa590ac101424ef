#include "protocols/base64.hpp"

#include <cstdlib>
#include <vector>

using namespace tandem;

/// Any bytes survive encoding, and any text that is decoded is the one that its bytes are encoded as.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::uint8_t> bytes(data, data + size);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto check = [&](auto append, auto decode) {
    std::string encoded;
    append(encoded, bytes);
    std::vector<std::uint8_t> back(size);
    if (decode(encoded, back) != size || back != bytes) std::abort();

    std::vector<std::uint8_t> decoded(base64::decoded_bound(size));
    const auto length = decode(text, decoded);
    if (!length) return;
    decoded.resize(*length);
    std::string again;
    append(again, decoded);
    if (again != text) std::abort();
  };
  check([](std::string& out, std::span<const std::uint8_t> raw) { base64::append(out, raw); },
        base64::decode);
  check(base64::append_url, base64::decode_url);
  return 0;
}
