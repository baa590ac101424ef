#include "protocols/campaigns/numbers.hpp"

#include "protocols/call_order_json.hpp"
#include "protocols/campaigns/plan.hpp"
#include "protocols/telnyx/dial.hpp"

#include <cstdlib>
#include <set>

using namespace tandem;

namespace {

/// What is taken can be dialled, is there once, and is counted from 1.
void check(const campaigns::number_list& list) {
  if (list.entries.size() > campaigns::most_numbers || list.faults.size() > campaigns::most_faults)
    std::abort();
  if (list.entries.empty() && list.faults.empty()) std::abort();
  std::set<std::string_view> seen;
  for (const auto& one : list.entries) {
    if (!telnyx::can_be_dialled(one.number) || !seen.insert(one.number).second) std::abort();
    if (one.n != seen.size()) std::abort();
  }
}

}  // namespace

std::string written(const call_order& order) {
  std::string out;
  {
    json::builder object(out);
    add_members(object.text("to", order.to), order);
  }
  return out;
}

/// What one call's order writes is read as an order that writes the same: bytes that are no UTF-8 change
/// once.
void check(const call_order& order) {
  const auto once = written(order);
  auto copy = once;
  json::document document;
  if (document.parse({copy.data(), copy.size()}) != json::fault::none) std::abort();
  const auto again = read_call_order(document.root());
  if (!again || written(*again) != once) std::abort();
}

/// Any text is a list or says what is wrong with it, as CSV and as a campaign's JSON; a plan or an order that
/// was read is read again from what it writes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check(campaigns::read_csv(text));
  auto copy = text;
  json::document document;
  if (document.parse({copy.data(), copy.size()}) != json::fault::none) return 0;
  if (const auto* list = json::find(document.root(), "numbers")) check(campaigns::read_numbers(*list));
  if (const auto order = read_call_order(document.root())) check(*order);
  if (const auto how = campaigns::read_plan(document.root())) {
    std::string written;
    append_json(written, *how);
    if (document.parse({written.data(), written.size()}) != json::fault::none) std::abort();
    if (!campaigns::read_plan(document.root())) std::abort();
  }
  return 0;
}
