#pragma once

#include "actors/admission.hpp"
#include "actors/runtime/services.hpp"
#include "gateway/settings/settings.hpp"

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace tandem {

/// What each call is made from, by the node's settings and the files they name; or every fault, one line
/// each.
tl::expected<call_settings, std::vector<std::string>> make_call_settings(const settings& values);

/// What a node may carry, by its settings.
admission_limits make_admission_limits(const settings& values);

/// A node's name as it stands in call ids and tokens: letters, digits, dots and dashes; others become dashes.
std::string node_label(std::string_view name);

}  // namespace tandem
