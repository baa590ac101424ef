#include "tests/lab/load/report/figure_texts.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace tandem::lab {

namespace {

/// Of any double: the largest has 309 digits before the point.
template <class... Arguments>
std::string printed(const char* format, Arguments... arguments) {
  std::array<char, 400> text{};
  std::snprintf(text.data(), text.size(), format, arguments...);
  return text.data();
}

}  // namespace

std::string fixed(double value, int digits) { return printed("%.*f", digits, value); }

std::string number_text(double value) { return std::isfinite(value) ? printed("%.6g", value) : "null"; }

std::string milliseconds(std::uint64_t microseconds) {
  return fixed(static_cast<double>(microseconds) / 1000, 2);
}

std::string percent(double share, int digits) { return fixed(share * 100, digits) + " %"; }

std::string grouped(std::uint64_t number) {
  auto digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  return digits;
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t n = 0; n < names.size(); ++n) {
    if (n > 0) out += n + 1 == names.size() ? " and " : ", ";
    out += names[n];
  }
  return out;
}

std::string counted(std::uint64_t number, const std::string& what) {
  return grouped(number) + " " + what + (number == 1 ? "" : "s");
}

}  // namespace tandem::lab
