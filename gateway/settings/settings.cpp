#include "gateway/settings/settings.hpp"

#include "gateway/settings/bounded_file.hpp"
#include "gateway/settings/settings_checks.hpp"
#include "gateway/settings/settings_forms.hpp"
#include "gateway/settings/settings_names.hpp"
#include "gateway/settings/settings_table.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <sstream>
#include <unistd.h>

#include <toml++/toml.h>

namespace tandem {
namespace {

constexpr std::size_t file_bound = 1024 * 1024;
constexpr std::size_t secret_file_bound = 64 * 1024;
constexpr std::string_view prefix = "TANDEM_";

/// What one source says about one key.
struct given {
  const setting* key = nullptr;
  /// Whether the text is the path of a file that holds the value.
  bool file = false;
  std::string text;
  std::string origin;
};

/// Names of sections, files and variables may hold anything; a fault is one line all the same.
std::string one_line(std::string_view text) {
  std::string line(text);
  std::ranges::replace_if(
      line, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return line;
}

/// Collects what the sources say, then decides.
class loading {
 public:
  void read_file(const std::string& path);
  void read_environment(const std::vector<std::pair<std::string, std::string>>& variables);
  void read_flags(const std::vector<std::pair<std::string, std::string>>& flags);
  loaded_settings decide();

 private:
  void read_table(const std::string& path, const toml::table& root);
  void read_value(const setting& key, bool file, const toml::node& value, const std::string& origin);
  void add(const setting& key, bool file, std::string text, const std::string& origin);
  void end_source(const std::string& name);
  void assign(const given& from);
  void assign_from_file(const given& from);
  void fault(std::string_view text) { out_.faults.push_back(one_line(text)); }

  /// In rising precedence.
  std::vector<given> given_;
  std::size_t source_begin_ = 0;
  std::set<std::string> bad_;
  bool file_missing_ = false;
  loaded_settings out_;
};

void loading::add(const setting& key, bool file, std::string text, const std::string& origin) {
  given_.push_back({&key, file, std::move(text), origin});
}

/// Refuses what one source gives both ways.
void loading::end_source(const std::string& name) {
  for (auto at = given_.begin() + static_cast<std::ptrdiff_t>(source_begin_); at != given_.end(); ++at) {
    const bool twice =
        at->file && std::any_of(given_.begin() + static_cast<std::ptrdiff_t>(source_begin_), given_.end(),
                                [&](const given& other) { return other.key == at->key && !other.file; });
    if (twice) {
      fault(at->key->key() + " and " + at->key->key() + "_file are both given (" + name + "): give one");
    }
  }
  source_begin_ = given_.size();
}

void loading::read_file(const std::string& path) {
  const auto text = read_bounded(path, file_bound);
  file_missing_ = true;
  if (!text) return fault(path + ": " + text.error());
  try {
    read_table(path, toml::parse(*text));
    file_missing_ = false;
  } catch (const toml::parse_error& error) {
    const auto where = error.source().begin;
    fault(path + " line " + std::to_string(where.line) + ", column " + std::to_string(where.column) + ": " +
          std::string(error.description()));
  }
  end_source(path);
}

void loading::read_table(const std::string& path, const toml::table& root) {
  const auto origin_of = [&](const toml::node& node) {
    return path + " line " + std::to_string(node.source().begin.line);
  };
  for (const auto& [section, content] : root) {
    const auto* table = content.as_table();
    const auto known = std::ranges::find(setting_table(), section.str(), &setting::section);
    if (known == setting_table().end() || !table) {
      fault(std::string(section.str()) + " (" + origin_of(content) + "): " +
            (known == setting_table().end() ? "unknown section"
                                            : "must be a section: [" + std::string(section.str()) + "]"));
      continue;
    }
    for (const auto& [name, value] : *table) {
      const std::string key = std::string(section.str()) + "." + std::string(name.str());
      if (const auto found = key_names().find(key); found != key_names().end()) {
        read_value(*found->second.key, found->second.file, value, origin_of(value));
      } else {
        fault(key + " (" + origin_of(value) + "): " + unknown_key(key, key_names()));
      }
    }
  }
}

/// A value of the right type becomes text; every other is a fault.
void loading::read_value(const setting& key, bool file, const toml::node& value, const std::string& origin) {
  const auto slot = key.slot(out_.values);
  if (const auto* text = value.as_string()) {
    const bool right = file || std::holds_alternative<std::string*>(slot) ||
                       std::holds_alternative<std::vector<std::string>*>(slot);
    if (right) return add(key, file, text->get(), origin);
  } else if (const auto* number = value.as_integer()) {
    if (!file && (std::holds_alternative<std::uint64_t*>(slot) || std::holds_alternative<double*>(slot))) {
      return add(key, file, std::to_string(number->get()), origin);
    }
  } else if (const auto* amount = value.as_floating_point()) {
    std::ostringstream text;
    text.precision(17);
    text << amount->get();
    if (!file && std::holds_alternative<double*>(slot)) return add(key, file, text.str(), origin);
  } else if (const auto* truth = value.as_boolean()) {
    if (!file && std::holds_alternative<bool*>(slot))
      return add(key, file, truth->get() ? "true" : "false", origin);
  } else if (const auto* list = value.as_array();
             list && std::holds_alternative<std::vector<std::string>*>(slot)) {
    if (list->empty() || list->is_homogeneous<std::string>()) {
      std::string all;
      for (const auto& one : *list) all.append(all.empty() ? "" : ",").append(one.as_string()->get());
      return add(key, file, all, origin);
    }
  }
  std::string shown = value.is_table() ? "{…}" : "[…]";
  if (key.takes_file()) {
    shown = "(hidden)";
  } else if (const auto* text = value.as_string()) {
    shown = key.shown_text(text->get());
  } else if (value.is_value()) {
    std::ostringstream out;
    out << toml::node_view<const toml::node>(value);
    shown = out.str();
  }
  bad_.insert(key.key());
  fault(key.key() + (file ? "_file" : "") + " = " + shown + " (" + origin +
        "): allowed: " + (file ? "the path of a file" : key.allowed()));
}

void loading::read_environment(const std::vector<std::pair<std::string, std::string>>& variables) {
  for (const auto& [name, value] : variables) {
    if (!name.starts_with(prefix) || is_foreign_variable(name)) continue;
    if (const auto found = variable_names().find(name); found != variable_names().end()) {
      add(*found->second.key, found->second.file, value, name);
    } else {
      fault(name + " (environment): " + unknown_key(name, variable_names()));
    }
  }
  end_source("environment");
}

void loading::read_flags(const std::vector<std::pair<std::string, std::string>>& flags) {
  for (const auto& [name, value] : flags) {
    if (const auto found = key_names().find(name); found != key_names().end()) {
      add(*found->second.key, found->second.file, value, "--" + name);
    } else {
      fault("--" + name + ": " + unknown_key(name, key_names()));
    }
  }
  end_source("flags");
}

void loading::assign(const given& from) {
  if (const auto wrong = from.key->assign(out_.values, from.text)) {
    bad_.insert(from.key->key());
    fault(from.key->key() + " = " + from.key->shown_text(from.text) + " (" + from.origin + "): " + *wrong);
  }
}

void loading::assign_from_file(const given& from) {
  const auto name = from.key->key() + "_file = " + quoted(from.text) + " (" + from.origin + "): ";
  auto text = read_bounded(from.text, secret_file_bound);
  if (!text) {
    bad_.insert(from.key->key());
    return fault(name + text.error());
  }
  while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
  if (const auto wrong = from.key->assign(out_.values, *text)) {
    bad_.insert(from.key->key());
    fault(name + "what it holds is not allowed; " + *wrong);
  }
}

loaded_settings loading::decide() {
  std::map<const setting*, const given*> last;
  for (const auto& one : given_) last[one.key] = &one;
  for (const auto& one : given_) {
    // Only the file that counts is read: the others need not be there.
    if (!one.file) {
      assign(one);
    } else if (last[one.key] == &one) {
      assign_from_file(one);
    }
  }
  if (out_.values.cluster.node.empty()) {
    std::array<char, 256> host{};
    if (gethostname(host.data(), host.size() - 1) == 0) out_.values.cluster.node = host.data();
    if (!is_host_name(out_.values.cluster.node)) out_.values.cluster.node = "node";
  }
  // Without the file nobody knows what is together.
  if (!file_missing_) {
    for (const auto& text : joint_faults(out_.values, bad_)) fault(text);
  }
  if (out_.faults.empty()) out_.warnings = warnings_of(out_.values);
  return std::move(out_);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> tandem_environment() {
  std::vector<std::pair<std::string, std::string>> variables;
  for (char** at = environ; at && *at; ++at) {
    const std::string_view entry(*at);
    const auto equals = entry.find('=');
    if (!entry.starts_with(prefix) || equals == std::string_view::npos) continue;
    variables.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
  }
  std::ranges::sort(variables);
  return variables;
}

loaded_settings load_settings(const settings_source& source) {
  loading from;
  if (!source.file.empty()) from.read_file(source.file);
  from.read_environment(source.environment);
  from.read_flags(source.flags);
  return from.decide();
}

}  // namespace tandem
