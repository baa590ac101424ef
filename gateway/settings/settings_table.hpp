#pragma once

#include "gateway/settings/setting.hpp"

#include <span>

namespace tandem {

/// Every key of the configuration, section by section.
std::span<const setting> setting_table();

}  // namespace tandem
