#include "protocols/conversation/turn_timing.hpp"

#include "protocols/conversation/turn_timing_json.hpp"
#include "protocols/json_builder.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace tandem {

namespace {

using time = turn_timing::time;

/// Longer than any call; what is longer still is no time of a turn.
constexpr double longest_ms = 24.0 * 60 * 60 * 1000;

std::string milliseconds(time of) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", static_cast<double>(of.count()) / 1000);
  std::string out(text.data());
  out.erase(out.find_last_not_of('0') + 1);
  if (out.back() == '.') out.pop_back();
  return out;
}

/// Never negative, which would be unknown.
time between(moment from, moment to) {
  return std::max(time(0), std::chrono::duration_cast<time>(to - from));
}

}  // namespace

void append_json(std::string& out, const turn_timing& timing) {
  json::builder object(out);
  turn_timing::describe(
      [&](std::string_view name, const time& value) {
        if (value >= time(0)) object.raw(name) += milliseconds(value);
      },
      timing);
  if (timing.heard >= time(0)) object.text("heard_by", timing.heard_by_clock ? "clock" : "mark");
}

turn_timing read_timing(const json::value& object) {
  turn_timing timing;
  turn_timing::describe(
      [&](std::string_view name, time& value) {
        const auto number = json::number(object, name);
        if (number && *number >= 0 && *number <= longest_ms) value = time(std::llround(*number * 1000));
      },
      timing);
  timing.heard_by_clock = json::text_or(object, "heard_by") == "clock";
  return timing;
}

turn_timing read_timing(std::string_view text) {
  std::string copy(text);
  json::document parsed;
  if (parsed.parse(copy, {.bytes = 4096, .depth = 4}) != json::fault::none) return {};
  return read_timing(parsed.root());
}

turn_timing turns::reply_trace::timing(moment silent) const {
  turn_timing out;
  if (!voice_end) return out;
  const auto after_voice = [this](std::optional<moment> at) {
    return at ? between(*voice_end, *at) : turn_timing::unknown;
  };
  out.stt_final = after_voice(transcribed);
  if (ready && asked) out.endpoint = between(*voice_end, std::max(*ready, *asked));
  out.first_token = after_voice(first_token);
  out.first_sentence = after_voice(first_sentence);
  out.first_audio = after_voice(first_audio);
  out.on_wire = after_voice(on_wire);
  out.heard = after_voice(marked);
  if (!marked && word_due && *word_due <= silent) {
    out.heard = after_voice(word_due);
    out.heard_by_clock = true;
  }
  if (ready && asked && first_sentence && given && audio_own) {
    const auto could_be_given = std::max({*first_sentence, *asked, *ready, synthesiser.value_or(*asked)});
    out.own = between(*ready, *asked) + between(could_be_given, *given) +
              std::chrono::duration_cast<time>(*audio_own + commit_own.value_or(std::chrono::nanoseconds(0)));
  }
  return out;
}

}  // namespace tandem
