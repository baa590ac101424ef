#include "tests/lab/speech_faults.hpp"

#include <charconv>
#include <cmath>
#include <optional>

namespace tandem::lab {

namespace {

constexpr double longest = 1e6;

std::optional<std::chrono::milliseconds> seconds_of(std::string_view text) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!(value >= 0 && value <= longest)) return std::nullopt;
  return std::chrono::milliseconds(std::llround(value * 1000));
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// Reads what goes wrong; false when there is no such thing.
bool read_kind(speech_fault& fault, std::string_view text) {
  using enum speech_fault::kind;
  if (take_prefix(text, "refuse-")) {
    fault.what = refuse;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fault.status);
    return error == std::errc{} && end == text.data() + text.size() && fault.status >= 400 &&
           fault.status < 600;
  }
  if (take_prefix(text, "error-")) {
    fault.what = error;
    fault.type = text;
    return !text.empty();
  }
  fault.what = text == "stall" ? stall : text == "silence" ? silence : drop;
  return text == "drop" || text == "stall" || text == "silence";
}

}  // namespace

tl::expected<speech_fault, std::string> parse_fault(std::string_view text) {
  const auto wrong =
      tl::make_unexpected("a fault is " + std::string(fault_syntax) + ", not \"" + std::string(text) + "\"");
  speech_fault fault;
  if (take_prefix(text, "scribe.")) {
    fault.speech = false;
  } else if (take_prefix(text, "speech.")) {
    fault.scribe = false;
  }
  const auto at = text.find('@');
  if (at == std::string_view::npos || !read_kind(fault, text.substr(0, at))) return wrong;
  const auto when = text.substr(at + 1);
  const auto plus = when.find('+');
  const auto after = seconds_of(when.substr(0, plus));
  const auto lasts =
      plus == std::string_view::npos ? std::chrono::milliseconds{0} : seconds_of(when.substr(plus + 1));
  if (!after || !lasts) return wrong;
  fault.after = *after;
  fault.lasts = *lasts;
  return fault;
}

}  // namespace tandem::lab
