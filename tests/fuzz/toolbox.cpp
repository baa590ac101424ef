#include "actors/agents/toolbox.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace tandem;

// A toolbox loads, or every fault is told; what has loaded has names and addresses.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto loaded = load_toolbox({reinterpret_cast<const char*>(data), size});
  if (!loaded) {
    if (loaded.error().empty()) std::abort();
    return 0;
  }
  for (const auto& each : loaded->tools)
    if (each.name.empty() || each.url.empty() || each.parameters.empty()) std::abort();
  for (const auto& [name, to] : loaded->transfers)
    if (to.empty()) std::abort();
  return 0;
}
