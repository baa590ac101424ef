#pragma once

#include "gateway/settings/settings.hpp"

#include <set>
#include <string>
#include <vector>

namespace tandem {

/// What values demand of each other and do not get, one line each; demands on the keys in `bad`, which have a
/// fault already, are left out.
std::vector<std::string> joint_faults(const settings& values, const std::set<std::string>& bad);

/// What is allowed but will not work as it looks, one line each: keys without effect, missing
/// credentials, short secrets.
std::vector<std::string> warnings_of(const settings& values);

}  // namespace tandem
