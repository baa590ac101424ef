#pragma once

#include "gateway/network/asio_loop.hpp"
#include "gateway/network/http_server.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::lab {

/// What a server of chat completions may do wrong.
enum class chat_fault : std::uint8_t {
  none,
  refused,        ///< 401
  overloaded,     ///< 503
  limited,        ///< 429, to be asked again in a second
  silent,         ///< no answer at all
  cut_before,     ///< the stream ends before any word
  cut_within,     ///< the stream ends in a sentence
  stalls,         ///< the stream falls silent in a sentence
  error_within,   ///< an error as an event, with the status 200
  wordless,       ///< an answer without words
  stays_open,     ///< a whole answer whose stream does not end
  no_done,        ///< an answer without `[DONE]`
  odd_but_right,  ///< comments, blank deltas, null choices, other line ends, all in pieces of three bytes
  garbage,        ///< no JSON in any event
};
inline constexpr std::size_t chat_faults = static_cast<std::size_t>(chat_fault::garbage) + 1;

/// How the server behaves.
struct chat_server_options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  /// From the request to the first token, and from one to the next.
  std::chrono::milliseconds first_token{50};
  std::chrono::milliseconds next_token{5};
  /// What it answers to the caller's last words, as text; by default it says them again.
  std::function<std::string(std::string_view words)> reply;
  /// What it does wrong with its n-th request, from 0, when it is asked for this model.
  std::function<chat_fault(std::size_t n, const std::string& model)> fault;
};

/// Chat completions in OpenAI's form, streamed token by token; no model is behind it. Lives on one loop,
/// where all of its functions are to be called.
class chat_server {
 public:
  chat_server(asio_loop& home, chat_server_options options);
  /// Not on the loop's thread.
  ~chat_server();
  chat_server(const chat_server&) = delete;

  void start() { server_->start(); }
  std::uint16_t port() const { return server_->port(); }

  /// The bodies of all requests so far.
  const std::vector<std::string>& requests() const { return requests_; }

 private:
  struct stream;

  void answer(const server_request& request, const respond& reply);
  void go_on(std::uint64_t id);

  asio_loop& home_;
  chat_server_options options_;
  std::vector<std::string> requests_;
  std::map<std::uint64_t, std::unique_ptr<stream>> streams_;
  std::vector<respond> unanswered_;
  std::unique_ptr<http_server> server_;
};

}  // namespace tandem::lab
