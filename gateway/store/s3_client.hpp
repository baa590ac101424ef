#pragma once

#include "actors/runtime/http.hpp"
#include "protocols/s3/place.hpp"
#include "protocols/s3/signature.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tandem {

class loop;

/// An S3-compatible store, and who we are there.
struct s3_settings {
  /// http:// or https://, without a path; buckets are addressed below it.
  std::string endpoint;
  s3::place where;
  s3::credentials who;
};

/// One request to the store; nothing in it is percent-encoded.
struct s3_request {
  std::string method = "GET";
  /// An object; empty = the bucket itself.
  std::string key{};
  s3::members query{};
  s3::members headers{};
  std::string body{};
  std::chrono::milliseconds timeout{8000};
  std::size_t answer_bound = std::size_t{1024} * 1024;
};

/// What is wrong with an answer; empty when it is a success.
std::string fault_of(const http_answer& answer);

/// Sends signed requests to an S3-compatible store over the kept connections of one loop.
class s3_client {
 public:
  /// The HTTP client and the loop must outlive it.
  s3_client(s3_settings how, http_client& http, loop& home);
  /// Not on the loop's thread.
  ~s3_client();
  s3_client(const s3_client&) = delete;

  const s3::place& where() const { return how_.where; }

  /// Sends, from any thread; `done` is called once, on the loop.
  void send(s3_request what, std::function<void(http_answer)> done);

  /// Sends and waits for the answer, which the request's timeout bounds; not on the loop's thread.
  http_answer ask(s3_request what);

  /// Runs something on the loop, and tells it whether the client is still there; may be kept for longer than
  /// the client.
  using poster = std::function<void(std::function<void(bool is_open)>)>;
  poster post() const;

  /// What is under way, and all that is to come, fails at once.
  void close();

 private:
  struct wire;

  http_request signed_by_us(s3_request what) const;

  s3_settings how_;
  std::shared_ptr<wire> wire_;
};

}  // namespace tandem
