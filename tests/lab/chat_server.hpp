#pragma once

#include "gateway/network/asio_loop.hpp"
#include "gateway/network/http_server.hpp"
#include "tests/lab/chat_fault.hpp"

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

/// What a server of chat completions is asked.
struct chat_question {
  std::size_t n = 0;                 ///< which request, from 0
  std::string words;                 ///< the caller's last ones
  std::vector<std::string> callers;  ///< all that it says the caller said, in order
  std::vector<std::string> agents;   ///< all that it says the agent said
  std::string model;
  chat_fault fault = chat_fault::none;  ///< what the server does wrong with it
};

/// How the server behaves.
struct chat_server_options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  /// From the request to the first token, and from one to the next.
  std::chrono::milliseconds first_token{50};
  std::chrono::milliseconds next_token{5};
  /// From one to the next where a fault makes them slow.
  std::chrono::milliseconds slow_token{120};
  /// Whether the bodies of requests are kept.
  bool keeps_requests = true;
  /// What it answers, as text; by default it says the caller's words again.
  std::function<std::string(const chat_question& question)> reply;
  /// What it does wrong with a request, whose own fault is none yet.
  std::function<chat_fault(const chat_question& question)> fault;
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

  /// The bodies of all requests so far, when they are kept.
  const std::vector<std::string>& requests() const { return requests_; }

  /// Answers that are on their way to somebody who reads them.
  std::size_t open_streams() const;

 private:
  struct stream;

  void answer(const server_request& request, const respond& reply);
  void begin(const chat_question& question, std::size_t body_bytes, const respond& reply);
  void go_on(std::uint64_t id);

  asio_loop& home_;
  chat_server_options options_;
  std::size_t asked_ = 0;
  std::vector<std::string> requests_;
  std::map<std::uint64_t, std::unique_ptr<stream>> streams_;
  std::vector<respond> unanswered_;
  std::unique_ptr<http_server> server_;
};

}  // namespace tandem::lab
