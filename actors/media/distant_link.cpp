#include "actors/media/distant_link.hpp"

#include "actors/runtime/loop.hpp"

#include <atomic>
#include <cstddef>
#include <string>
#include <utility>

namespace tandem {

namespace {

/// Messages from the peer that may wait for the owner's loop: about a second of audio.
constexpr std::size_t most_waiting = 64;
/// Bytes that may wait for the link's loop before its own bound counts.
constexpr std::size_t write_bound = 256 * 1024;

/// What both loops share: `near` has the owner, `far` has the link. Each posts to the other what is for it.
class crossing final : public link_events, public std::enable_shared_from_this<crossing> {
 public:
  crossing(std::shared_ptr<link> distant, loop& near)
      : far_(distant->home()), near_(near), link_(std::move(distant)) {}

  // ---- on `near` ----

  void start(link_events& events) {
    events_ = &events;
    on_far([](crossing& self) {
      self.link_->start(self);
      self.link_->pause_reading(false);
    });
  }

  bool send(std::string_view text, bool is_text) {
    if ((queued_ += text.size()) > write_bound) blocked_ = true;
    on_far([message = std::string(text), is_text](crossing& self) {
      self.queued_ -= message.size();
      if (!(is_text ? self.link_->send(message) : self.link_->send_binary(message))) {
        self.blocked_ = true;
      } else if (self.queued_ <= write_bound / 2) {
        self.writable_again();
      }
    });
    return !blocked_;
  }

  std::size_t queued_bytes() const { return queued_ + far_queued_; }

  void pause_reading(bool paused) {
    paused_ = paused;
    on_far([](crossing& self) { self.settle_reading(); });
  }

  void close(std::uint16_t code, std::string_view reason) {
    on_far([code, why = std::string(reason)](crossing& self) { self.link_->close(code, why); });
  }

  void leave(std::uint16_t code, std::string_view reason) {
    on_far([code, why = std::string(reason)](crossing& self) { self.link_->leave(code, why); });
  }

  void let_go() {
    events_ = nullptr;
    far_.post([self = shared_from_this()] { self->link_.reset(); });
  }

  loop& near() { return near_; }

  // ---- on `far` ----

  void on_open() override {
    on_near([](link_events& events) { events.on_open(); });
  }

  void on_text(std::span<char> text) override {
    ++waiting_;
    settle_reading();
    // One byte beyond the text is writable, as with the link itself.
    std::string copy(text.data(), text.size());
    copy.push_back('\0');
    near_.post([self = shared_from_this(), copy = std::move(copy)]() mutable {
      if (--self->waiting_ == most_waiting / 2) self->on_far([](crossing& it) { it.settle_reading(); });
      if (self->events_ != nullptr) self->events_->on_text({copy.data(), copy.size() - 1});
    });
  }

  void on_writable() override { writable_again(); }

  void on_closed(const link_closed& how) override {
    near_.post([self = shared_from_this(), how] {
      if (auto* events = std::exchange(self->events_, nullptr)) events->on_closed(how);
    });
  }

 private:
  template <class Call>
  void on_far(Call&& call) {
    far_.post([self = shared_from_this(), call = std::forward<Call>(call)] {
      if (!self->link_) return;
      call(*self);
      self->far_queued_ = self->link_->queued_bytes();
    });
  }

  template <class Call>
  void on_near(Call&& call) {
    near_.post([self = shared_from_this(), call = std::forward<Call>(call)] {
      if (self->events_ != nullptr) call(*self->events_);
    });
  }

  void settle_reading() {
    const bool stop = paused_ || waiting_ >= most_waiting;
    if (std::exchange(stopped_, stop) != stop) link_->pause_reading(stop);
  }

  void writable_again() {
    if (!blocked_.exchange(false)) return;
    on_near([](link_events& events) { events.on_writable(); });
  }

  loop& far_;
  loop& near_;
  std::shared_ptr<link> link_;     // on `far`
  bool stopped_ = false;           // on `far`
  link_events* events_ = nullptr;  // on `near`
  std::atomic<std::size_t> waiting_{0};
  std::atomic<std::size_t> queued_{0};
  std::atomic<std::size_t> far_queued_{0};
  std::atomic<bool> blocked_{false};
  std::atomic<bool> paused_{false};
};

class distant_link final : public link {
 public:
  explicit distant_link(std::shared_ptr<crossing> over) : over_(std::move(over)) {}
  ~distant_link() override { over_->let_go(); }
  distant_link(const distant_link&) = delete;
  distant_link& operator=(const distant_link&) = delete;

  void start(link_events& events) override { over_->start(events); }
  bool send(std::string_view text) override { return over_->send(text, true); }
  bool send_binary(std::string_view bytes) override { return over_->send(bytes, false); }
  std::size_t queued_bytes() const override { return over_->queued_bytes(); }
  void pause_reading(bool paused) override { over_->pause_reading(paused); }
  void close(std::uint16_t code, std::string_view reason) override { over_->close(code, reason); }
  void leave(std::uint16_t code, std::string_view reason) override { over_->leave(code, reason); }
  loop& home() override { return over_->near(); }

 private:
  std::shared_ptr<crossing> over_;
};

}  // namespace

std::shared_ptr<link> bring_link(std::shared_ptr<link> distant, loop& home) {
  return std::make_shared<distant_link>(std::make_shared<crossing>(std::move(distant), home));
}

}  // namespace tandem
