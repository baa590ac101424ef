#include "gateway/settings/settings.hpp"
#include "gateway/settings/settings_table.hpp"

namespace tandem {

std::string to_toml(const settings& values) {
  std::string out;
  std::string_view section;
  for (const auto& one : setting_table()) {
    if (one.section != section) {
      section = one.section;
      out.append(out.empty() ? "[" : "\n[").append(section).append("]\n");
    }
    out.append(one.name).append(" = ").append(one.shown_value(values)).append("\n");
  }
  return out;
}

std::string describe_settings() {
  const settings defaults;
  std::string out;
  std::string_view section;
  for (const auto& one : setting_table()) {
    if (one.section != section) {
      section = one.section;
      out.append("\n[").append(section).append("]\n");
    }
    out.append("  --").append(one.key()).append("=").append(one.shown_value(defaults)).append("\n");
    out.append("      ").append(one.meaning).append("\n");
    out.append("      allowed: ").append(one.allowed());
    out.append(one.takes_file() ? "; or --" + one.key() + "_file=FILE\n" : "\n");
  }
  return out;
}

}  // namespace tandem
