#include "tests/lab/load/mischief.hpp"

#include <array>
#include <string>

namespace tandem::lab {

namespace {

/// Every so many seconds the providers refuse, for so many of them, and each third time the model does too:
/// the engine does without it for seconds after that.
constexpr double storm_every = 8;
constexpr double storm_lasts = 1.5;
constexpr std::uint64_t model_storm = 3;
constexpr std::array<unsigned, 4> refusals{429, 502, 503, 1};

}  // namespace

void mischief::act(std::chrono::duration<double> since, load_providers& providers, load_model* model,
                   load_engine& engine) {
  refuse(since, providers, model);
  kill(since, engine);
}

void mischief::rest(load_providers& providers, load_model* model) {
  providers.refuse(0);
  if (model != nullptr) model->refuse(0);
}

void mischief::refuse(std::chrono::duration<double> since, load_providers& providers,
                      load_model* model) const {
  const auto storm = static_cast<std::uint64_t>(since.count() / storm_every);
  const auto within = since.count() - static_cast<double>(storm) * storm_every;
  const auto is_storm = within > storm_every - storm_lasts;
  const auto refusal = is_storm ? refusals[scatter(how_.seed, storm) % refusals.size()] : 0;
  providers.refuse(how_.providers_refuse ? refusal : 0);
  if (model != nullptr) model->refuse(how_.model_refuses && storm % model_storm == 1 ? refusal : 0);
}

void mischief::kill(std::chrono::duration<double> since, load_engine& engine) {
  const auto due = static_cast<std::uint64_t>(since.count() * how_.kills_a_second);
  while (killed_at_ < due && !cannot_kill_) {
    const auto random = scatter(how_.seed + 1, ++killed_at_);
    const auto& kind = how_.kinds[random % how_.kinds.size()];
    const auto status =
        engine.view().post("/chaos/kill?kind=" + kind + "&seed=" + std::to_string(random >> 8));
    if (status == 200) {
      ++kills_;
      ++killed_[kind];
    }
    // Without TANDEM_CHAOS there is no such route; 409 says that nobody of the kind lives.
    cannot_kill_ = status == 404 || status == 405;
  }
}

}  // namespace tandem::lab
