#include "actors/cluster/address_book.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace tandem {

namespace {

constexpr std::string_view dns = "dns:";

}  // namespace

address_book::address_book(const std::vector<std::string>& discovery, std::uint32_t seed) : seed_(seed) {
  for (std::string_view each : discovery) {
    const bool is_name = each.starts_with(dns);
    if (is_name) each.remove_prefix(dns.size());
    const auto where = cluster::read_address(each);
    if (!where) continue;
    if (is_name) names_.try_emplace(*where, name_entry{.waits = back_off(seed_++)});
    if (!is_name) add(*where, std::nullopt);
  }
}

void address_book::add(const cluster::address& where, std::optional<cluster::address> name) {
  if (places_.size() >= most_places) return;
  places_.try_emplace(where, place{.waits = back_off(seed_++), .name = std::move(name)});
}

address_book::place* address_book::find(const cluster::address& where) {
  const auto at = places_.find(where);
  return at == places_.end() ? nullptr : &at->second;
}

std::vector<cluster::address> address_book::take_due(moment now, std::size_t at_most) {
  std::vector<cluster::address> out;
  for (auto& [where, it] : places_) {
    if (out.size() >= at_most) break;
    if (it.under_way || it.is_home || it.who || it.due > now) continue;
    it.under_way = true;
    out.push_back(where);
  }
  return out;
}

std::vector<cluster::address> address_book::take_due_names(moment now) {
  std::vector<cluster::address> out;
  for (auto& [name, it] : names_) {
    if (it.under_way || it.due > now) continue;
    it.under_way = true;
    out.push_back(name);
  }
  return out;
}

void address_book::found(const cluster::address& name, const std::optional<std::vector<std::string>>& hosts,
                         moment now) {
  const auto at = names_.find(name);
  if (at == names_.end()) return;
  auto& it = at->second;
  it.under_way = false;
  if (!hosts) {
    it.due = now + it.waits.next();
    return;
  }
  it.waits.reset();
  it.due = now + lookup_pause + it.waits.spread();
  // A node that is connected stays, whatever its name says by now.
  std::erase_if(places_, [&](const auto& each) {
    return each.second.name == name && !each.second.who && !each.second.under_way &&
           std::ranges::find(*hosts, each.first.host) == hosts->end();
  });
  for (const auto& host : *hosts) add({host, name.port}, name);
}

void address_book::led_to(const cluster::address& where, const cluster::member& who) {
  auto* it = find(where);
  if (it == nullptr) return;
  it->under_way = false;
  it->has_failed = false;
  it->who = who;
  it->waits.reset();
}

void address_book::led_home(const cluster::address& where) {
  if (auto* it = find(where)) {
    it->under_way = false;
    it->is_home = true;
  }
}

bool address_book::failed(const cluster::address& where, moment now) {
  auto* it = find(where);
  if (it == nullptr) return false;
  it->under_way = false;
  it->due = now + it->waits.next();
  return !std::exchange(it->has_failed, true);
}

void address_book::refused(const cluster::address& where, moment now) {
  auto* it = find(where);
  if (it == nullptr) return;
  it->under_way = false;
  it->has_failed = false;
  it->waits.slow_down();
  it->due = now + it->waits.next();
}

void address_book::lost(const cluster::member& who, moment now) {
  for (auto& [where, it] : places_) {
    if (it.who != who) continue;
    it.who.reset();
    it.due = now + it.waits.next();
  }
  // A node that starts again may have another address.
  for (auto& [name, it] : names_) it.due = std::min(it.due, now + it.waits.spread());
}

}  // namespace tandem
