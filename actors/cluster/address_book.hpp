#pragma once

#include "actors/runtime/back_off.hpp"
#include "protocols/cluster/address.hpp"
#include "protocols/cluster/report.hpp"
#include "protocols/moment.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tandem {

/// Where other nodes may be, whom each address led to, and when to look there next.
class address_book {
 public:
  /// As `cluster.discovery` has it: `HOST:PORT`, or `dns:NAME:PORT` for all addresses of a name.
  address_book(const std::vector<std::string>& discovery, std::uint32_t seed);

  /// Addresses that are to be connected to now, at most so many; each counts as under way from here on.
  std::vector<cluster::address> take_due(moment now, std::size_t at_most);

  /// Names that are to be looked up now; each counts as under way from here on.
  std::vector<cluster::address> take_due_names(moment now);

  /// The addresses of a name; nothing when it could not be looked up, and then the former ones stay.
  void found(const cluster::address& name, const std::optional<std::vector<std::string>>& hosts, moment now);

  /// An address led to this node, which need not be looked for until it is lost.
  void led_to(const cluster::address& where, const cluster::member& who);

  /// It led here: nobody needs to look there again.
  void led_home(const cluster::address& where);

  /// Nobody was there; true when that is news.
  bool failed(const cluster::address& where, moment now);

  /// Who is there may not take part: it is asked again, but not often.
  void refused(const cluster::address& where, moment now);

  /// The connection to this node is lost.
  void lost(const cluster::member& who, moment now);

  std::size_t size() const { return places_.size(); }

 private:
  /// Addresses that a name may have.
  static constexpr std::size_t most_places = cluster::most_nodes;
  static constexpr std::chrono::seconds lookup_pause{5};

  struct place {
    back_off waits;
    moment due{};
    bool under_way = false;
    bool is_home = false;
    bool has_failed = false;
    std::optional<cluster::member> who{};
    /// The name that it was found under; none when it stands in the list itself.
    std::optional<cluster::address> name{};
  };
  struct name_entry {
    back_off waits;
    moment due{};
    bool under_way = false;
  };

  void add(const cluster::address& where, std::optional<cluster::address> name);
  place* find(const cluster::address& where);

  std::uint32_t seed_;
  std::map<cluster::address, place> places_;
  std::map<cluster::address, name_entry> names_;
};

}  // namespace tandem
