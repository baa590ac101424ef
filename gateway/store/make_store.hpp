#pragma once

#include "gateway/settings/settings.hpp"
#include "gateway/store/sql_store.hpp"
#include "protocols/records/prices.hpp"

namespace tandem {

/// What the settings say about the store; the journal is `tandem-NODE.journal` in its folder.
store_settings make_store_settings(const settings& values);

records::price_table make_prices(const settings& values);

}  // namespace tandem
