#include "gateway/network/http_connection.hpp"
#include "gateway/network/http_text.hpp"

#include <chrono>
#include <utility>

namespace tandem {

namespace {

using boost::system::error_code;

// For the last bytes of an answer to arrive, and for the client to close, before the socket goes.
constexpr std::chrono::seconds linger_timeout{2};

}  // namespace

void http_connection::answer(unsigned serial, server_answer answer) {
  if (serial != serial_ || (state_ != state::answering && state_ != state::upgrading)) return;
  if (state_ == state::upgrading) keep_alive_ = false;
  if (answer.known_peer) meet_peer();
  if (!answer.open) return write(answer);
  if (answer.known_peer && !known_) return refuse(503, "no room for another connection");
  begin_stream(answer);
}

void http_connection::refuse(unsigned status, std::string_view why) {
  keep_alive_ = false;
  write(error_answer(status, why));
}

void http_connection::cut_answer() {
  if (auto slot = std::exchange(slot_, {}).lock()) slot->cut();
}

void http_connection::write(const server_answer& answer) {
  cut_answer();
  out_ = answer_text(answer, keep_alive_, reader_.wants_head_only());
  if (continuing_) return end();
  enter(state::writing, server_->settings.request_timeout);
  stream_->write(out_, [self = shared_from_this()](const error_code& error, std::size_t) {
    if (self->state_ != state::writing) return;
    if (error) return self->end();
    self->keep_alive_ ? self->next_request() : self->linger();
  });
}

void http_connection::begin_stream(const server_answer& answer) {
  cut_answer();
  keep_alive_ = false;
  if (continuing_) return end();
  in_chunks_ = reader_.takes_chunks() && !answer.open_length;
  state_ = state::streaming;
  if (reader_.wants_head_only()) {
    return send(open_answer_text(answer, in_chunks_), &http_connection::linger);
  }
  open_ = answer.open;
  open_->wake_with([&home = home_, to = weak_from_this()] {
    home.post([to] {
      if (auto connection = to.lock()) connection->stream_on();
    });
  });
  send(open_answer_text(answer, in_chunks_), &http_connection::stream_on);
  read_more();
}

/// Sends what there is of an open body, one piece after the other.
void http_connection::stream_on() {
  if (state_ != state::streaming || !open_) return;
  if (open_->is_cut()) {
    connection_.failed(connection_failure::overflow);
    return end();
  }
  if (sending_) return;
  const auto next = open_->take();
  if (!next.text.empty()) {
    return send(in_chunks_ ? chunk_text(next.text) : next.text, &http_connection::stream_on);
  }
  if (!next.is_whole) return enter(state::streaming, server_->settings.silence_timeout);
  open_.reset();
  in_chunks_ ? send(chunk_text({}), &http_connection::linger) : linger();
}

void http_connection::send(std::string text, void (http_connection::*then)()) {
  sending_ = true;
  out_ = std::move(text);
  enter(state::streaming, server_->settings.request_timeout);
  stream_->write(out_, [self = shared_from_this(), then](const error_code& error, std::size_t) {
    self->sending_ = false;
    if (self->state_ != state::streaming) return;
    error ? self->end() : (*self.*then)();
  });
}

// A socket that is closed with unread bytes is reset, and the answer with it.
void http_connection::linger() {
  enter(state::lingering, linger_timeout);
  stream_->shut_down([self = shared_from_this()](const error_code& error, std::size_t) {
    if (error && self->state_ == state::lingering) self->end();
  });
  read_more();
}

}  // namespace tandem
