#pragma once

#include "gateway/network/asio_loop.hpp"
#include "gateway/network/http_server.hpp"
#include "gateway/network/network_client.hpp"
#include "tests/lab/phone.hpp"
#include "tests/lab/webhook_signer.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tandem::lab {

/// How a carrier behaves.
struct carrier_options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  /// Where events go; empty = no Call Control, so every call is a bare stream to `media_url`.
  std::string webhook_url;
  std::string media_url;
  /// The API key it wants; empty = any.
  std::string api_key;
  std::chrono::milliseconds to_engine{0};
  std::chrono::milliseconds from_engine{0};
  /// A call that gets no command for so long is given up.
  std::chrono::milliseconds first_command{10000};
};

/// How a call came out.
struct call_outcome {
  std::string call_control_id;
  /// `caller`, `engine`, `rejected`, `stream` (it closed), `unanswered`.
  std::string ended_by;
  std::string detail;
  phone_counts counts;
};

/// Telnyx as far as the engine can tell: Call Control's REST API, signed webhooks, media streams. Lives on
/// one loop, where all of its functions are to be called.
class carrier {
 public:
  carrier(asio_loop& home, carrier_options options);
  /// Drops every call. Not from a loop's thread.
  ~carrier();
  carrier(const carrier&) = delete;

  void start();
  std::uint16_t port() const;
  std::string public_key() const { return signer_.public_key(); }

  /// A webhook's signature, as this carrier makes it.
  std::string sign(std::string_view timestamp, std::string_view body) const {
    return signer_.sign(timestamp, body);
  }

  /// A person calls a number; on the loop, as all that follows; `over` is told how it came out. The person
  /// must live until then.
  void place(const std::string& from, const std::string& to, telnyx::codec codec, person& who,
             std::function<void(const call_outcome&)> over);

  /// Calls that are not over.
  std::size_t calls() const { return calls_.size(); }

  /// Ends every call as its caller would.
  void hang_up_all();

 private:
  struct leg;

  void on_request(const server_request& request, const respond& answer);
  void on_command(leg& call, const std::string& action, const std::string& body, const respond& answer);
  void open_stream(leg& call, const std::string& url);
  void notify(leg& call, std::string_view event_type, std::string_view cause = {});
  void deliver(const std::shared_ptr<std::string>& body, unsigned attempt);
  void finish(const std::string& id, std::string_view ended_by, std::string_view detail);

  asio_loop& home_;
  carrier_options options_;
  webhook_signer signer_;
  std::unique_ptr<link_connector> links_;
  std::unique_ptr<http_client> http_;
  std::unique_ptr<http_server> server_;
  std::map<std::string, std::unique_ptr<leg>, std::less<>> calls_;
  std::map<std::uint64_t, std::unique_ptr<http_exchange>> deliveries_;
  std::vector<std::string> ended_;
  std::uint64_t last_ = 0;
};

}  // namespace tandem::lab
