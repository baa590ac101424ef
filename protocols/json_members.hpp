#pragma once

#include "protocols/json.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What routes read from objects that people write; faults are one line, for them.
namespace tandem::json {

/// The members of an object whose values are texts or whole numbers, these as texts: at most 32, names of 1
/// to 64 bytes, values of at most `longest`, all of it UTF-8. Nothing for anything else.
std::optional<std::vector<std::pair<std::string, std::string>>> texts(const value& object,
                                                                      std::size_t longest);

/// The fault when the object has a member that is none of these.
std::optional<std::string> unknown_member(const value& object, std::initializer_list<std::string_view> known);

/// The fault when the member is there and no whole number from `least` to `most`.
std::optional<std::string> number_fault(const value& object, std::string_view key, std::int64_t least,
                                        std::int64_t most);

/// Reads a whole number if it is there; otherwise, or with the fault, `into` stays.
template <class Number>
std::optional<std::string> read_number(const value& object, std::string_view key, std::int64_t least,
                                       std::int64_t most, Number& into) {
  if (auto wrong = number_fault(object, key, least, most)) return wrong;
  if (const auto given = integer(object, key)) into = Number(*given);
  return std::nullopt;
}

}  // namespace tandem::json
