#pragma once

#include "gateway/settings/setting.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace tandem {

/// What a name stands for: a key, and whether it is the one that takes the path of a file.
struct named_setting {
  const setting* key = nullptr;
  bool file = false;
};

/// Every name that one kind of source may use.
using setting_names = std::map<std::string, named_setting, std::less<>>;

/// `section.name` and `section.name_file`, as files and flags say it.
const setting_names& key_names();

/// `TANDEM_SECTION_NAME` and `TANDEM_SECTION_NAME_FILE`.
const setting_names& variable_names();

/// Whether a variable is not ours though it begins like ours: what Kubernetes and Docker set for a service
/// called tandem, and what the project's scripts use.
bool is_foreign_variable(std::string_view name);

/// "unknown key", and the right one that looks most like it.
std::string unknown_key(std::string_view name, const setting_names& known);

}  // namespace tandem
