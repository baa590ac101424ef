#pragma once

#include "actors/courier.hpp"
#include "actors/events.hpp"
#include "gateway/settings/settings.hpp"

#include <optional>
#include <string>

namespace tandem {

/// How the events of this start of this node are told.
event_settings make_event_settings(const settings& values, const std::string& node, const std::string& epoch);

/// Where they are posted, if anywhere.
std::optional<courier_settings> make_courier_settings(const settings& values, const std::string& node,
                                                      const std::string& epoch);

}  // namespace tandem
