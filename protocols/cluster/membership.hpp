#pragma once

#include "protocols/cluster/report.hpp"
#include "protocols/moment.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tandem::cluster {

/// Times by which nodes are judged.
struct rules {
  /// So long a node may say nothing.
  std::chrono::milliseconds timeout{1000};
  /// So long one node may not yet see what another one sees, or still see what is gone.
  std::chrono::milliseconds settling{5000};
  /// So long it is remembered of a node that it is gone, or refused without having come again.
  std::chrono::milliseconds gone_memory{600'000};
  std::chrono::milliseconds refused_memory{30'000};
};

/// Something that has become different.
struct change {
  enum class kind : std::uint8_t { joined, left, refused, split, whole };
  kind what = kind::joined;
  /// Whom it concerns, unless that is the whole cluster.
  member who{};
  /// For people: why it left or is refused, or who does not see whom.
  std::string why{};
};

/// Which nodes there are besides this one, by what they say and by the time. A lost connection alone proves
/// nothing: a node is alive as long as its reports are younger than the timeout.
class membership {
 public:
  membership(hello self, rules how) : self_(std::move(self)), how_(how) {}

  const hello& self() const { return self_; }

  /// Says where this node takes connections.
  void listen_at(std::string address) { self_.address = std::move(address); }

  /// A node says who it is, over a connection that is there from now on. Whoever is refused, and is not
  /// malformed, is remembered to be shown; whoever comes in place of a start that has no connection any more
  /// replaces it.
  ruling meet(const hello& other, moment now);

  /// A node does not let this one take part.
  void refused_by(const hello& other, const ruling& theirs, moment now);

  /// The connection to a node is lost.
  void lose(const member& who);

  /// A node has said goodbye.
  void part(const member& who);

  /// A node reports; false when nobody is known who may say so, or it is no news.
  bool hear(report said, moment now);

  /// What has changed since the last look.
  std::vector<change> look(moment now);

  /// Those who are alive, in order; for reports.
  std::vector<member> seen(moment now) const;

  /// The other nodes, in the order of their names.
  std::vector<node_view> nodes(moment now) const;

  /// How many of them there are, by state.
  std::array<std::size_t, node_states> count(moment now) const;

  /// Whether nodes that live do not see each other, or at least two and at least half of the others went at
  /// once without a goodbye. Two nodes that lose each other cannot tell a cut from a crash.
  bool is_split() const { return !blind_.empty(); }

  /// Who does not see whom, in order.
  const std::vector<blind_pair>& blind() const { return blind_; }

 private:
  struct known {
    std::string address;
    std::string version;
    bool connected = false;
    /// The last sign of life; of who is refused, the last try.
    moment heard{};
    bool reported = false;
    report last{};
    fault why = fault::none;
    std::string what{};
    /// Whether it was told that it joined, and when it left without a goodbye.
    bool present = false;
    moment left{};
  };
  using nodes_by_start = std::map<member, known>;
  using blind_since = std::map<std::pair<member, member>, moment>;

  ruling judge(const hello& other) const;
  const member* holder_of(const std::string& name) const;
  void forget_others(const member& who);
  void remember_refusal(const hello& other, ruling why, moment now);
  void erase(nodes_by_start::iterator which, std::string why);
  node_state state_of(const known& it, moment now) const;
  bool lives(const known& it, moment now) const;
  bool is_refused(const member& who) const;
  std::size_t count_refused() const;
  std::vector<member> live_ones() const;
  void look_for_blind(moment now, blind_since& found) const;
  void look_for_parts(std::vector<blind_pair>& found) const;
  void look_at_whole(moment now);

  hello self_;
  rules how_;
  nodes_by_start nodes_;
  blind_since blind_since_;
  std::vector<blind_pair> blind_;
  std::vector<change> changes_;
};

/// A fault in a word, for programs; "unknown" for a number that is none.
std::string_view to_string(fault why);

}  // namespace tandem::cluster
