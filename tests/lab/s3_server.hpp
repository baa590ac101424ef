#pragma once

#include "gateway/network/asio_loop.hpp"
#include "gateway/network/http_server.hpp"
#include "protocols/s3/signature.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace tandem::lab {

/// How the store behaves.
struct s3_server_options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string bucket = "calls";
  s3::credentials who{.access_key = "lab", .secret_key = "secret-of-the-lab", .region = "lab-1"};
  /// Keys on a page of a list.
  std::size_t page = 1000;
  /// No part but the last may be smaller.
  std::size_t least_part = std::size_t{5} * 1024 * 1024;
  /// Looks at each request first: what it gives is answered, and nothing is done.
  std::function<std::optional<server_answer>(const server_request& request)> fault;
};

/// One bucket of a store like S3, in memory: objects are put whole or in parts, read as a whole or in ranges,
/// listed and deleted by requests with a signature of version 4, which it checks. Lives on one loop, where
/// all of its functions are to be called.
class s3_server {
 public:
  struct object {
    std::string content;
    std::string content_type;
    /// ISO 8601, UTC.
    std::string last_modified;
  };

  s3_server(asio_loop& home, s3_server_options options);
  /// Not on the loop's thread.
  ~s3_server();
  s3_server(const s3_server&) = delete;

  void start() { server_->start(); }
  std::uint16_t port() const { return server_->port(); }

  std::map<std::string, object>& objects() { return objects_; }
  /// Uploads in parts that are neither complete nor aborted.
  std::size_t open_uploads() const { return uploads_.size(); }
  /// Requests whose signature was not right.
  std::size_t refused() const { return refused_; }

 private:
  struct upload {
    std::string key;
    std::map<unsigned, std::string> parts;
  };

  server_answer answer(const server_request& request);
  std::optional<server_answer> check(const server_request& request);
  server_answer list(const request_head& head) const;
  server_answer get(const request_head& head, const std::string& key) const;
  server_answer put(const server_request& request, const std::string& key);
  server_answer post(const server_request& request, const std::string& key);
  server_answer remove(const request_head& head, const std::string& key);
  server_answer complete(const server_request& request, const std::string& id);

  s3_server_options options_;
  std::map<std::string, object> objects_;
  std::map<std::string, upload> uploads_;
  std::size_t refused_ = 0;
  std::unique_ptr<http_server> server_;
};

}  // namespace tandem::lab
