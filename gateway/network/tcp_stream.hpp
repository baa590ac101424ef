#pragma once

#include "gateway/network/dialer.hpp"
#include "gateway/network/hangup_watch.hpp"

#include <array>
#include <cstddef>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/detail/reactive_socket_recv_op.hpp>
#include <boost/beast/websocket/teardown.hpp>

namespace tandem {

/// What the reads of a `tcp_stream` share with it.
struct read_state {
  hangup_watch* watch;
  bool hung_up = false;  ///< an end may stand behind the bytes that come
};

/// What a `tcp_stream` reads into: the first two pieces of what it was given, which is all that Beast gives.
class drained_buffers {
 public:
  using value_type = boost::asio::mutable_buffer;
  using const_iterator = const value_type*;

  template <class Buffers>
  drained_buffers(const Buffers& buffers, const read_state& state) : state_(&state) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto each = boost::asio::buffer_sequence_begin(buffers); each != end && count_ < pieces_.size();
         ++each) {
      const value_type piece(*each);
      if (piece.size() != 0) pieces_[count_++] = piece;
    }
  }

  const_iterator begin() const { return pieces_.data(); }
  const_iterator end() const { return pieces_.data() + count_; }

  std::size_t count() const { return count_; }
  std::size_t size() const { return pieces_[0].size() + pieces_[1].size(); }
  const read_state& state() const { return *state_; }

 private:
  std::array<value_type, 2> pieces_;
  std::size_t count_ = 0;
  const read_state* state_;
};

/// A TCP socket that does not read in vain: after a read that took all there was it waits for the system to
/// say that there is more, which saves one system call for each message. What it must not overlook then, an
/// end that came together with the last bytes, the loop's `hangup_watch` tells it.
class tcp_stream : public tcp_socket {
 public:
  explicit tcp_stream(tcp_socket&& socket)
      : tcp_socket(std::move(socket)),
        state_{&boost::asio::use_service<hangup_watch>(get_executor().context())} {}
  tcp_stream(tcp_stream&& other) noexcept
      : tcp_socket(static_cast<tcp_socket&&>(other.unwatched())), state_{other.state_.watch} {}
  ~tcp_stream() { state_.watch->forget(ticket_); }
  tcp_stream& operator=(tcp_stream&&) = delete;

  template <class Buffers, class Handler>
  auto async_read_some(const Buffers& buffers, Handler&& handler) {
    if (ticket_ == 0 && is_open()) ticket_ = state_.watch->watch(native_handle(), [this] { look_again(); });
    if (ticket_ == 0) return tcp_socket::async_read_some(buffers, std::forward<Handler>(handler));
    return async_receive(drained_buffers(buffers, state_), std::forward<Handler>(handler));
  }

  void close(boost::system::error_code& error) {
    state_.watch->forget(std::exchange(ticket_, 0));
    tcp_socket::close(error);
  }

  /// For another loop's socket.
  native_handle_type release(boost::system::error_code& error) { return unwatched().release(error); }

 private:
  tcp_socket& unwatched() {
    state_.watch->forget(std::exchange(ticket_, 0), is_open() ? native_handle() : -1);
    return *this;
  }

  /// A read that waits has perhaps overlooked the end: whoever begins to wait for something else makes the
  /// system say again what there is.
  void look_again() {
    state_.hung_up = true;
    async_wait(wait_error, [](const boost::system::error_code&) {});
  }

  read_state state_;
  hangup_watch::ticket ticket_ = 0;
};

// How Beast ends a WebSocket's connection.
inline void teardown(boost::beast::role_type role, tcp_stream& stream, boost::system::error_code& error) {
  boost::beast::websocket::teardown(role, static_cast<tcp_socket&>(stream), error);
}
template <class Handler>
void async_teardown(boost::beast::role_type role, tcp_stream& stream, Handler&& handler) {
  boost::beast::websocket::async_teardown(role, static_cast<tcp_socket&>(stream),
                                          std::forward<Handler>(handler));
}

}  // namespace tandem

namespace boost::asio::detail {

/// Tells the reactor that a read which was not filled has taken all there is, which Asio's own leaves to the
/// next one to find out.
template <>
class reactive_socket_recv_op_base<tandem::drained_buffers> : public reactor_op {
 public:
  reactive_socket_recv_op_base(const boost::system::error_code& success, socket_type socket,
                               socket_ops::state_type, const tandem::drained_buffers& buffers,
                               socket_base::message_flags flags, func_type complete)
      : reactor_op(success, &reactive_socket_recv_op_base::do_perform, complete),
        socket_(socket),
        buffers_(buffers),
        flags_(flags) {}

  static status do_perform(reactor_op* base) {
    auto& self = *static_cast<reactive_socket_recv_op_base*>(base);
    const bool found = self.receive();
    const auto& state = self.buffers_.state();
    state.watch->count_read(found);
    if (!found) return not_done;
    const bool took_all = self.bytes_transferred_ < self.buffers_.size() && !state.hung_up;
    return took_all ? done_and_exhausted : done;
  }

 private:
  bool receive() {
    const auto& first = *buffers_.begin();
    if (buffers_.count() < 2) {
      return socket_ops::non_blocking_recv1(socket_, first.data(), first.size(), flags_, true, ec_,
                                            bytes_transferred_);
    }
    buffer_sequence_adapter<boost::asio::mutable_buffer, tandem::drained_buffers> pieces(buffers_);
    return socket_ops::non_blocking_recv(socket_, pieces.buffers(), pieces.count(), flags_, true, ec_,
                                         bytes_transferred_);
  }

  socket_type socket_;
  tandem::drained_buffers buffers_;
  socket_base::message_flags flags_;
};

}  // namespace boost::asio::detail
