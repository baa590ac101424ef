#include "protocols/cluster/membership.hpp"

#include <algorithm>
#include <iterator>

namespace tandem::cluster {

namespace {

/// Refused nodes are strangers: they must not take the room of others.
constexpr std::size_t most_refused = 100;
constexpr std::size_t most_terms = 32;
constexpr std::size_t most_blind = 1000;
constexpr std::size_t most_told = 8;

bool is_name(const std::string& text) {
  return !text.empty() && text.size() <= longest_text && std::ranges::all_of(text, [](unsigned char each) {
    return each > 0x20 && each < 0x7F && each != '"';
  });
}

bool is_short(const std::string& text) {
  return text.size() <= longest_text && std::ranges::all_of(text, [](unsigned char each) {
           return each >= 0x20 && each < 0x7F && each != '"';
         });
}

bool is_sound(const hello& said) {
  return is_name(said.who.name) && is_short(said.version) && is_short(said.address) &&
         said.terms.size() <= most_terms && std::ranges::all_of(said.terms, [](const auto& term) {
           return is_short(term.first) && is_short(term.second);
         });
}

bool is_sound(const report& said) {
  return is_short(said.outlook) && said.sees.size() <= most_nodes &&
         std::ranges::all_of(said.sees, [](const member& each) { return is_name(each.name); });
}

/// The names of the terms in which two nodes differ, those included that only one has; of the first alone, if
/// it is one of them.
std::string differing(const hello& one, const hello& other) {
  if (!one.terms.empty() && !other.terms.empty()) {
    const auto& [name, value] = one.terms.front();
    if (other.terms.front().first == name && other.terms.front().second != value) return name;
  }
  std::map<std::string, std::pair<std::string, std::string>> both;
  for (const auto& [name, value] : one.terms) both[name].first = value;
  for (const auto& [name, value] : other.terms) both[name].second = value;
  std::string out;
  for (const auto& [name, values] : both) {
    if (values.first != values.second) out.append(out.empty() ? "" : ", ").append(name);
  }
  return out;
}

std::string in_words(const std::vector<blind_pair>& pairs) {
  std::string out;
  for (std::size_t n = 0; n < std::min(pairs.size(), most_told); ++n) {
    out.append(n == 0 ? "" : ", ").append(pairs[n].who).append(" does not see ").append(pairs[n].whom);
  }
  if (pairs.size() > most_told)
    out.append(" and ").append(std::to_string(pairs.size() - most_told)).append(" more");
  return out;
}

}  // namespace

std::string_view to_string(fault why) {
  constexpr std::array<std::string_view, 7> words{"none", "protocol",  "terms",  "name_taken",
                                                  "full", "malformed", "leaving"};
  const auto at = static_cast<std::size_t>(why);
  return at < words.size() ? words[at] : "unknown";
}

bool membership::lives(const known& it, moment now) const {
  return it.why == fault::none && now - it.heard <= how_.timeout;
}

node_state membership::state_of(const known& it, moment now) const {
  if (it.why != fault::none) return node_state::refused;
  if (lives(it, now)) return it.last.draining ? node_state::draining : node_state::alive;
  return it.connected ? node_state::silent : node_state::gone;
}

std::size_t membership::count_refused() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(nodes_, [](const auto& each) { return each.second.why != fault::none; }));
}

/// The start that has this name: it is connected, and so neither dead nor replaced.
const member* membership::holder_of(const std::string& name) const {
  for (auto at = nodes_.lower_bound({name, 0}); at != nodes_.end() && at->first.name == name; ++at) {
    if (at->second.connected && at->second.why == fault::none) return &at->first;
  }
  return nullptr;
}

