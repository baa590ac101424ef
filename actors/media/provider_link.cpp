#include "actors/media/provider_link.hpp"

#include "actors/runtime/loop.hpp"

#include <algorithm>
#include <utility>

namespace tandem {

namespace {

using namespace std::chrono_literals;

/// A connection that was usable for so long was good, so the next attempt need not wait.
constexpr auto good_connection = 5s;

/// So long one waits for a provider while another one stands by.
constexpr auto impatient_deadline = 3s;

}  // namespace

provider_link::provider_link(loop& home, link_connector& links, std::vector<provider_route> routes,
                             std::chrono::milliseconds deadline, link_events& owner)
    : home_(home),
      links_(links),
      routes_(std::move(routes)),
      order_(routes_.size()),
      deadline_(deadline),
      waits_(static_cast<std::uint32_t>(home.now().time_since_epoch().count())),
      link_(owner) {}

void provider_link::want(moment now) {
  if (state_ != state::idle) return;
  if (!missing_since_) missing_since_ = now;
  connect(now);
}

void provider_link::adopt(std::shared_ptr<link> open, std::size_t provider, moment now) {
  missing_since_ = now;
  order_.choose(provider);
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
  if (was_good(now)) end_outage();
  if (!missing_since_) missing_since_ = now;
  connect(now);
}

bool provider_link::was_good(moment now) const {
  return state_ == state::usable && now - usable_since_ >= good_connection;
}

/// A provider whose breaker is open is passed over; one that only has to be waited for is not.
void provider_link::connect(moment now) {
  attempt_.reset();
  auto again = moment::max();
  for (const auto which : order_.candidates()) {
    auto& route = routes_[which];
    if (now < route.not_before) {
      again = std::min(again, route.not_before);
    } else if (auto admitted = route.breaker->enter(now)) {
      return take(which, std::move(*admitted), now);
    } else {
      again = std::min<moment>(again, admitted.error() + waits_.spread());
    }
    if (route.breaker->is_closed()) break;
  }
  link_.let_go(1000, "");
  state_ = state::waiting;
  due_ = again;
}

void provider_link::take(std::size_t provider, circuit_breaker::attempt attempt, moment now) {
  order_.choose(provider);
  attempt_ = std::move(attempt);
  state_ = state::connecting;
  const bool is_last = provider + 1 == routes_.size();
  due_ = now + (is_last ? deadline_ : std::min<std::chrono::milliseconds>(deadline_, impatient_deadline));
  link_.take(links_.connect(home_, routes_[provider].request));
}

std::size_t provider_link::next_provider(moment now) const {
  const auto candidates = order_.candidates();
  const auto found = std::ranges::find_if(
      candidates, [&](std::size_t which) { return routes_[which].breaker->admits(now); });
  if (found != candidates.end()) return *found;
  return candidates.empty() ? provider() : candidates.front();
}

provider_link::arrival provider_link::became_usable(moment now) {
  state_ = state::usable;
  usable_since_ = now;
  if (attempt_) attempt_->succeeded(now);
  attempt_.reset();
  return {.again = std::exchange(lost_, false),
          .elsewhere = std::exchange(last_usable_, provider()) != provider()};
}

void provider_link::proved_good() {
  end_outage();
  order_.proved_good();
}

void provider_link::end_outage() {
  waits_.reset();
  missing_since_.reset();
}

void provider_link::lose(moment now) {
  if (state_ != state::connecting && state_ != state::usable) return;
  const bool late = state_ == state::connecting && now >= due_;
  if (attempt_) attempt_->failed(now);
  if (was_good(now)) proved_good();
  late ? order_.move_on() : order_.failed();
  routes_[provider()].not_before = now + waits_.next();
  close();
}

bool provider_link::refused(moment now) {
  order_.refused();
  if (order_.candidates().empty()) return false;
  if (attempt_) attempt_->failed(now);
  routes_[provider()].breaker->trip(now);
  close();
  return true;
}

void provider_link::close() {
  attempt_.reset();
  lost_ = lost_ || state_ == state::usable;
  state_ = state::idle;
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

std::string_view provider_name(std::size_t place) { return place == 0 ? "first" : "standby"; }

bool refused_for_good(const link_closed& how) {
  const auto status = how.http_status;
  return status >= 400 && status < 500 && status != 408 && status != 425 && status != 429;
}

}  // namespace tandem
