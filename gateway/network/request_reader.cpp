#include "gateway/network/request_reader.hpp"

#include "gateway/network/web_address.hpp"
#include "protocols/url.hpp"

#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/rfc7230.hpp>

namespace tandem {

namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

unsigned status_of(const error_code& error) {
  if (error == http::error::header_limit) return 431;
  if (error == http::error::body_limit) return 413;
  return 400;
}

}  // namespace

request_reader::request_reader(std::size_t head_bound, std::size_t body_bound)
    : head_bound_(head_bound), body_bound_(body_bound) {}

void request_reader::begin() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(head_bound_));
  parser_->body_limit(body_bound_);
  has_head_ = false;
}

tl::expected<request_reader::progress, unsigned> request_reader::read() {
  while (!parser_->is_done()) {
    error_code error;
    const auto used = parser_->put(boost::asio::buffer(bytes_), error);
    bytes_.erase(0, used);
    if (error == http::error::need_more) return progress::wants_more;
    if (error) return tl::unexpected(status_of(error));
    if (!has_head_ && parser_->is_header_done()) {
      parser_->eager(true);
      has_head_ = true;
      return progress::has_head;
    }
    if (bytes_.empty() && !parser_->is_done()) return progress::wants_more;
  }
  return progress::is_whole;
}

std::optional<request_head> request_reader::head() const {
  const auto& request = parser_->get();
  request_head head;
  head.method = request.method_string();
  std::string target = request.target();
  if (target.empty() || (target.front() != '/' && target != "*")) {
    auto absolute = parse_web_address(target);
    if (!absolute) return std::nullopt;
    target = std::move(absolute->target);
  }
  const std::string_view text = target;
  const auto question = text.find('?');
  auto path = url::decoded(text.substr(0, question));
  auto query = url::parameters(question == text.npos ? std::string_view() : text.substr(question + 1));
  if (!path || !query) return std::nullopt;
  head.path = std::move(*path);
  head.query = std::move(*query);
  for (const auto& field : request) head.headers.emplace_back(field.name_string(), field.value());
  return head;
}

bool request_reader::wants_upgrade() const {
  const auto& request = parser_->get();
  return request.version() == 11 && request.method() == http::verb::get &&
         http::token_list{request[http::field::connection]}.exists("upgrade") &&
         http::token_list{request[http::field::upgrade]}.exists("websocket");
}

bool request_reader::wants_head_only() const { return parser_->get().method() == http::verb::head; }

bool request_reader::waits_to_continue() const {
  const auto expected = parser_->get()[http::field::expect];
  return !parser_->is_done() && http::token_list{expected}.exists("100-continue");
}

}  // namespace tandem