ruling membership::judge(const hello& other) const {
  if (!is_sound(other)) return {fault::malformed, "it said what no node says"};
  if (other.protocol != protocol_version) {
    return {fault::protocol, "it speaks version " + std::to_string(other.protocol) +
                                 " of the cluster's protocol, this node " + std::to_string(protocol_version)};
  }
  if (auto names = differing(self_, other); !names.empty())
    return {fault::terms, "what has to be the same on every node differs: " + names};
  if (other.who.name == self_.who.name && other.who != self_.who)
    return {fault::name_taken, "its cluster.node is this node's as well"};
  if (const auto* holder = holder_of(other.who.name); holder != nullptr && *holder != other.who)
    return {fault::name_taken, "another node with its cluster.node is alive"};
  if (!nodes_.contains(other.who) && nodes_.size() - count_refused() >= most_nodes)
    return {fault::full, "there are " + std::to_string(most_nodes) + " nodes already"};
  return {};
}

ruling membership::meet(const hello& other, moment now) {
  auto verdict = judge(other);
  if (verdict.why != fault::none) {
    if (verdict.why != fault::malformed) remember_refusal(other, verdict, now);
    return verdict;
  }
  if (other.who == self_.who) return verdict;
  forget_others(other.who);
  auto& it = nodes_[other.who];
  it.address = other.address;
  it.version = other.version;
  it.connected = true;
  it.heard = now;
  it.why = fault::none;
  it.what.clear();
  return verdict;
}

/// Other starts of the same node are over.
void membership::forget_others(const member& who) {
  for (auto at = nodes_.lower_bound({who.name, 0}); at != nodes_.end() && at->first.name == who.name;) {
    const auto each = at++;
    if (each->first != who) erase(each, "it has started again");
  }
}

void membership::erase(nodes_by_start::iterator which, std::string why) {
  if (which->second.present) changes_.push_back({change::kind::left, which->first, std::move(why)});
  nodes_.erase(which);
}

void membership::refused_by(const hello& other, const ruling& theirs, moment now) {
  if (!is_sound(other)) return;
  // What it says would stand in logs and answers.
  const auto what = is_short(theirs.what) ? theirs.what : std::string(to_string(theirs.why));
  remember_refusal(other, {theirs.why, "it refuses this node: " + what}, now);
}

void membership::remember_refusal(const hello& other, ruling why, moment now) {
  auto at = nodes_.find(other.who);
  if (at == nodes_.end()) {
    if (count_refused() >= most_refused) return;
    at = nodes_.try_emplace(other.who).first;
  }
  auto& it = at->second;
  if (it.present) changes_.push_back({change::kind::left, other.who, "it is refused"});
  if (it.why != why.why || it.what != why.what)
    changes_.push_back({change::kind::refused, other.who, why.what});
  it.address = other.address;
  it.version = other.version;
  it.connected = false;
  it.present = false;
  it.heard = now;
  it.why = why.why;
  it.what = std::move(why.what);
}

void membership::lose(const member& who) {
  if (const auto at = nodes_.find(who); at != nodes_.end()) at->second.connected = false;
}

void membership::part(const member& who) {
  const auto at = nodes_.find(who);
  if (at != nodes_.end() && at->second.why == fault::none) erase(at, "it said goodbye");
}

bool membership::hear(report said, moment now) {
  const auto at = nodes_.find(said.who);
  if (at == nodes_.end() || at->second.why != fault::none || !is_sound(said)) return false;
  auto& it = at->second;
  if (it.reported && said.sequence <= it.last.sequence) return false;
  std::ranges::sort(said.sees);
  it.reported = true;
  it.heard = now;
  it.last = std::move(said);
  return true;
}

std::vector<change> membership::look(moment now) {
  for (auto at = nodes_.begin(); at != nodes_.end();) {
    const auto each = at++;
    auto& [who, it] = *each;
    const auto state = state_of(it, now);
    const bool present = state == node_state::alive || state == node_state::draining;
    if (present != it.present) {
      it.present = present;
      if (!present) it.left = now;
      if (present) changes_.push_back({change::kind::joined, who, {}});
      if (!present) changes_.push_back({change::kind::left, who, "it is " + std::string(to_string(state))});
    }
    const auto memory = state == node_state::refused ? how_.refused_memory : how_.gone_memory;
    if (!present && !it.connected && now - it.heard > memory) nodes_.erase(each);
  }
  look_at_whole(now);
  return std::exchange(changes_, {});
}

