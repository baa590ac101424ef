#pragma once

#include "actors/lease_store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tandem::test {

/// What nodes have written to the store that they share, which does as PostgreSQL does.
class lease_rows {
 public:
  leases::standing run(const leases::join& request);
  leases::standing run(const leases::renew& request);
  bool run(const leases::fence& request);
  bool run(const leases::leave& request);
  leases::adoption run(const leases::adopt& request);
  lease_store::found_lease run(const leases::claim& request);
  lease_store::found_lease run(const leases::take& request);
  lease_store::found_lease run(const leases::find_lease& request);
  bool run(const leases::keep_ledger& request);
  bool run(const leases::release& request);

  struct node_row {
    leases::node_id id;
    std::int64_t renewals = 0;
    std::int64_t view = 0;
    bool is_fenced = false;
  };
  struct call_row {
    leases::lease what;
    bool is_fresh = false;
  };

  std::map<std::int64_t, node_row> nodes;
  std::map<std::string, call_row> calls;

 private:
  leases::standing stand(const node_row& row) const;
  const node_row* acting(std::int64_t epoch) const;
};

/// One node's way to the store; it answers before the request has returned.
class scripted_lease_store final : public lease_store {
 public:
  explicit scripted_lease_store(lease_rows& shared) : shared_(shared) {}

  /// Nothing is done, and nothing is the answer.
  bool is_away = false;
  /// What is asked is done, and nothing is the answer.
  bool loses_answers = false;
  /// What requests of this kind are answered waits for `let_go`.
  std::string holds;
  /// The requests of calls, a line each.
  std::vector<std::string> asked;

  /// How many of these requests there were.
  int count(const std::string& line) const;
  void let_go();

  void ask(leases::join request, answer_to<leases::standing> answer) override;
  void ask(leases::renew request, answer_to<leases::standing> answer) override;
  void ask(leases::fence request, answer_to<bool> answer) override;
  void ask(leases::adopt request, answer_to<leases::adoption> answer) override;
  void ask(leases::leave request, answer_to<bool> answer) override;
  void ask(leases::claim request, answer_to<found_lease> answer) override;
  void ask(leases::take request, answer_to<found_lease> answer) override;
  void ask(leases::find_lease request, answer_to<found_lease> answer) override;
  void ask(leases::keep_ledger request, answer_to<bool> answer) override;
  void ask(leases::release request, answer_to<bool> answer) override;

 private:
  template <class Request, class Answer>
  void run(const std::string& kind, const Request& request, const answer_to<Answer>& answer);

  lease_rows& shared_;
  std::vector<std::function<void()>> held_;
};

}  // namespace tandem::test
