#include "actors/runtime/circuit_breaker.hpp"

#include "actors/runtime/metrics.hpp"

#include <algorithm>
#include <string_view>

#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

/// Who finds as many connects under way as may be asks again so much later.
constexpr auto crowd_wait = 200ms;
/// Who finds that another one tries asks again so much later.
constexpr auto probe_wait = 500ms;

/// Paths and queries may hold what no log should.
std::string_view host_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  return url.substr(0, url.find_first_of("/?"));
}

}  // namespace

circuit_breaker::attempt& circuit_breaker::attempt::operator=(attempt&& other) noexcept {
  std::swap(breaker_, other.breaker_);
  std::swap(probe_, other.probe_);
  return *this;
}

void circuit_breaker::attempt::leave() {
  if (auto* breaker = std::exchange(breaker_, nullptr)) breaker->left(probe_);
}

void circuit_breaker::attempt::succeeded(moment) {
  if (breaker_ == nullptr) return;
  breaker_->succeeded();
  leave();
}

void circuit_breaker::attempt::failed(moment now) {
  if (breaker_ == nullptr) return;
  breaker_->failed(probe_, now);
  leave();
}

tl::expected<circuit_breaker::attempt, moment> circuit_breaker::enter(moment now) {
  std::lock_guard guard(mutex_);
  if (open_) {
    if (now < next_probe_) {
      return tl::unexpected(probe_ == 0 ? next_probe_ : std::min(next_probe_, now + probe_wait));
    }
    probe_ = ++last_probe_;
    next_probe_ = now + rules_.probe_limit;
    ++under_way_;
    spdlog::info("circuit half open, one try goes out provider={}", name_);
    return attempt(*this, probe_);
  }
  if (under_way_ >= rules_.under_way) return tl::unexpected(now + crowd_wait);
  ++under_way_;
  return attempt(*this, 0);
}

bool circuit_breaker::is_closed() const {
  std::lock_guard guard(mutex_);
  return !open_;
}

bool circuit_breaker::admits(moment now) const {
  std::lock_guard guard(mutex_);
  return !open_ || now >= next_probe_;
}

/// A probe that came to nothing makes room for the next one at once.
void circuit_breaker::left(std::uint64_t probe) {
  std::lock_guard guard(mutex_);
  --under_way_;
  if (probe == 0 || probe != probe_) return;
  probe_ = 0;
  next_probe_ = {};
}

void circuit_breaker::succeeded() {
  std::lock_guard guard(mutex_);
  failures_.clear();
  probe_ = 0;
  wait_ = {};
  if (std::exchange(open_, false)) spdlog::warn("circuit closed provider={}", name_);
}

void circuit_breaker::failed(std::uint64_t probe, moment now) {
  std::lock_guard guard(mutex_);
  if (open_) {
    if (probe == 0 || probe != probe_) return;
    probe_ = 0;
    wait_ = std::min(wait_ * 2, rules_.longest_wait);
    next_probe_ = now + wait_;
    return;
  }
  while (!failures_.empty() && failures_.front() + rules_.window <= now) failures_.pop_front();
  failures_.push_back(now);
  if (failures_.size() < rules_.failures) return;
  open(now);
  spdlog::warn("circuit open provider={} failures={} window_seconds={}", name_, rules_.failures,
               rules_.window.count());
}

void circuit_breaker::trip(moment now) {
  std::lock_guard guard(mutex_);
  if (open_) return;
  open(now);
  spdlog::warn("circuit open provider={} refused=true", name_);
}

void circuit_breaker::open(moment now) {
  failures_.clear();
  open_ = true;
  wait_ = rules_.first_wait;
  next_probe_ = now + wait_;
}

circuit_breaker& circuit_breakers::of(peer who, const std::string& url, const std::string& key) {
  std::lock_guard guard(mutex_);
  const auto name = std::string(to_string(who)) + " host=" + std::string(host_of(url));
  const auto& rules = who == peer::agent ? agent_rules_ : rules_;
  return all_.try_emplace({url, key}, name, rules).first->second;
}

}  // namespace tandem