bool membership::is_refused(const member& who) const {
  const auto at = nodes_.find(who);
  return at != nodes_.end() && at->second.why != fault::none;
}

std::vector<member> membership::live_ones() const {
  std::vector<member> out;
  for (const auto& [who, it] : nodes_) {
    if (it.present) out.push_back(who);
  }
  return out;
}

/// Whatever one sees and the other does not may be news that is still under way, so it has to last.
void membership::look_for_blind(moment now, blind_since& found) const {
  const auto note = [&](const member& who, const member& whom) {
    if (found.size() >= most_blind) return;
    const auto before = blind_since_.find({who, whom});
    found.emplace(std::pair(who, whom), before == blind_since_.end() ? now : before->second);
  };
  auto live = live_ones();
  auto everyone = live;
  everyone.insert(std::ranges::lower_bound(everyone, self_.who), self_.who);
  for (const auto& who : live) {
    const auto& it = nodes_.at(who);
    if (!it.reported) continue;
    std::vector<member> apart;
    std::ranges::set_difference(everyone, it.last.sees, std::back_inserter(apart));
    for (const auto& unseen : apart) {
      if (unseen != who) note(who, unseen);
    }
    apart.clear();
    std::ranges::set_difference(it.last.sees, everyone, std::back_inserter(apart));
    for (const auto& seen_there : apart) {
      if (seen_there.name != self_.who.name && !is_refused(seen_there)) note(self_.who, seen_there);
    }
  }
}

/// Those who went without a word within one timeout may live on beyond a cut.
void membership::look_for_parts(std::vector<blind_pair>& found) const {
  moment newest{};
  std::size_t others = 0;
  for (const auto& [who, it] : nodes_) {
    if (it.why != fault::none) continue;
    if (it.present) ++others;
    if (!it.present) newest = std::max(newest, it.left);
  }
  std::vector<const member*> at_once;
  for (const auto& [who, it] : nodes_) {
    if (it.why == fault::none && !it.present && newest - it.left <= how_.timeout) at_once.push_back(&who);
  }
  others += at_once.size();
  if (at_once.size() < 2 || 2 * at_once.size() < others) return;
  for (const auto* each : at_once) {
    if (found.size() < most_blind) found.push_back({self_.who.name, each->name});
  }
}

void membership::look_at_whole(moment now) {
  blind_since noted;
  look_for_blind(now, noted);
  blind_since_ = std::move(noted);
  std::vector<blind_pair> found;
  for (const auto& [pair, since] : blind_since_) {
    if (now - since >= how_.settling) found.push_back({pair.first.name, pair.second.name});
  }
  look_for_parts(found);
  std::ranges::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  if (found == blind_) return;
  blind_ = std::move(found);
  const bool whole = blind_.empty();
  changes_.push_back({whole ? change::kind::whole : change::kind::split, {}, in_words(blind_)});
}

std::vector<member> membership::seen(moment now) const {
  std::vector<member> out;
  for (const auto& [who, it] : nodes_) {
    if (lives(it, now) && it.reported) out.push_back(who);
  }
  return out;
}

std::vector<node_view> membership::nodes(moment now) const {
  std::vector<node_view> out;
  for (const auto& [who, it] : nodes_) {
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now - it.heard).count();
    out.push_back({.who = who,
                   .state = state_of(it, now),
                   .address = it.address,
                   .version = it.version,
                   .last = it.last,
                   .last_report_ms = it.reported ? age : -1,
                   .why = it.what});
  }
  return out;
}

std::array<std::size_t, node_states> membership::count(moment now) const {
  std::array<std::size_t, node_states> out{};
  for (const auto& [who, it] : nodes_) ++out[static_cast<std::size_t>(state_of(it, now))];
  return out;
}

}  // namespace tandem::cluster
