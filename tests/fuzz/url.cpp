#include "protocols/url.hpp"

#include <cstdint>
#include <cstdlib>

using namespace tandem;

/// Any text survives its escapes, and any query that is understood is written again as the same parameters.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::string escaped;
  url::append_encoded(escaped, text);
  if (url::decoded(escaped) != text) std::abort();
  url::decoded(text);
  const auto parameters = url::parameters(text);
  if (!parameters) return 0;
  std::string query;
  for (const auto& [name, value] : *parameters) {
    std::string escaped_name;
    url::append_encoded(escaped_name, name);
    url::append_parameter(query, escaped_name, value);
  }
  if (url::parameters(query) != parameters) std::abort();
  return 0;
}
