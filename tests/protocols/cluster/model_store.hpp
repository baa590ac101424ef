#pragma once

#include "protocols/cluster/lease.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tandem::test {

/// A mistake that the protocol must not make, for the model to find.
enum class flaw : std::uint8_t {
  none,
  no_margin,            ///< clocks that drift are not allowed for
  from_answer,          ///< permission counts from a renewal's answer, not from before its request
  fence_forgiven,       ///< a fenced node renews nevertheless
  fence_unconditional,  ///< a node is fenced though it has renewed since
  late_attempts,        ///< an attempt given up still fences or adopts after a later renewal
  adoption_unfenced,    ///< calls are adopted from nodes that are not fenced
  empty_promises,       ///< who has promised fences nevertheless
  promise_in_attempt,   ///< promises are given while an attempt to fence is under way
  renewals_foretold,    ///< peers are told of renewals that are still to come
  stranger_trusted,     ///< whoever joined unseen fences as soon as those who were known
  same_epoch,           ///< a node that starts again has its former epoch
  claimed_twice,        ///< the carrier's call id is not unique
  any_term,             ///< an offer of an earlier term is taken
  acts_on_offer         ///< an owner acts on until it hears that its offer was taken
};

/// The store as one that does one transaction after the other.
class model_store {
 public:
  explicit model_store(flaw wrong) : wrong_(wrong) {}

  leases::standing run(const leases::join& request);
  leases::standing run(const leases::renew& request);
  bool run(const leases::fence& request);
  leases::adoption run(const leases::adopt& request);
  std::vector<leases::lease> run(const leases::claim& request);
  std::vector<leases::lease> run(const leases::take& request);
  bool run(const leases::keep_ledger& request);
  bool run(const leases::release& request);

  struct node_row {
    leases::node_id id;
    std::int64_t renewals = 0;
    std::int64_t view = 0;
    bool fenced = false;
  };
  struct lease_row {
    leases::lease what;
    bool fresh = false;
  };

  bool is_fenced(std::int64_t epoch) const;
  const std::map<std::string, lease_row>& calls() const { return calls_; }

  /// Every change of owner, in which terms must grow.
  bool terms_grew() const { return terms_grew_; }
  std::uint64_t fences() const { return fences_; }
  std::uint64_t adoptions() const { return adoptions_; }
  std::uint64_t handovers() const { return handovers_; }

 private:
  leases::standing standing_of(const node_row& row) const;
  bool may(std::int64_t epoch, std::optional<std::int64_t> renewals) const;
  void own(lease_row& row, const leases::node_id& by, std::int64_t term);

  const flaw wrong_;
  std::int64_t last_epoch_ = 0;
  std::map<std::int64_t, node_row> nodes_;
  std::map<std::string, lease_row> calls_;
  bool terms_grew_ = true;
  std::uint64_t fences_ = 0;
  std::uint64_t adoptions_ = 0;
  std::uint64_t handovers_ = 0;
};

}  // namespace tandem::test
