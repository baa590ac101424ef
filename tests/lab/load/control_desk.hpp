#pragma once

#include "gateway/network/asio_loop.hpp"
#include "gateway/network/http_server.hpp"
#include "gateway/network/network_client.hpp"
#include "tests/lab/load/generator.hpp"
#include "tests/lab/webhook_signer.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace tandem::lab {

/// Call Control for load: announces calls by signed webhooks, twice when that is planned, and obeys commands,
/// of which it fails one in ten at first.
class control_desk final : public call_announcer {
 public:
  /// Listens on a free port of 127.0.0.1.
  explicit control_desk(asio_loop& home);

  /// Not from a loop's thread, and not while calls are announced.
  ~control_desk();
  control_desk(const control_desk&) = delete;

  std::uint16_t port() const { return server_->port(); }
  std::string public_key() const { return signer_.public_key(); }

  /// Where webhooks go and who opens the streams, before the first call.
  void serve(std::string webhook_url, load_generator& line);

  /// The line goes: commands find no call any more. Not from a loop's thread.
  void rest();

  void announce(const call_plan& plan, const std::string& call_control_id) override;
  void gone(const call_plan& plan, const std::string& call_control_id) override;

 private:
  struct leg {
    call_plan plan;
    std::set<std::string> commands;
    bool over = false;
    bool failed_once = false;
    std::string client_state;
  };

  void on_request(const server_request& request, const respond& answer);
  void on_command(const std::string& id, leg& call, const std::string& action, const server_request& request,
                  const respond& answer);
  void notify(const std::string& id, std::string_view event_type);
  void deliver(const std::shared_ptr<const std::string>& body, unsigned attempt);

  asio_loop& home_;
  webhook_signer signer_;
  std::unique_ptr<http_client> http_;
  std::unique_ptr<http_server> server_;
  std::string webhook_url_;
  load_generator* line_ = nullptr;
  std::map<std::string, leg, std::less<>> legs_;
  std::map<std::uint64_t, std::unique_ptr<http_exchange>> deliveries_;
  std::uint64_t last_ = 0;
};

}  // namespace tandem::lab
