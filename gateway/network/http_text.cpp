#include "gateway/network/http_text.hpp"

#include "gateway/network/web_address.hpp"

#include <boost/beast/http/status.hpp>

namespace tandem {

server_answer error_answer(unsigned status, std::string_view why) {
  std::string body = R"({"error":{"code":")" + std::to_string(status) + R"(","message":")";
  body.append(why).append("\"}}");
  return {.status = status, .body = std::move(body)};
}

std::string answer_text(const server_answer& answer, bool keep_alive, bool head_only) {
  const auto status = answer.status >= 200 && answer.status < 600 ? answer.status : 500;
  const bool bodiless = status == 204 || status == 304;
  std::string text = "HTTP/1.1 " + std::to_string(status) + " ";
  text.append(boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status)));
  text.append("\r\nServer: tandem\r\nConnection: ").append(keep_alive ? "keep-alive" : "close");
  if (!bodiless) {
    if (valid_header("Content-Type", answer.content_type) && !answer.content_type.empty()) {
      text.append("\r\nContent-Type: ").append(answer.content_type);
    }
    text.append("\r\nContent-Length: ").append(std::to_string(answer.body.size()));
  }
  for (const auto& [name, value] : answer.headers) {
    if (valid_header(name, value)) text.append("\r\n").append(name).append(": ").append(value);
  }
  text += "\r\n\r\n";
  if (!bodiless && !head_only) text += answer.body;
  return text;
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
