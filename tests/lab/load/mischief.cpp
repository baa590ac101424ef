#include "tests/lab/load/mischief.hpp"

#include <array>
#include <string>

namespace tandem::lab {

namespace {

/// Every so many seconds the providers refuse, for so many of them.
constexpr double storm_every = 8;
constexpr double storm_lasts = 1.5;
constexpr std::array<unsigned, 4> refusals{429, 502, 503, 1};

}  // namespace

void mischief::act(std::chrono::duration<double> since, load_providers& providers, load_engine& engine) {
  const auto storm = static_cast<std::uint64_t>(since.count() / storm_every);
  const auto within = since.count() - static_cast<double>(storm) * storm_every;
  const auto is_storm = within > storm_every - storm_lasts;
  providers.refuse(refusals_ && is_storm ? refusals[scatter(seed_, storm) % refusals.size()] : 0);
  const auto due = static_cast<std::uint64_t>(since.count() * kills_a_second_);
  while (killed_at_ < due && !cannot_kill_) {
    const auto random = scatter(seed_ + 1, ++killed_at_);
    const auto path =
        "/chaos/kill?kind=" + kinds_[random % kinds_.size()] + "&seed=" + std::to_string(random >> 8);
    const auto status = engine.view().post(path);
    if (status == 200) ++kills_;
    // Without TANDEM_CHAOS there is no such route; 409 says that nobody of the kind lives.
    cannot_kill_ = status == 404 || status == 405;
  }
}

}  // namespace tandem::lab
