#include "actors/media/provider_link.hpp"

#include "actors/runtime/loop.hpp"

#include <utility>

namespace tandem {

namespace {

using namespace std::chrono_literals;

/// A connection that was usable for so long was good, so the next attempt need not wait.
constexpr auto good_connection = 5s;

}  // namespace

provider_link::provider_link(loop& home, link_connector& links, circuit_breaker& breaker,
                             link_request request, std::chrono::milliseconds deadline, link_events& owner)
    : home_(home),
      links_(links),
      breaker_(breaker),
      request_(std::move(request)),
      deadline_(deadline),
      waits_(static_cast<std::uint32_t>(home.now().time_since_epoch().count())),
      not_before_(home.now()),
      link_(owner) {}

void provider_link::want(moment now) {
  if (state_ != state::idle) return;
  if (!missing_since_) missing_since_ = now;
  if (now >= not_before_) return connect(now);
  state_ = state::waiting;
  due_ = not_before_;
}

void provider_link::adopt(std::shared_ptr<link> open, moment now) {
  missing_since_ = now;
  state_ = state::connecting;
  due_ = now + deadline_;
  link_.take(std::move(open));
}

std::shared_ptr<link> provider_link::give_away() {
  state_ = state::idle;
  return link_.release();
}

void provider_link::renew(moment now) {
  if (state_ == state::failed) return;
  if (was_good(now)) proved_good();
  if (!missing_since_) missing_since_ = now;
  connect(now);
}

bool provider_link::was_good(moment now) const {
  return state_ == state::usable && now - usable_since_ >= good_connection;
}

void provider_link::connect(moment now) {
  attempt_.reset();
  auto admitted = breaker_.enter(now);
  if (!admitted) {
    link_.let_go(1000, "");
    state_ = state::waiting;
    due_ = admitted.error() + waits_.spread();
    return;
  }
  attempt_ = std::move(*admitted);
  state_ = state::connecting;
  due_ = now + deadline_;
  link_.take(links_.connect(home_, request_));
}

bool provider_link::became_usable(moment now) {
  state_ = state::usable;
  usable_since_ = now;
  if (attempt_) attempt_->succeeded(now);
  attempt_.reset();
  return std::exchange(lost_, false);
}

void provider_link::proved_good() {
  waits_.reset();
  missing_since_.reset();
}

void provider_link::lose(moment now) {
  if (state_ != state::connecting && state_ != state::usable) return;
  if (attempt_) attempt_->failed(now);
  attempt_.reset();
  if (was_good(now)) proved_good();
  lost_ = lost_ || state_ == state::usable;
  state_ = state::idle;
  not_before_ = now + waits_.next();
  link_.let_go(1000, "");
}

void provider_link::give_up() {
  attempt_.reset();
  state_ = state::failed;
  link_.let_go(1000, "");
}

bool provider_link::tick(moment now) {
  if (state_ == state::connecting) return now >= due_;
  if (state_ == state::waiting && now >= due_) connect(now);
  return false;
}

std::optional<moment> provider_link::wake_up() const {
  if (state_ == state::waiting || state_ == state::connecting) return due_;
  return std::nullopt;
}

bool refused_for_good(const link_closed& how) {
  const auto status = how.http_status;
  return status >= 400 && status < 500 && status != 408 && status != 425 && status != 429;
}

}  // namespace tandem
