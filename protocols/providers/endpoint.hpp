#pragma once

#include <string>
#include <utility>
#include <vector>

namespace tandem {

/// Where a provider's WebSocket is opened, and with which headers beside the protocol's own.
struct provider_endpoint {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;

  bool operator==(const provider_endpoint&) const = default;
};

}  // namespace tandem
