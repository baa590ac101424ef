#include "gateway/network/link_session.hpp"

#include <exception>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/websocket/error.hpp>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;

// How long a closing handshake may take, whoever began it.
constexpr std::chrono::seconds close_timeout{2};

constexpr std::uint16_t unsupported_data = 1003;
constexpr std::uint16_t internal_error = 1011;

}  // namespace

link_session::link_session(asio_loop& home, const link_limits& limits, metrics* families)
    : home_(home), limits_(limits), connection_(families, limits.to) {}

link_session::~link_session() { count_queued(-static_cast<std::ptrdiff_t>(queued_)); }

void link_session::start(link_events& events) {
  events_ = &events;
  told_open_ = false;
  if (state_ == state::connecting) return;
  home_.post([self = shared_from_this()] { self->ended() ? self->report() : self->begin(); });
}

bool link_session::send(std::string_view message, bool is_text) {
  if (state_ != state::connecting && state_ != state::open) return false;
  if (queued_ + message.size() > 2 * limits_.write_bound) {
    end({.reason = "write queue overflowed"}, connection_failure::overflow);
    return false;
  }
  spare_.assign(message);
  queue_.push_back({std::exchange(spare_, {}), is_text});
  count_queued(static_cast<std::ptrdiff_t>(message.size()));
  write_next();
  if (queued_ <= limits_.write_bound) return true;
  full_ = true;
  return false;
}

void link_session::pause_reading(bool paused) {
  paused_ = paused;
  if (paused_) return;
  if (!held_) return read_next();
  home_.post([self = shared_from_this()] {
    if (self->paused_ || !std::exchange(self->held_, false)) return;
    self->deliver();
  });
}

void link_session::close(std::uint16_t code, std::string_view reason) {
  if (state_ == state::connecting) end({.reason = "closed before it was open"});
  close_as(code, reason, "closed");
}

void link_session::leave(std::uint16_t code, std::string_view reason) {
  leaving_ = true;
  close(code, reason);
}

void link_session::detach() {
  events_ = nullptr;
  if (ended()) return;
  // What is under way keeps this, and has a deadline.
  if (leaving_ && state_ == state::closing) return;
  state_ = state::ended;
  release();
}

void link_session::expect_open(std::chrono::milliseconds limit) {
  deadline_ = home_.at(home_.now() + limit,
                       [this] { end({.reason = "connect timed out"}, connection_failure::timeout); });
}

void link_session::opened() {
  if (ended()) return;
  deadline_.cancel();
  state_ = state::open;
  was_open_ = true;
  begin();
}

void link_session::begin() {
  if (state_ != state::open || events_ == nullptr) return;
  const bool had_begun = std::exchange(begun_, true);
  if (!had_begun) note_heard();
  if (!std::exchange(told_open_, true)) tell([](link_events& events) { events.on_open(); });
  if (state_ != state::open || had_begun) return;
  watch_silence();
  write_next();
  read_next();
}

template <class Event>
void link_session::tell(Event&& event) {
  if (events_ == nullptr) return;
  std::string what = "unknown";
  try {
    return event(*events_);
  } catch (const std::exception& failure) {
    what = failure.what();
  } catch (...) {
  }
  spdlog::error("link caught an exception of its owner peer={} what=\"{}\"", to_string(limits_.to), what);
  close_as(internal_error, "internal error", "exception of the owner: " + what);
}

void link_session::read_next() {
  if (reading_ || held_ || !begun_ || ended() || shaking_off_) return;
  if (paused_ && state_ == state::open) return;
  reading_ = true;
  read();
}

void link_session::read_done(const boost::system::error_code& error, bool is_text) {
  reading_ = false;
  if (ended()) return;
  if (error) {
    // While we close, the handler of the closing handshake tells the end.
    if (shaking_off_) return;
    if (error == websocket::error::closed) return end(peer_reason());
    return end(error, "read");
  }
  note_heard();
  if (state_ == state::closing) {
    forget_message();
    return read_next();
  }
  is_text_ = is_text;
  held_ = paused_;
  if (!held_) deliver();
}

void link_session::deliver() {
  bool is_taken = true;
  if (state_ == state::open) {
    tell([&](link_events& events) {
      if (is_text_) return events.on_text(message());
      is_taken = events.on_binary(message());
    });
  }
  if (ended()) return;
  forget_message();
  if (is_taken) return read_next();
  connection_.failed(connection_failure::protocol);
  close_as(unsupported_data, "text only", "binary message");
}

void link_session::write_next() {
  if (writing_ || queue_.empty() || (state_ != state::open && state_ != state::closing)) return;
  writing_ = true;
  write(queue_.front().message, queue_.front().is_text);
}

