#pragma once

#include "protocols/cluster/membership.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tandem::cluster::test {

using namespace std::chrono_literals;

/// What a healthy node of the same cluster says first.
inline hello greeting(const std::string& name, std::uint64_t epoch = 1) {
  return {.version = "1.0",
          .who = {name, epoch},
          .address = name + ":4000",
          .terms = {{"server.secret", "s"}, {"store.url", "u"}}};
}

/// A cluster as node `a` sees it.
struct view {
  membership all{greeting("a"),
                 rules{.timeout = 1s, .settling = 5s, .gone_memory = 60s, .refused_memory = 10s}};
  moment now{1h};
  std::uint64_t sequence = 0;
  std::vector<change> told;

  ruling meet(const std::string& name, std::uint64_t epoch = 1) {
    return all.meet(greeting(name, epoch), now);
  }

  bool hear(const std::string& name, std::vector<member> sees, std::uint64_t epoch = 1) {
    return all.hear({.who = {name, epoch}, .sequence = ++sequence, .sees = std::move(sees)}, now);
  }

  /// Time passes in which nobody says anything.
  void pass(std::chrono::milliseconds time) {
    now += time;
    look();
  }

  void look() {
    for (auto& each : all.look(now)) told.push_back(std::move(each));
  }

  /// Time passes in which these nodes report every quarter of a second.
  void pass(std::chrono::milliseconds time,
            const std::vector<std::pair<std::string, std::vector<member>>>& reports) {
    for (auto left = time; left > 0ms; left -= 250ms) {
      now += 250ms;
      for (const auto& [name, sees] : reports) hear(name, sees);
      look();
    }
  }

  std::size_t count(change::kind what, const std::string& name = {}) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        told, [&](const change& each) { return each.what == what && each.who.name == name; }));
  }

  node_view node(const std::string& name) const {
    for (auto& each : all.nodes(now)) {
      if (each.who.name == name) return each;
    }
    return {};
  }

  std::size_t size() const { return all.nodes(now).size(); }
};

inline const member a{"a", 1}, b{"b", 1}, c{"c", 1}, d{"d", 1}, e{"e", 1};

}  // namespace tandem::cluster::test
