#pragma once

#include "gateway/network/answer_slot.hpp"
#include "gateway/network/byte_stream.hpp"
#include "gateway/network/connection_count.hpp"
#include "gateway/network/request_reader.hpp"
#include "gateway/network/server_context.hpp"

#include <compare>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace tandem {

/// One connection of the server: requests one after the other, until one becomes a WebSocket.
class http_connection : public std::enable_shared_from_this<http_connection> {
 public:
  /// The connections of one loop, on its thread.
  struct crowd {
    std::unordered_set<std::shared_ptr<http_connection>> all;
    /// Those of them whose peers are not known.
    std::size_t unknown = 0;
  };

  /// Keeps itself in `among` until it ends.
  http_connection(std::shared_ptr<server_context> server, asio_loop& home, std::shared_ptr<crowd> among,
                  std::unique_ptr<byte_stream> stream, std::string remote);

  void start();

  /// Closes the socket and lets go of itself.
  void end();

  /// What a connection still has to gain, the least first; and since when it is there.
  struct claim {
    enum class kind : std::uint8_t { farewell, request, answer } to;
    moment since;
    auto operator<=>(const claim&) const = default;
  };

  /// What it would lose if it made room for another; nothing when it is not to go, because its peer is known
  /// or its request is at work.
  std::optional<claim> at_stake() const;

  /// The answer to request `serial`; ignored when that is not the one being answered.
  void answer(unsigned serial, server_answer answer);

  /// Gives the stream away as a WebSocket; false when request `serial` does not wait for that any more.
  bool accept(unsigned serial, const request_head& head, asio_loop& target, const upgrade::bounds& limits,
              const std::function<void(std::shared_ptr<link>)>& done);

 private:
  enum class state : std::uint8_t {
    securing,
    idle,
    reading,
    answering,
    upgrading,
    writing,
    streaming,
    lingering,
    ended
  };

  void enter(state next, std::chrono::milliseconds limit);
  void deadline_passed();
  void meet_peer();
  void know_peer();

  // Requests.
  void next_request();
  void read_more();
  void was_read(const boost::system::error_code& error, std::size_t bytes);
  void parse();
  bool is_refused_at_head();
  void go_on_if_asked();
  void handle();
  void handler_failed(const std::exception& failure);
  std::optional<request_head> take_head() const;

  // Answers (http_connection_answers.cpp).
  void refuse(unsigned status, std::string_view why);
  void cut_answer();
  void write(const server_answer& answer);
  void begin_stream(const server_answer& answer);
  void stream_on();
  void send(std::string text, void (http_connection::*then)());
  void linger();

  server_context::place place_;
  std::shared_ptr<server_context> server_;
  asio_loop& home_;
  std::shared_ptr<crowd> among_;
  std::unique_ptr<byte_stream> stream_;
  std::string remote_;
  moment since_;
  request_reader reader_;
  std::shared_ptr<void> booked_;
  counted_object object_{http_connection_count};
  counted_connection connection_;
  state state_ = state::securing;
  timer deadline_;
  std::string chunk_;
  std::string out_;
  std::weak_ptr<answer_slot> slot_;
  std::shared_ptr<open_body::reader> open_;
  unsigned serial_ = 0;
  bool reading_ = false;
  bool sending_ = false;
  bool in_chunks_ = false;
  bool continuing_ = false;
  bool keep_alive_ = false;
  bool known_ = false;
};

}  // namespace tandem