void link_session::write_done(const boost::system::error_code& error) {
  writing_ = false;
  if (ended()) return queue_.clear();
  // Beast fails writes once the peer has begun to close; the reader then knows why.
  if (error) return peer_closing_ || shaking_off_ ? void() : end(error, "write");
  count_queued(-static_cast<std::ptrdiff_t>(queue_.front().message.size()));
  spare_ = std::move(queue_.front().message);
  queue_.pop_front();
  write_next();
  if (full_ && queued_ <= limits_.write_bound / 2) {
    full_ = false;
    if (state_ == state::open) tell([](link_events& events) { events.on_writable(); });
  }
  if (state_ == state::closing) shake_off_next();
}

void link_session::close_as(std::uint16_t code, std::string_view frame_reason, std::string reason) {
  if (state_ != state::open) return;
  state_ = state::closing;
  close_code_ = code;
  close_reason_ = frame_reason;
  outcome_.reason = std::move(reason);
  if (!peer_closing_) deadline_ = home_.at(home_.now() + close_timeout, [this] { end(std::move(outcome_)); });
  if (std::exchange(held_, false)) forget_message();
  write_next();
  shake_off_next();
  read_next();
}

void link_session::shake_off_next() {
  if (writing_ || shaking_off_ || peer_closing_ || ended()) return;
  shaking_off_ = true;
  shake_off(close_code_, close_reason_);
}

void link_session::shake_off_done() { end(std::move(outcome_)); }

void link_session::heard(bool closing) {
  note_heard();
  if (!closing || std::exchange(peer_closing_, true) || state_ != state::open) return;
  deadline_ = home_.at(last_heard_ + close_timeout, [this] { end(peer_reason()); });
}

void link_session::watch_silence() {
  const auto half = limits_.idle_timeout / 2;
  if (half.count() <= 0) return;
  // What a pause keeps unread says nothing about the peer.
  if (paused_ || held_) note_heard();
  // Only an unanswered ping ends it: after a stall of this process everybody seems to have been silent.
  if (pinged_) return end({.reason = "peer fell silent"}, connection_failure::idle);
  const auto now = home_.now();
  auto next = last_heard_ + half;
  if (now >= next) {
    next = now + half;
    pinged_ = true;
    if (!pinging_ && state_ == state::open && !peer_closing_) {
      pinging_ = true;
      ping();
    }
  }
  silence_ = home_.at(next, [this] { watch_silence(); });
}

void link_session::note_heard() {
  last_heard_ = home_.now();
  pinged_ = false;
}

void link_session::end(const boost::system::error_code& error, std::string_view during) {
  end({.reason = std::string(during) + ": " + error.message()}, failure_of(error));
}

void link_session::end(link_closed how, std::optional<connection_failure> why) {
  if (ended()) return;
  state_ = state::ended;
  outcome_ = std::move(how);
  outcome_.was_open = was_open_;
  if (why) connection_.failed(*why);
  release();
  if (events_ != nullptr) home_.post([self = shared_from_this()] { self->report(); });
}

void link_session::report() {
  auto events = std::exchange(events_, nullptr);
  if (events == nullptr) return;
  try {
    events->on_closed(outcome_);
  } catch (const std::exception& failure) {
    spdlog::error("link caught an exception of its owner peer={} what=\"{}\"", to_string(limits_.to),
                  failure.what());
  }
}

void link_session::release() {
  drop();
  deadline_.cancel();
  silence_.cancel();
  count_queued(-static_cast<std::ptrdiff_t>(queued_));
  // A pending write still points at the first message.
  if (!writing_) queue_.clear();
  connection_.end();
}

void link_session::count_queued(std::ptrdiff_t bytes) {
  queued_ += static_cast<std::size_t>(bytes);
  connection_.buffered(bytes);
}

connection_failure failure_of(const boost::system::error_code& error) {
  const auto& category = error.category();
  if (error == websocket::error::upgrade_declined) return connection_failure::upgrade;
  if (category == asio::error::get_ssl_category() || category == asio::ssl::error::get_stream_category()) {
    return connection_failure::tls;
  }
  if (category == make_error_code(websocket::error::closed).category()) return connection_failure::protocol;
  if (error == asio::error::connection_refused || error == asio::error::host_unreachable ||
      error == asio::error::network_unreachable || category == asio::error::get_netdb_category() ||
      category == asio::error::get_addrinfo_category()) {
    return connection_failure::refused;
  }
  if (error == asio::error::timed_out) return connection_failure::timeout;
  return connection_failure::reset;
}

}  // namespace tandem
