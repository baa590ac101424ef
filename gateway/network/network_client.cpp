#include "gateway/network/network_client.hpp"

#include "gateway/network/tls_context.hpp"
#include "gateway/network/websocket_link.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace tandem {

namespace {

/// A link that could not even be begun; says so once it is started.
class failed_link final : public link {
 public:
  failed_link(loop& home, std::string reason) : home_(home), reason_(std::move(reason)) {}

  void start(link_events& events) override {
    report_ = home_.at(home_.now(), [this, &events] { events.on_closed({.reason = reason_}); });
  }
  bool send(std::string_view) override { return false; }
  bool send_binary(std::string_view) override { return false; }
  std::size_t queued_bytes() const override { return 0; }
  void pause_reading(bool) override {}
  void close(std::uint16_t, std::string_view) override {}
  void leave(std::uint16_t, std::string_view) override {}
  loop& home() override { return home_; }

 private:
  loop& home_;
  std::string reason_;
  timer report_;
};

class network_connector final : public link_connector {
 public:
  network_connector(const client_tls& tls, metrics* families)
      : tls_(std::make_shared<boost::asio::ssl::context>(make_client_tls(tls.authorities))),
        metrics_(families) {}

  std::unique_ptr<link> connect(loop& home, const link_request& request) override {
    auto to = parse_web_address(request.url);
    if (!to) return std::make_unique<failed_link>(home, to.error());
    if (to->kind != web_address::scheme::ws && to->kind != web_address::scheme::wss) {
      return std::make_unique<failed_link>(home, "URL must be ws or wss");
    }
    const bool valid = std::all_of(request.headers.begin(), request.headers.end(), [](const auto& header) {
      return valid_header(header.first, header.second);
    });
    if (!valid) return std::make_unique<failed_link>(home, "header holds a control character");
    auto& host = dynamic_cast<asio_loop&>(home);
    return to->tls() ? connect_tls_link(host, request, *to, tls_, metrics_)
                     : connect_plain_link(host, request, *to, metrics_);
  }

 private:
  std::shared_ptr<boost::asio::ssl::context> tls_;
  metrics* metrics_;
};

}  // namespace

std::unique_ptr<link_connector> make_link_connector(const client_tls& tls, metrics* families) {
  return std::make_unique<network_connector>(tls, families);
}

}  // namespace tandem
