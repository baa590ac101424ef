#include "gateway/network/http_connection.hpp"

#include "gateway/network/http_text.hpp"
#include "gateway/network/waiting_upgrade.hpp"

#include <exception>
#include <utility>

#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using boost::system::error_code;

constexpr std::size_t read_size = 8 * 1024;
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

http_connection::http_connection(std::shared_ptr<server_context> server, asio_loop& home,
                                 std::shared_ptr<crowd> among, std::unique_ptr<byte_stream> stream,
                                 std::string remote)
    : place_(server),
      server_(std::move(server)),
      home_(home),
      among_(std::move(among)),
      stream_(std::move(stream)),
      remote_(std::move(remote)),
      since_(home.now()),
      reader_(server_->settings.head_bound, server_->settings.body_bound),
      connection_(server_->families, server_->settings.from) {}

void http_connection::start() {
  among_->all.insert(shared_from_this());
  ++among_->unknown;
  enter(state::securing, server_->settings.request_timeout);
  stream_->accept([self = shared_from_this()](const error_code& error, std::size_t) {
    if (self->state_ != state::securing) return;
    if (error) {
      self->connection_.failed(failure_of(error));
      return self->end();
    }
    self->next_request();
  });
}

void http_connection::end() {
  if (state_ == state::ended) return;
  state_ = state::ended;
  deadline_.cancel();
  cut_answer();
  open_.reset();
  if (stream_) stream_->close();
  connection_.end();
  know_peer();
  among_->all.erase(shared_from_this());
}

std::optional<http_connection::claim> http_connection::at_stake() const {
  if (known_) return std::nullopt;
  switch (state_) {
    case state::lingering:
      return claim{claim::kind::farewell, since_};
    case state::securing:
    case state::idle:
    case state::reading:
      return claim{claim::kind::request, since_};
    case state::writing:
      return claim{claim::kind::answer, since_};
    default:
      return std::nullopt;
  }
}

void http_connection::meet_peer() {
  if (known_) return;
  if (server_->settings.book_known) {
    booked_ = server_->settings.book_known();
    if (!booked_) {
      keep_alive_ = false;
      return;
    }
  }
  know_peer();
}

void http_connection::know_peer() {
  if (!std::exchange(known_, true)) --among_->unknown;
}

void http_connection::enter(state next, std::chrono::milliseconds limit) {
  state_ = next;
  deadline_ = home_.at(home_.now() + limit, [this] { deadline_passed(); });
}

void http_connection::deadline_passed() {
  switch (state_) {
    case state::reading:
      if (reader_.is_untouched()) return end();
      return refuse(408, "request too slow");
    case state::answering:
    case state::upgrading:
      return refuse(503, "no answer in time");
    case state::streaming:
      connection_.failed(connection_failure::timeout);
      return end();
    default:
      return end();
  }
}

void http_connection::next_request() {
  const bool first = serial_ == 0;
  ++serial_;
  reader_.begin();
  if (first || !reader_.rest().empty()) {
    // The first request's time began with the connection.
    if (first) {
      state_ = state::reading;
    } else {
      enter(state::reading, server_->settings.request_timeout);
    }
    return parse();
  }
  enter(state::idle, server_->settings.keep_alive_timeout);
  read_more();
}

void http_connection::read_more() {
  if (std::exchange(reading_, true)) return;
  chunk_.resize(read_size);
  stream_->read(chunk_, [self = shared_from_this()](const error_code& error, std::size_t bytes) {
    self->reading_ = false;
    self->was_read(error, bytes);
  });
}

void http_connection::was_read(const error_code& error, std::size_t bytes) {
  if (state_ == state::ended) return;
  if (state_ == state::lingering) return error ? end() : read_more();
  if (error) return state_ == state::writing ? void() : end();
  // Nothing is asked while the answer goes on; only that the client is there matters.
  if (state_ == state::streaming) return read_more();
  // What comes while an answer is on its way out after a refusal is not looked at.
  if (state_ != state::idle && state_ != state::reading) return;
  if (state_ == state::idle) enter(state::reading, server_->settings.request_timeout);
  reader_.add(std::string_view(chunk_).substr(0, bytes));
  parse();
}

void http_connection::parse() {
  for (;;) {
    const auto progress = reader_.read();
    if (!progress) return refuse(progress.error(), "bad request");
    switch (*progress) {
      case request_reader::progress::wants_more:
        return read_more();
      case request_reader::progress::has_head:
        keep_alive_ = reader_.keeps_alive();
        if (is_refused_at_head()) return;
        go_on_if_asked();
        break;
      case request_reader::progress::is_whole:
        return handle();
    }
  }
}

/// So that nobody can have bodies kept whose heads already say that they are of no use.
bool http_connection::is_refused_at_head() {
  if (reader_.is_whole() || !server_->handlers.on_head) return false;
  const auto head = take_head();
  if (!head) return false;
  try {
    const auto refusal = server_->handlers.on_head(*head);
    if (!refusal) return false;
    keep_alive_ = false;
    write(*refusal);
  } catch (const std::exception& failure) {
    handler_failed(failure);
  }
  return true;
}

void http_connection::go_on_if_asked() {
  if (!reader_.waits_to_continue()) return;
  continuing_ = true;
  stream_->write(go_on, [self = shared_from_this()](const error_code& error, std::size_t) {
    self->continuing_ = false;
    if (error) self->end();
  });
}

std::optional<request_head> http_connection::take_head() const {
  auto head = reader_.head();
  if (head) head->remote = remote_;
  return head;
}

void http_connection::handle() {
  auto head = take_head();
  if (!head) return refuse(400, "bad target");
  const bool upgrading = reader_.wants_upgrade() && server_->handlers.on_upgrade;
  enter(upgrading ? state::upgrading : state::answering, server_->settings.answer_timeout);
  // Only the handler holds the slot, so that letting go of it is noticed.
  auto slot = std::make_shared<answer_slot>(home_, weak_from_this(), serial_);
  slot_ = slot;
  try {
    if (upgrading) {
      server_->handlers.on_upgrade(std::make_unique<waiting_upgrade>(
          home_, weak_from_this(), serial_, std::move(slot), std::move(*head), stream_->can_move()));
    } else if (server_->handlers.on_request) {
      server_->handlers.on_request(
          {std::move(*head), reader_.take_body()},
          [slot = std::move(slot)](server_answer answer) { slot->give(std::move(answer)); });
    } else {
      refuse(404, "not found");
    }
  } catch (const std::exception& failure) {
    handler_failed(failure);
  }
}

void http_connection::handler_failed(const std::exception& failure) {
  spdlog::error("server caught an exception of a handler what=\"{}\"", failure.what());
  refuse(500, "internal error");
}

bool http_connection::accept(unsigned serial, const request_head& head, asio_loop& target,
                             const upgrade::bounds& limits,
                             const std::function<void(std::shared_ptr<link>)>& done) {
  if (state_ != state::upgrading || serial != serial_) return false;
  // The stream cannot be given away while something is written to it.
  if (continuing_) {
    end();
    return false;
  }
  auto request = handshake_text(head) + reader_.rest();
  if (request.size() > accepted_request_bound) {
    refuse(400, "sent too much before the handshake");
    return false;
  }
  auto stream = std::move(stream_);
  stream->upgrade(
      {target,
       std::move(request),
       {limits.from, limits.write_bound, limits.message_bound, limits.idle_timeout, limits.system_bound},
       server_->settings.request_timeout,
       server_->families,
       done});
  end();
  return true;
}

}  // namespace tandem
