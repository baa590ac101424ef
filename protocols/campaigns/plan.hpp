#pragma once

#include "protocols/campaigns/record.hpp"
#include "protocols/json.hpp"

#include <string>
#include <tl/expected.hpp>

namespace tandem::campaigns {

/// Reads a plan from the members of an object, `numbers` aside; otherwise one line that says what is wrong.
tl::expected<plan, std::string> read_plan(const json::value& object);

/// Appends the plan as an object that `read_plan` reads.
void append_json(std::string& out, const plan& how);

}  // namespace tandem::campaigns
