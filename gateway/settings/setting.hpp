#pragma once

#include "gateway/settings/settings.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tandem {

/// The member that holds a key's value.
using setting_slot = std::variant<std::string*, std::uint64_t*, double*, bool*, std::vector<std::string>*>;

/// A whole number within bounds, both included.
struct number_rule {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};

/// One of several words.
struct choice_rule {
  std::span<const std::string_view> allowed;
};

/// A text, or each element of a list, of a certain form.
struct text_rule {
  std::string_view form;
  bool (*holds)(std::string_view text);
  /// Whether it may be empty.
  bool optional = true;
  /// Whether paths are appended to it, so that slashes at its end are dropped.
  bool base = false;
};

/// True or false.
struct truth_rule {};

/// An amount of money: a decimal number, not negative.
struct amount_rule {};

using setting_rule = std::variant<truth_rule, number_rule, amount_rule, choice_rule, text_rule>;

/// How much of a value may be shown.
enum class secrecy : std::uint8_t { open, password_in_url, secret };

/// One key of the configuration; parsing, checking, printing and help all come from here.
struct setting {
  std::string_view section;
  std::string_view name;
  setting_slot (*slot)(settings&);
  setting_rule rule;
  std::string_view meaning;
  secrecy shown = secrecy::open;

  /// `section.name`.
  std::string key() const;

  /// The environment variable that gives it.
  std::string variable() const;

  /// Whether `name_file` may give it too: the path of a file that holds the value.
  bool takes_file() const { return shown != secrecy::open; }

  /// What may stand there, in words.
  std::string allowed() const;

  /// Sets the value from its text, of a list with commas; what is wrong otherwise, and nothing is changed.
  std::optional<std::string> assign(settings& values, std::string_view text) const;

  /// The value as TOML, secrets as `***`.
  std::string shown_value(const settings& values) const;

  /// A text that somebody gave for it, quoted, or that it is hidden.
  std::string shown_text(std::string_view text) const;

  bool same(const settings& one, const settings& other) const;
};

/// The text as a TOML basic string on one line.
std::string quoted(std::string_view text);

}  // namespace tandem
