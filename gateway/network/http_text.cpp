#include "gateway/network/http_text.hpp"

#include "gateway/network/web_address.hpp"

#include <cstdio>

#include <boost/beast/http/status.hpp>

namespace tandem {

server_answer error_answer(unsigned status, std::string_view why) {
  std::string body = R"({"error":{"code":")" + std::to_string(status) + R"(","message":")";
  body.append(why).append("\"}}");
  return {.status = status, .body = std::move(body)};
}

namespace {

std::string first_lines(unsigned status, bool keep_alive) {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " ";
  text.append(boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status)));
  return text.append("\r\nServer: tandem\r\nConnection: ").append(keep_alive ? "keep-alive" : "close");
}

void append_type(std::string& text, std::string_view type) {
  if (valid_header("Content-Type", type) && !type.empty()) text.append("\r\nContent-Type: ").append(type);
}

void append_headers(std::string& text, const server_answer& answer) {
  for (const auto& [name, value] : answer.headers) {
    if (valid_header(name, value)) text.append("\r\n").append(name).append(": ").append(value);
  }
  text += "\r\n\r\n";
}

}  // namespace

std::string answer_text(const server_answer& answer, bool keep_alive, bool head_only) {
  const auto status = answer.status >= 200 && answer.status < 600 ? answer.status : 500;
  const bool bodiless = status == 204 || status == 304;
  auto text = first_lines(status, keep_alive);
  if (!bodiless) {
    append_type(text, answer.content_type);
    text.append("\r\nContent-Length: ").append(std::to_string(answer.body.size()));
  }
  append_headers(text, answer);
  if (!bodiless && !head_only) text += answer.body;
  return text;
}

std::string open_answer_text(const server_answer& answer, bool in_chunks) {
  auto text = first_lines(answer.status, false);
  append_type(text, answer.content_type);
  if (answer.open_length) text.append("\r\nContent-Length: ").append(std::to_string(*answer.open_length));
  if (in_chunks) text += "\r\nTransfer-Encoding: chunked";
  append_headers(text, answer);
  return text;
}

std::string chunk_text(std::string_view piece) {
  char size[32];
  const auto digits = std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
  std::string text(size, static_cast<std::size_t>(digits));
  return text.append(piece).append("\r\n");
}

std::string handshake_text(const request_head& head) {
  std::string text = "GET / HTTP/1.1\r\nHost: tandem\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  for (const auto name : {"Sec-WebSocket-Key", "Sec-WebSocket-Version"}) {
    const auto value = head.header(name);
    if (!value.empty()) text.append(name).append(": ").append(value).append("\r\n");
  }
  return text += "\r\n";
}

}  // namespace tandem
