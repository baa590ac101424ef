#include "gateway/stream_relay.hpp"

#include "actors/admission.hpp"
#include "actors/runtime/metrics.hpp"
#include "gateway/network/asio_loop.hpp"
#include "gateway/network/http_server.hpp"
#include "gateway/routes.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <prometheus/counter.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

constexpr auto connect_timeout = 3s;
constexpr auto end_deadline = 10s;

/// Both bounds are those of a stream that comes to a call itself.
constexpr std::size_t write_bound = std::size_t{256} * 1024;
constexpr std::size_t message_bound = std::size_t{1024} * 1024;

constexpr std::uint16_t normal = 1000;
constexpr std::uint16_t going_away = 1001;
/// The peer closed without a code; it is never sent.
constexpr std::uint16_t no_status = 1005;

}  // namespace

/// What the streams that are carried share.
struct stream_relay::book {
  std::string self;
  link_connector& links;
  std::shared_ptr<admission> door;
  metrics& measure;

  std::mutex mutex{};
  std::condition_variable changed{};
  std::set<std::shared_ptr<joint>> joints{};
  bool closed = false;

  bool add(const std::shared_ptr<joint>& one) {
    const std::lock_guard guard(mutex);
    if (!closed) joints.insert(one);
    return !closed;
  }
  void remove(const std::shared_ptr<joint>& one) {
    const std::lock_guard guard(mutex);
    joints.erase(one);
    changed.notify_all();
  }
};

/// Two WebSockets that are one: the near one came here, the far one is ours. All on one loop.
class stream_relay::joint : public std::enable_shared_from_this<joint> {
 public:
  joint(std::shared_ptr<book> in, std::shared_ptr<upgrade> stream, relay_wish where)
      : in_(std::move(in)), stream_(std::move(stream)), where_(std::move(where)), home_(stream_->home()) {}

  asio_loop& home() { return home_; }

  void begin() {
    for (auto& place : places_) place = in_->door->admit_connection();
    if (!places_[1]) return refuse(error_answer(503, "no_capacity", "no room for another connection"));
    far_.held = in_->links.connect(home_, {.to = peer::node,
                                           .url = where_.url,
                                           .headers = {{std::string(relayed_header), in_->self}},
                                           .connect_timeout = connect_timeout,
                                           .write_bound = write_bound,
                                           .message_bound = message_bound});
    // Nothing is read before it can be passed on.
    far_.held->pause_reading(true);
    far_.held->start(far_);
  }

  /// The node ends.
  void give_up() {
    if (finished_) return;
    if (stream_) return refuse(error_answer(503, "draining", "the node ends"));
    for (auto* each : {&near_, &far_}) {
      if (each->held) each->held->leave(going_away, "the node ends");
    }
    finish();
  }

 private:
  struct side final : link_events {
    side(joint& joint, side& opposite) : of(joint), other(opposite) {}

    void on_open() override {
      if (this == &of.far_) of.far_opened();
    }
    void on_text(std::span<char> text) override { passed(other.held->send({text.data(), text.size()})); }
    bool on_binary(std::span<char> bytes) override {
      passed(other.held->send_binary({bytes.data(), bytes.size()}));
      return true;
    }
    void on_writable() override { other.held->pause_reading(false); }
    void on_closed(const link_closed& how) override { of.closed(*this, how); }

    void passed(bool has_room) {
      if (!has_room) held->pause_reading(true);
    }

    joint& of;
    side& other;
    std::shared_ptr<link> held{};
  };

  void far_opened() {
    // The handshake's outcome comes later, and may find this one ended.
    const auto stream = std::exchange(stream_, nullptr);
    stream->accept(home_, {.from = where_.from, .write_bound = write_bound, .message_bound = message_bound},
                   [self = shared_from_this()](std::shared_ptr<link> accepted) {
                     self->near_accepted(std::move(accepted));
                   });
  }

  void near_accepted(std::shared_ptr<link> accepted) {
    if (finished_) return;
    if (!accepted) return finish();
    near_.held = std::move(accepted);
    if (outcome_) return close_other(near_, *outcome_);
    in_->measure.streams_relayed_total->Increment();
    spdlog::info("stream carried on node={} peer={}", where_.node, to_string(where_.from));
    near_.held->start(near_);
    far_.held->pause_reading(false);
  }

  void closed(side& which, const link_closed& how) {
    const auto kept = shared_from_this();
    which.held.reset();
    if (stream_) return refuse(how);
    if (which.other.held) return close_other(which.other, how);
    // The near one is about to come.
    outcome_ = how;
  }

  /// One has ended, and so the other does: with its code, or broken off as it was.
  void close_other(side& other, const link_closed& how) {
    if (how.code != 0) other.held->leave(how.code == no_status ? normal : how.code, how.reason);
    finish();
  }

  void refuse(const link_closed& how) {
    spdlog::warn("stream could not be carried on node={} reason=\"{}\"", where_.node, how.reason);
    if (how.http_status != 0)
      return refuse(error_answer(how.http_status, "refused", "the node " + where_.node + " refused it"));
    refuse(error_answer(503, "node_unreachable", "the node " + where_.node + " cannot be reached"));
  }

  void refuse(server_answer answer) {
    if (answer.status == 503)
      answer.headers.emplace_back("Retry-After", std::to_string(in_->door->limits().retry_after_seconds));
    stream_->refuse(std::move(answer));
    finish();
  }

  void finish() {
    const auto kept = shared_from_this();
    finished_ = true;
    stream_.reset();
    near_.held.reset();
    far_.held.reset();
    for (auto& place : places_) place.reset();
    in_->remove(kept);
  }

  std::shared_ptr<book> in_;
  std::shared_ptr<upgrade> stream_;
  const relay_wish where_;
  asio_loop& home_;
  std::optional<admission::place> places_[2];
  side near_{*this, far_};
  side far_{*this, near_};
  /// How the far one ended before the near one was there.
  std::optional<link_closed> outcome_;
  bool finished_ = false;
};

stream_relay::stream_relay(std::string self, link_connector& links, std::shared_ptr<admission> door,
                           metrics& measure)
    : book_(new book{std::move(self), links, std::move(door), measure}) {}

stream_relay::~stream_relay() = default;

void stream_relay::carry(std::shared_ptr<upgrade> stream, relay_wish where) {
  auto made = std::make_shared<joint>(book_, stream, std::move(where));
  if (!book_->add(made)) return stream->refuse(error_answer(503, "draining", "the node ends"));
  made->begin();
}

std::size_t stream_relay::count() const {
  const std::lock_guard guard(book_->mutex);
  return book_->joints.size();
}

void stream_relay::end() {
  std::unique_lock lock(book_->mutex);
  book_->closed = true;
  for (const auto& each : book_->joints) each->home().post([each] { each->give_up(); });
  book_->changed.wait_for(lock, end_deadline, [this] { return book_->joints.empty(); });
}

}  // namespace tandem
