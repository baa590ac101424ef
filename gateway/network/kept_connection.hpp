#pragma once

#include "actors/runtime/http.hpp"
#include "gateway/network/byte_stream.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace tandem {

class kept_connection;

/// What one request wants of a connection.
class connection_user {
 public:
  /// The whole answer, or why there is none; the connection has let go of its user by then.
  virtual void answered(http_answer answer) = 0;

  /// The next bytes of the body of a 200, for those who want it as it comes; may be the end of the user.
  virtual void body_came(std::string_view bytes) = 0;

  /// The connection had been kept, and ended before the server said anything: it is worth another one.
  virtual void found_stale() = 0;

 protected:
  ~connection_user() = default;
};

/// What a connection is asked for.
struct kept_request {
  std::string text;
  bool head_only = false;
  /// Bytes of an answer's body.
  std::size_t bound = 0;
  /// Whether `body_came` takes it.
  bool in_parts = false;
};

/// The connections of one loop that wait for another request; on that loop's thread.
struct connection_pool : std::enable_shared_from_this<connection_pool> {
  explicit connection_pool(asio_loop& at) : home(at) {}

  /// An idle connection to that server, or nullptr.
  std::shared_ptr<kept_connection> take(const std::string& key);
  bool has(const std::string& key) const { return idle.contains(key); }
  void put(const std::shared_ptr<kept_connection>& idle);
  void remove(const kept_connection& ended);
  /// Closes what is idle, and keeps nothing from now on.
  void close();

  asio_loop& home;
  std::map<std::string, std::vector<std::shared_ptr<kept_connection>>> idle;
  /// Connections in memory, idle or not.
  std::size_t open = 0;
  bool closed = false;
};

/// One connection to a server: requests one after the other, and idle in its pool between them.
class kept_connection : public std::enable_shared_from_this<kept_connection> {
 public:
  kept_connection(std::shared_ptr<connection_pool> pool, std::string key, peer to, metrics* families);
  ~kept_connection();

  const std::string& key() const { return key_; }

  /// Looks up, connects and shakes hands for the request to come; `tls` is nullptr for plain.
  void connect(const web_address& to, std::shared_ptr<boost::asio::ssl::context> tls);

  /// Sends a request, at once or when it is connected; `user` must `leave` before it goes.
  void ask(connection_user& user, kept_request request);

  /// Keeps the connection for a request to come as soon as it is there.
  void keep();

  /// The user wants no answer any more: the connection ends.
  void leave();

  /// Counts a failure that the user noticed itself.
  void failed(connection_failure why) { connection_.failed(why); }

  void wait_idle(std::chrono::milliseconds limit);
  void end();

 private:
  using parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  void secured(const boost::system::error_code& error);
  void send();
  void read_more();
  void was_read(const boost::system::error_code& error, std::size_t bytes);
  void parse();
  void hand_over_body();
  void new_parser();
  void finish();
  void fail(const std::string& what, connection_failure why);

  std::shared_ptr<connection_pool> pool_;
  std::string key_;
  counted_object object_{http_connection_count};
  counted_connection connection_;
  std::unique_ptr<dialer> dialer_;
  std::unique_ptr<byte_stream> stream_;
  connection_user* user_ = nullptr;
  std::optional<parser> parser_;
  kept_request out_;
  std::string in_;
  std::string chunk_;
  timer idle_;
  bool ready_ = false;
  bool used_ = false;
  bool answer_began_ = false;
  bool ended_ = false;
};

}  // namespace tandem
