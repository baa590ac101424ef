#pragma once

#include "gateway/network/http_server.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace tandem {

/// Reads HTTP requests out of a connection's bytes, one after the other; knows no socket. What it tells of a
/// request holds once the head is there.
class request_reader {
 public:
  request_reader(std::size_t head_bound, std::size_t body_bound);

  /// Begins the next request with what came behind the last one.
  void begin();

  void add(std::string_view bytes) { bytes_.append(bytes); }

  /// How far a request is.
  enum class progress : std::uint8_t {
    wants_more,
    /// Said once, when the head is there and the body not looked at.
    has_head,
    is_whole
  };

  /// Reads on in what was added; the status that refuses the request when it is none, or too long.
  tl::expected<progress, unsigned> read();

  /// Whether nothing of the next request has come.
  bool is_untouched() const { return bytes_.empty() && !has_head_; }

  /// Whether nothing of the request is missing.
  bool is_whole() const { return parser_->is_done(); }

  /// The head without the client's address; nothing when its target is none.
  std::optional<request_head> head() const;

  bool wants_upgrade() const;
  bool wants_head_only() const;
  bool keeps_alive() const { return parser_->keep_alive(); }

  /// Whether the client waits for `100 Continue` before it sends the body.
  bool waits_to_continue() const;

  /// Whether an answer may come in chunks.
  bool takes_chunks() const { return parser_->get().version() >= 11; }

  std::string take_body() { return std::move(parser_->get().body()); }

  /// What came behind the request.
  const std::string& rest() const { return bytes_; }

 private:
  using parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  std::size_t head_bound_;
  std::size_t body_bound_;
  std::string bytes_;
  std::optional<parser> parser_;
  bool has_head_ = false;
};

}  // namespace tandem
