#include "gateway/network/kept_connection.hpp"
#include "gateway/network/network_client.hpp"
#include "gateway/network/tls_context.hpp"

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <utility>

#include <boost/beast/core/string.hpp>

namespace tandem {

namespace {

// Connections of one loop to all servers; what comes beyond fails at once.
constexpr std::size_t connection_bound = 1000;

using tls_pointer = std::shared_ptr<boost::asio::ssl::context>;

std::string request_text(const http_request& request, const web_address& to) {
  std::string text =
      request.method + " " + to.target + " HTTP/1.1\r\nHost: " + to.authority() + "\r\nUser-Agent: tandem";
  const bool bodiless = request.body.empty() && (request.method == "GET" || request.method == "HEAD");
  if (!bodiless) text.append("\r\nContent-Length: ").append(std::to_string(request.body.size()));
  for (const auto& [name, value] : request.headers)
    text.append("\r\n").append(name).append(": ").append(value);
  return text.append("\r\n\r\n").append(request.body);
}

bool is_ours(std::string_view name) {
  return boost::beast::iequals(name, "host") || boost::beast::iequals(name, "content-length") ||
         boost::beast::iequals(name, "transfer-encoding");
}

/// Connections may stand in for each other when they have the same.
std::string key_of(peer who, const web_address& to) {
  return std::to_string(static_cast<int>(who)) + (to.tls() ? " https " : " http ") + to.authority();
}

bool is_http(const web_address& to) {
  return to.kind == web_address::scheme::http || to.kind == web_address::scheme::https;
}

std::string fault_of(const http_request& request, const web_address& to) {
  if (!is_http(to)) return "URL must be http or https";
  const bool valid = std::all_of(request.headers.begin(), request.headers.end(), [](const auto& header) {
    return valid_header(header.first, header.second) && !is_ours(header.first);
  });
  return valid && valid_header(request.method, {}) ? "" : "method or header is not allowed";
}

/// One request until its answer; what the caller holds only lets go of it.
class exchange final : public connection_user, public std::enable_shared_from_this<exchange> {
 public:
  exchange(std::shared_ptr<connection_pool> pool, http_request request, std::function<void(http_answer)> done)
      : pool_(std::move(pool)), request_(std::move(request)), done_(std::move(done)) {}

  void begin(web_address to, tls_pointer tls, metrics* families) {
    to_ = std::move(to);
    tls_ = std::move(tls);
    metrics_ = families;
    deadline_ = pool_->home.at(pool_->home.now() + request_.timeout, [this] { time_out(); });
    ask(true);
  }

  /// For a request that cannot be sent at all.
  void fail_soon(std::string what) {
    pool_->home.post([self = shared_from_this(), what = std::move(what)] { self->fail(what); });
  }

  void abandon() {
    done_ = nullptr;
    deadline_.cancel();
    if (connection_) std::exchange(connection_, nullptr)->leave();
  }

  void answered(http_answer answer) override {
    connection_.reset();
    finish(std::move(answer));
  }

  /// The one who takes it may let go of this.
  void body_came(std::string_view bytes) override {
    const auto self = shared_from_this();
    if (done_) request_.part(bytes);
  }

  void found_stale() override {
    connection_.reset();
    ask(false);
  }

 private:
  void ask(bool may_be_kept) {
    const auto key = key_of(request_.to, to_);
    connection_ = may_be_kept ? pool_->take(key) : nullptr;
    if (!connection_) {
      if (pool_->open >= connection_bound) return fail_soon("too many connections");
      connection_ = std::make_shared<kept_connection>(pool_, key, request_.to, metrics_);
      connection_->connect(to_, to_.tls() ? tls_ : nullptr);
    }
    connection_->ask(*this, {.text = request_text(request_, to_),
                             .head_only = request_.method == "HEAD",
                             .bound = request_.answer_bound,
                             .in_parts = request_.part != nullptr});
  }

  void time_out() {
    const auto self = shared_from_this();
    if (connection_) {
      connection_->failed(connection_failure::timeout);
      std::exchange(connection_, nullptr)->leave();
    }
    fail("timed out");
  }

  void fail(const std::string& what) {
    http_answer answer;
    answer.failure = what;
    finish(std::move(answer));
  }

  void finish(http_answer answer) {
    deadline_.cancel();
    auto done = std::exchange(done_, nullptr);
    if (done) done(std::move(answer));
  }

  std::shared_ptr<connection_pool> pool_;
  http_request request_;
  std::function<void(http_answer)> done_;
  web_address to_;
  tls_pointer tls_;
  metrics* metrics_ = nullptr;
  std::shared_ptr<kept_connection> connection_;
  timer deadline_;
};

/// What the caller holds.
class held_exchange final : public http_exchange {
 public:
  explicit held_exchange(std::shared_ptr<exchange> under_way) : exchange_(std::move(under_way)) {}
  ~held_exchange() override { exchange_->abandon(); }
  held_exchange(const held_exchange&) = delete;
  held_exchange& operator=(const held_exchange&) = delete;

 private:
  std::shared_ptr<exchange> exchange_;
};

class network_http_client final : public http_client {
 public:
  network_http_client(const client_tls& tls, metrics* families)
      : tls_(std::make_shared<boost::asio::ssl::context>(make_client_tls(tls.authorities))),
        metrics_(families) {}

  ~network_http_client() override {
    for (auto& [home, pool] : pools_) {
      pool->home.post([pool = pool] { pool->close(); });
    }
  }

  void prepare(loop& home, peer who, const std::string& url) override {
    const auto to = parse_web_address(url);
    if (!to || !is_http(*to)) return;
    const auto pool = pool_of(dynamic_cast<asio_loop&>(home));
    const auto key = key_of(who, *to);
    if (pool->has(key) || pool->open >= connection_bound) return;
    const auto fresh = std::make_shared<kept_connection>(pool, key, who, metrics_);
    fresh->connect(*to, to->tls() ? tls_ : nullptr);
    fresh->keep();
  }

  std::unique_ptr<http_exchange> send(loop& home, http_request request,
                                      std::function<void(http_answer)> done) override {
    auto to = parse_web_address(request.url);
    const auto fault = to ? fault_of(request, *to) : to.error();
    auto fresh = std::make_shared<exchange>(pool_of(dynamic_cast<asio_loop&>(home)), std::move(request),
                                            std::move(done));
    if (fault.empty()) {
      fresh->begin(std::move(*to), tls_, metrics_);
    } else {
      fresh->fail_soon(fault);
    }
    return std::make_unique<held_exchange>(std::move(fresh));
  }

 private:
  std::shared_ptr<connection_pool> pool_of(asio_loop& home) {
    std::lock_guard guard(mutex_);
    auto& pool = pools_[&home];
    if (!pool) pool = std::make_shared<connection_pool>(home);
    return pool;
  }

  tls_pointer tls_;
  metrics* metrics_;
  std::mutex mutex_;
  std::unordered_map<asio_loop*, std::shared_ptr<connection_pool>> pools_;
};

}  // namespace

std::unique_ptr<http_client> make_http_client(const client_tls& tls, metrics* families) {
  return std::make_unique<network_http_client>(tls, families);
}

}  // namespace tandem
