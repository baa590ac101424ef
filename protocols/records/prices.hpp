#pragma once

#include "protocols/conversation/record.hpp"

#include <string>

namespace tandem::records {

/// What providers charge, in the currency's own unit; without a currency nothing is reckoned.
struct price_table {
  std::string currency;
  /// Of the line, charged by the second from answer to end.
  double carrier_minute = 0;
  /// An hour of audio to speech recognition.
  double stt_hour = 0;
  double tts_1000_characters = 0;
  double llm_million_input_tokens = 0;
  double llm_million_output_tokens = 0;
};

/// What the call has cost so far; of the line only once it has ended.
call_cost cost_of(const call_record& call, const price_table& prices);

}  // namespace tandem::records
