#include "actors/cluster/call_copies.hpp"

#include <set>
#include <tuple>

namespace tandem {

bool call_copies::keep(keep_copy copy, moment now) {
  const auto known = copies_.find(copy.call_id);
  std::size_t former = 0;
  if (known != copies_.end()) {
    const auto& older = known->second;
    if (std::tie(copy.term, copy.version) <= std::tie(older.term, older.version)) return true;
    former = size_of(older);
  } else if (copies_.size() >= most_.calls) {
    return false;
  }
  const auto size = size_of(copy);
  if (bytes_ - former + size > most_.bytes) return false;
  bytes_ += size - former;
  owners_[key_of(copy.owner)] = now;
  auto id = copy.call_id;
  copies_.insert_or_assign(std::move(id), std::move(copy));
  return true;
}

void call_copies::drop(const std::string& call_id, const leases::node_id& owner) {
  const auto known = copies_.find(call_id);
  if (known != copies_.end() && known->second.owner == owner) drop(call_id);
}

void call_copies::drop(const std::string& call_id) {
  if (const auto gone = copies_.extract(call_id)) bytes_ -= size_of(gone.mapped());
}

std::vector<keep_copy> call_copies::find(const std::vector<std::string>& call_ids) const {
  std::vector<keep_copy> out;
  for (const auto& id : call_ids) {
    if (const auto known = copies_.find(id); known != copies_.end()) out.push_back(known->second);
  }
  return out;
}

void call_copies::look(const std::vector<leases::node_id>& living, moment now) {
  for (const auto& owner : living) {
    if (const auto known = owners_.find(key_of(owner)); known != owners_.end()) known->second = now;
  }
  std::set<owner_key> over;
  for (const auto& [owner, seen] : owners_) {
    if (now - seen > most_.memory) over.insert(owner);
  }
  if (over.empty()) return;
  for (auto at = copies_.begin(); at != copies_.end();) {
    const auto each = at++;
    if (!over.contains(key_of(each->second.owner))) continue;
    bytes_ -= size_of(each->second);
    copies_.erase(each);
  }
  for (const auto& owner : over) owners_.erase(owner);
}

}  // namespace tandem
