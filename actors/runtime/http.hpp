#pragma once

#include "actors/runtime/link.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem {

/// One HTTP request to another server.
struct http_request {
  peer to = peer::telnyx;
  std::string method = "POST";
  /// http:// or https://, with path and query.
  std::string url{};
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};
  /// From the call of `send` to the last byte of the answer.
  std::chrono::milliseconds timeout{5000};
  /// The largest answer accepted, in bytes.
  std::size_t answer_bound = 1024 * 1024;
  /// When there is one, it takes the body of a 200 as it comes, and the answer has none; it may drop the
  /// exchange.
  std::function<void(std::string_view)> part{};
};

/// The answer, or why there was none.
struct http_answer {
  /// 0 when no whole answer came.
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};
  /// Why there is no answer: refused, timed out, reset, certificate …
  std::string failure{};
};

/// The answer's header, compared without regard to case; "" when there is none.
std::string_view header(const http_answer& answer, std::string_view name);

/// One request under way; destruction abandons it and no answer follows.
class http_exchange {
 public:
  virtual ~http_exchange() = default;
};

/// Sends requests over kept connections.
class http_client {
 public:
  virtual ~http_client() = default;

  /// Sees to it that a connection to this URL's server is there when a request comes.
  virtual void prepare(loop& home, peer to, const std::string& url) = 0;

  /// Sends; `done` is called once on `home`, never before `send` returned.
  [[nodiscard]] virtual std::unique_ptr<http_exchange> send(loop& home, http_request request,
                                                            std::function<void(http_answer)> done) = 0;
};

}  // namespace tandem
