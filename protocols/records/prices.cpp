#include "protocols/records/prices.hpp"

#include <algorithm>
#include <cmath>

namespace tandem::records {

namespace {

std::int64_t millionths(double amount) {
  // Beyond what a double counts exactly no amount is real.
  constexpr double most = 9e15;
  return std::llround(std::clamp(amount * 1e6, 0.0, most));
}

}  // namespace

call_cost cost_of(const call_record& call, const price_table& prices) {
  if (prices.currency.empty()) return {};
  call_cost cost{.currency = prices.currency};
  if (call.answered_at != wall_time{} && call.ended_at > call.answered_at) {
    const std::chrono::duration<double> talked = call.ended_at - call.answered_at;
    cost.carrier = millionths(talked.count() / 60 * prices.carrier_minute);
  }
  cost.stt = millionths(call.usage.stt_seconds / 3600 * prices.stt_hour);
  cost.tts = millionths(static_cast<double>(call.usage.tts_characters) / 1000 * prices.tts_1000_characters);
  cost.llm =
      millionths(static_cast<double>(call.usage.llm_input_tokens) / 1e6 * prices.llm_million_input_tokens +
                 static_cast<double>(call.usage.llm_output_tokens) / 1e6 * prices.llm_million_output_tokens);
  return cost;
}

}  // namespace tandem::records
