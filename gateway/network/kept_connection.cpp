#include "gateway/network/kept_connection.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/error.hpp>

namespace tandem {

namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t idle_bound = 8;
constexpr std::chrono::seconds idle_timeout{30};
constexpr std::size_t read_size = 8 * 1024;
constexpr std::uint32_t head_bound = 32 * 1024;

}  // namespace

std::shared_ptr<kept_connection> connection_pool::take(const std::string& key) {
  const auto found = idle.find(key);
  if (found == idle.end()) return nullptr;
  auto last = std::move(found->second.back());
  found->second.pop_back();
  if (found->second.empty()) idle.erase(found);
  return last;
}

void connection_pool::put(const std::shared_ptr<kept_connection>& fresh) {
  auto& kept = idle[fresh->key()];
  kept.push_back(fresh);
  fresh->wait_idle(idle_timeout);
  if (closed || kept.size() > idle_bound) {
    auto oldest = kept.front();
    oldest->end();
  }
}

void connection_pool::remove(const kept_connection& ended) {
  const auto found = idle.find(ended.key());
  if (found == idle.end()) return;
  std::erase_if(found->second, [&](const auto& each) { return each.get() == &ended; });
  if (found->second.empty()) idle.erase(found);
}

void connection_pool::close() {
  closed = true;
  while (!idle.empty()) {
    auto last = idle.begin()->second.back();
    last->end();
  }
}

kept_connection::kept_connection(std::shared_ptr<connection_pool> pool, std::string key, peer to,
                                 metrics* families)
    : pool_(std::move(pool)), key_(std::move(key)), connection_(families, to) {
  ++pool_->open;
}

kept_connection::~kept_connection() { --pool_->open; }

void kept_connection::connect(const web_address& to, std::shared_ptr<boost::asio::ssl::context> tls) {
  dialer_ = std::make_unique<dialer>(
      pool_->home, to.host, to.port,
      [this, tls = std::move(tls), host = to.host](const error_code& error, tcp_socket socket) {
        if (error) return fail("connect: " + error.message(), failure_of(error));
        auto& home = pool_->home;
        stream_ =
            tls ? make_tls_stream(home, std::move(socket), *tls) : make_plain_stream(home, std::move(socket));
        stream_->connect(host, [self = shared_from_this()](const error_code& error, std::size_t) {
          self->secured(error);
        });
      });
}

void kept_connection::secured(const error_code& error) {
  if (ended_) return;
  if (error) return fail("TLS handshake: " + stream_->explain(error), failure_of(error));
  ready_ = true;
  dialer_.reset();
  if (user_ != nullptr) send();
  read_more();
}

void kept_connection::keep() { pool_->put(shared_from_this()); }

void kept_connection::ask(connection_user& user, kept_request request) {
  idle_.cancel();
  user_ = &user;
  out_ = std::move(request);
  answer_began_ = false;
  new_parser();
  if (ready_) send();
}

void kept_connection::leave() {
  user_ = nullptr;
  end();
}

void kept_connection::wait_idle(std::chrono::milliseconds limit) {
  idle_ = pool_->home.at(pool_->home.now() + limit, [this] { end(); });
}

void kept_connection::end() {
  if (std::exchange(ended_, true)) return;
  const auto self = shared_from_this();
  dialer_.reset();
  idle_.cancel();
  if (stream_) stream_->close();
  connection_.end();
  pool_->remove(*this);
}

void kept_connection::send() {
  // What breaks while writing is told by the reader, which may still find an answer.
  stream_->write(out_.text, [self = shared_from_this()](const error_code&, std::size_t) {});
}

void kept_connection::read_more() {
  chunk_.resize(read_size);
  stream_->read(chunk_, [self = shared_from_this()](const error_code& error, std::size_t bytes) {
    if (!self->ended_) self->was_read(error, bytes);
  });
}

void kept_connection::was_read(const error_code& error, std::size_t bytes) {
  // An idle connection has nothing to read but its end.
  if (user_ == nullptr) return end();
  if (error) {
    error_code at_end;
    // A body without a length lasts until the end of the connection.
    if (error == boost::asio::error::eof && parser_->is_header_done()) parser_->put_eof(at_end);
    if (parser_->is_done() && !at_end) return finish();
    if (!used_ || answer_began_) return fail("read: " + error.message(), failure_of(error));
    auto user = std::exchange(user_, nullptr);
    end();
    return user->found_stale();
  }
  answer_began_ = true;
  in_.append(chunk_, 0, bytes);
  parse();
}

void kept_connection::parse() {
  std::size_t used = 0;
  while (used < in_.size() && !parser_->is_done()) {
    error_code error;
    used += parser_->put(boost::asio::buffer(in_.data() + used, in_.size() - used), error);
    if (error == http::error::need_more) break;
    if (error == http::error::body_limit) return fail("answer too large", connection_failure::protocol);
    if (error) return fail("answer: " + error.message(), connection_failure::protocol);
    const auto status = parser_->is_done() ? parser_->get().result_int() : 0;
    if (status >= 100 && status < 200) new_parser();
  }
  in_.erase(0, used);
  hand_over_body();
  if (user_ == nullptr) return;
  if (parser_->is_done()) return finish();
  read_more();
}

void kept_connection::hand_over_body() {
  if (!out_.in_parts || !parser_->is_header_done() || parser_->get().result_int() != 200) return;
  const auto bytes = std::exchange(parser_->get().body(), {});
  if (!bytes.empty()) user_->body_came(bytes);
}

void kept_connection::new_parser() {
  parser_.emplace();
  parser_->eager(true);
  parser_->skip(out_.head_only);
  parser_->header_limit(head_bound);
  parser_->body_limit(out_.bound);
}

void kept_connection::finish() {
  auto message = parser_->release();
  http_answer answer;
  answer.status = message.result_int();
  for (const auto& field : message) answer.headers.emplace_back(field.name_string(), field.value());
  answer.body = std::move(message.body());
  const bool kept = message.keep_alive() && in_.empty() && !message.need_eof();
  auto user = std::exchange(user_, nullptr);
  used_ = true;
  parser_.reset();
  if (kept) {
    pool_->put(shared_from_this());
    if (!ended_) read_more();
  } else {
    end();
  }
  user->answered(std::move(answer));
}

void kept_connection::fail(const std::string& what, connection_failure why) {
  connection_.failed(why);
  auto user = std::exchange(user_, nullptr);
  end();
  if (user == nullptr) return;
  http_answer answer;
  answer.failure = what;
  user->answered(std::move(answer));
}

}  // namespace tandem
