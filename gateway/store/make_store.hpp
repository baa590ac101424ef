#pragma once

#include "gateway/settings/settings.hpp"
#include "gateway/store/recordings.hpp"
#include "gateway/store/sql_store.hpp"
#include "protocols/records/prices.hpp"

#include <optional>

namespace tandem {

/// What the settings say about the store; the journal is `tandem-NODE.journal` in its folder.
store_settings make_store_settings(const settings& values);

/// Nothing when calls are not recorded.
std::optional<recording_settings> make_recording_settings(const settings& values);

records::price_table make_prices(const settings& values);

}  // namespace tandem
