#include "protocols/mask.hpp"

namespace tandem {
namespace {

constexpr std::string_view stars = "***";
constexpr std::size_t least_digits = 7;
constexpr std::size_t most_digits = 32;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string mask_number(std::string_view number) {
  if (number.empty()) return {};
  const bool international = number.front() == '+';
  std::string digits;
  for (const char c : number.substr(international ? 1 : 0)) {
    if (is_digit(c)) {
      digits += c;
    } else if (std::string_view(" -.()/").find(c) == std::string_view::npos) {
      return std::string(stars);
    }
    if (digits.size() > most_digits) return std::string(stars);
  }
  if (digits.size() < least_digits) return std::string(stars);
  std::string masked;
  if (international) masked.append("+").append(digits, 0, 2);
  return masked.append(stars).append(digits, digits.size() - 2, 2);
}

}  // namespace tandem
