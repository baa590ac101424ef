#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Figures as reports write them.
namespace tandem::lab {

/// With so many digits behind the point.
std::string fixed(double value, int digits);

/// With six significant digits, as JSON takes it; `null` for what is no number.
std::string number_text(double value);

/// From microseconds, with two digits behind the point.
std::string milliseconds(std::uint64_t microseconds);

/// A share (0 … 1) as percent, with so many digits behind the point.
std::string percent(double share, int digits = 0);

/// With a comma between thousands.
std::string grouped(std::uint64_t number);

/// `10`, `10 and 25`, `10, 25 and 50`.
std::string listed(const std::vector<std::string>& names);

/// `1 call`, `2 calls`.
std::string counted(std::uint64_t number, const std::string& what);

}  // namespace tandem::lab
