#pragma once

#include "protocols/json.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::json {

/// Writes one JSON object at the end of a string, member by member; the closing brace comes with its
/// destructor. Names must need no escaping; an object opened inside another must end before the outer one
/// goes on.
class builder {
 public:
  explicit builder(std::string& out) : out_(out) { out_ += '{'; }
  builder(const builder&) = delete;
  builder& operator=(const builder&) = delete;
  ~builder() { out_ += '}'; }

  /// Adds a string.
  builder& text(std::string_view name, std::string_view value) {
    append_quoted(raw(name), value);
    return *this;
  }

  /// Adds a string unless it is empty.
  builder& text_if(std::string_view name, std::string_view value) {
    return value.empty() ? *this : text(name, value);
  }

  /// Adds a whole number.
  builder& integer(std::string_view name, std::int64_t value) {
    raw(name) += std::to_string(value);
    return *this;
  }

  /// Adds true or false.
  builder& boolean(std::string_view name, bool value) {
    raw(name) += value ? "true" : "false";
    return *this;
  }

  /// Adds a name and gives the string to which its value, one JSON value, must be appended.
  std::string& raw(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    append_quoted(out_, name);
    out_ += ':';
    return out_;
  }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace tandem::json
