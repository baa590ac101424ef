#include "gateway/settings/settings_names.hpp"

#include "gateway/settings/settings_table.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace tandem {
namespace {

constexpr std::size_t suggestion_distance = 3;

setting_names names(std::string (setting::*spell)() const, std::string_view file_suffix) {
  setting_names all;
  for (const auto& one : setting_table()) {
    all.emplace((one.*spell)(), named_setting{&one, false});
    if (one.takes_file()) {
      all.emplace((one.*spell)().append(file_suffix), named_setting{&one, true});
    }
  }
  return all;
}

/// Levenshtein's.
std::size_t distance(std::string_view one, std::string_view other) {
  std::vector<std::size_t> row(other.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= one.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j < row.size(); ++j) {
      const std::size_t changed = diagonal + (one[i - 1] == other[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
    }
  }
  return row.back();
}

}  // namespace

const setting_names& key_names() {
  static const setting_names all = names(&setting::key, "_file");
  return all;
}

const setting_names& variable_names() {
  static const setting_names all = names(&setting::variable, "_FILE");
  return all;
}

bool is_foreign_variable(std::string_view name) {
  constexpr std::string_view of_scripts[] = {
      "TANDEM_CHAOS_CALLS",   "TANDEM_CHAOS_MINUTES", "TANDEM_CHAOS_SEED",   "TANDEM_CHROOT_DIR",
      "TANDEM_CONTAINER_DIR", "TANDEM_FAILOVERS",     "TANDEM_FUZZ_SECONDS", "TANDEM_JOBS",
      "TANDEM_KILLS",         "TANDEM_LOGS",          "TANDEM_PRESET",       "TANDEM_SOAK_MINUTES",
      "TANDEM_TSAN_CAF"};
  if (std::ranges::find(of_scripts, name) != std::end(of_scripts)) return true;
  if (name.starts_with("TANDEM_TEST_")) return true;
  const auto ends = [&](std::string_view suffix) { return name.ends_with(suffix); };
  const auto holds = [&](std::string_view part) { return name.find(part) != std::string_view::npos; };
  return ends("_SERVICE_HOST") || ends("_SERVICE_PORT") || holds("_SERVICE_PORT_") || ends("_PORT") ||
         (holds("_PORT_") && (ends("_TCP") || ends("_UDP") || ends("_PROTO") || ends("_ADDR")));
}

std::string unknown_key(std::string_view name, const setting_names& known) {
  std::string_view nearest;
  std::size_t least = suggestion_distance + 1;
  for (const auto& [right, key] : known) {
    if (name.size() > right.size() + suggestion_distance) continue;
    const bool begun = right.starts_with(name) && name.size() * 2 > right.size();
    if (const auto apart = begun ? 1 : distance(name, right); apart < least) {
      least = apart;
      nearest = right;
    }
  }
  if (nearest.empty()) return "unknown key";
  return "unknown key; did you mean " + std::string(nearest) + "?";
}

}  // namespace tandem
