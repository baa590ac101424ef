#include "gateway/settings/setting.hpp"

#include "gateway/settings/settings_forms.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace tandem {
namespace {

constexpr std::string_view mask = "***";
/// What a fault shows of a text that somebody gave.
constexpr std::size_t shown_bound = 200;

template <class... cases>
struct overload : cases... {
  using cases::operator()...;
};
template <class... cases>
overload(cases...) -> overload<cases...>;

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> all;
  if (trimmed(text).empty()) return all;
  for (std::size_t from = 0; from <= text.size();) {
    const auto comma = std::min(text.find(',', from), text.size());
    all.emplace_back(trimmed(text.substr(from, comma - from)));
    from = comma + 1;
  }
  return all;
}

std::string joined(std::span<const std::string_view> words) {
  std::string all;
  for (const auto word : words) all.append(all.empty() ? "" : ", ").append(word);
  return all;
}

bool holds(const text_rule& rule, std::string_view text) {
  return text.empty() ? rule.optional : rule.holds(text);
}

std::optional<double> amount_in(std::string_view text) {
  constexpr double most = 1e6;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && value >= 0 && value <= most ? std::optional(value) : std::nullopt;
}

std::string shortest(double number) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  std::string out(text.data(), end);
  // TOML tells numbers with a fraction from whole ones.
  return out.find_first_of(".e") == std::string::npos ? out + ".0" : out;
}

/// Puts the text where it belongs if it fits; whether it did.
bool put(const setting_slot& slot, const setting_rule& rule, std::string_view text) {
  return std::visit(
      overload{[&](bool* truth) {
                 if (text != "true" && text != "false") return false;
                 *truth = text == "true";
                 return true;
               },
               [&](std::uint64_t* number) {
                 const auto& bounds = std::get<number_rule>(rule);
                 std::uint64_t value = 0;
                 const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
                 if (error != std::errc{} || end != text.data() + text.size() || value < bounds.least ||
                     value > bounds.most) {
                   return false;
                 }
                 *number = value;
                 return true;
               },
               [&](double* number) {
                 const auto value = amount_in(text);
                 if (value) *number = *value;
                 return value.has_value();
               },
               [&](std::string* string) {
                 if (const auto* choice = std::get_if<choice_rule>(&rule)) {
                   if (std::ranges::find(choice->allowed, text) == choice->allowed.end()) return false;
                 } else {
                   const auto& form = std::get<text_rule>(rule);
                   while (form.base && text.ends_with('/')) text.remove_suffix(1);
                   if (!holds(form, text)) return false;
                 }
                 *string = text;
                 return true;
               },
               [&](std::vector<std::string>* list) {
                 const auto& form = std::get<text_rule>(rule);
                 auto all = split(text);
                 if (!std::ranges::all_of(all, [&](const auto& one) { return form.holds(one); }))
                   return false;
                 *list = std::move(all);
                 return true;
               }},
      slot);
}

}  // namespace

std::string setting::key() const { return std::string(section).append(1, '.').append(name); }

std::string setting::variable() const {
  std::string text = "TANDEM_" + std::string(section) + "_" + std::string(name);
  std::ranges::transform(text, text.begin(), upper);
  return text;
}

std::string setting::allowed() const {
  return std::visit(
      overload{[](const truth_rule&) { return std::string("true or false"); },
               [](const number_rule& bounds) {
                 return "a whole number from " + std::to_string(bounds.least) + " to " +
                        std::to_string(bounds.most);
               },
               [](const amount_rule&) { return std::string("an amount from 0 to 1000000, e.g. 0.39"); },
               [](const choice_rule& choice) { return joined(choice.allowed); },
               [](const text_rule& text) {
                 return std::string(text.form).append(text.optional ? "" : "; not empty");
               }},
      rule);
}

std::optional<std::string> setting::assign(settings& values, std::string_view text) const {
  if (put(slot(values), rule, text)) return std::nullopt;
  return "allowed: " + allowed();
}

std::string setting::shown_value(const settings& values) const {
  // The slot is only read.
  return std::visit(overload{[](const bool* truth) { return std::string(*truth ? "true" : "false"); },
                             [](const std::uint64_t* number) { return std::to_string(*number); },
                             [](const double* number) { return shortest(*number); },
                             [&](const std::string* text) {
                               if (shown == secrecy::secret && !text->empty()) return quoted(mask);
                               return quoted(without_password(*text));
                             },
                             [](const std::vector<std::string>* list) {
                               std::string all = "[";
                               for (const auto& one : *list)
                                 all += (all.size() > 1 ? ", " : "") + quoted(one);
                               return all + "]";
                             }},
                    slot(const_cast<settings&>(values)));
}

std::string setting::shown_text(std::string_view text) const {
  if (takes_file() && !text.empty()) return "(hidden)";
  const std::string masked = without_password(text);
  return quoted(masked.substr(0, shown_bound)) + (masked.size() > shown_bound ? "…" : "");
}

bool setting::same(const settings& one, const settings& other) const {
  return std::visit(
      [](const auto* left, const auto* right) {
        if constexpr (std::is_same_v<decltype(left), decltype(right)>) return *left == *right;
        return false;
      },
      slot(const_cast<settings&>(one)), slot(const_cast<settings&>(other)));
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          char escaped[8];
          std::snprintf(escaped, sizeof escaped, "\\u%04X", static_cast<unsigned char>(c));
          out += escaped;
        } else {
          out += c;
        }
    }
  }
  return out += '"';
}

}  // namespace tandem
