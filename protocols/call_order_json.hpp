#pragma once

#include "protocols/call_order.hpp"
#include "protocols/json_builder.hpp"

#include <string>
#include <tl/expected.hpp>

namespace tandem {

/// Reads an order from the members of an object that have the API's names for it, and leaves the others
/// alone; otherwise one line that says which is wrong.
tl::expected<call_order, std::string> read_call_order(const json::value& object);

/// Appends what `read_call_order` reads, `to` aside, as members of an object.
void add_members(json::builder& object, const call_order& order);

}  // namespace tandem
