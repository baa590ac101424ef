#pragma once

#include "protocols/cluster/call_lease.hpp"
#include "protocols/cluster/node_lease.hpp"
#include "tests/protocols/cluster/model_store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <vector>

namespace tandem::test {

/// The carrier's id of the so manieth call.
inline std::string carrier_id(int carrier) { return "v3:" + std::to_string(carrier); }

/// What a run has seen.
struct model_report {
  /// What was wrong, and when; empty = nothing.
  std::string fault;
  std::uint64_t fences = 0;
  std::uint64_t adoptions = 0;
  std::uint64_t handovers = 0;
  /// Moments at which a node acted on a call without a fresh renewal, on its peers' promises.
  std::uint64_t on_promises = 0;
};

/// A cluster of 2 to 7 nodes with their store, network, clocks and calls, in virtual time. Everything that
/// happens follows from the seed: messages and requests late or lost, answers lost after the commit, nodes
/// that stop, crash, drain and come back, networks that part in one direction or both, a store that is away.
/// Then the faults end, and it is seen whether every call finds an owner.
class model_cluster {
 public:
  /// By how many thousandths clocks are off at most; what the nodes allow for, unless that is the flaw.
  static constexpr unsigned drift = 40;

  explicit model_cluster(std::uint64_t seed, flaw wrong = flaw::none);

  /// Random faults until their end, then none; what came of it.
  model_report run();

  /// A store outage alone, in which every call must go on with its owner.
  model_report run_outage();

 private:
  /// Microseconds since the run began.
  using time = std::int64_t;

  struct held_call {
    leases::call_lease lease;
    int carrier = 0;
    bool written = false;
    bool asked = false;
    time asked_at = 0;
    std::uint64_t attempt = 0;
    time offered_at = 0;
    /// The offer that it came by, until whoever made it was told.
    std::optional<leases::offer> given{};
    std::optional<leases::release> releasing{};
  };
  struct node {
    std::string name;
    time offset = 0;
    double rate = 1;
    bool alive = false;
    bool paused = false;
    bool draining = false;
    bool cut_off = false;
    /// Counts its processes, so that nothing reaches a later one.
    std::uint64_t life = 0;
    time wakes_at = 0;
    std::optional<leases::node_lease> core;
    /// Without the flaw `from_answer` unused.
    moment flawed_until = moment::min();
    std::map<std::string, held_call> calls;
    std::vector<std::function<void()>> inbox;
  };
  struct event {
    time at = 0;
    std::uint64_t order = 0;
    std::function<void()> what;

    bool operator<(const event& other) const { return at != other.at ? at > other.at : order > other.order; }
  };

  std::uint64_t random(std::uint64_t below) { return random_() % below; }
  bool chance(unsigned percent) { return random(100) < percent; }
  time between(time least, time most);
  time latency();
  moment local(const node& at) const;
  void at(time when, std::function<void()> what);
  void to(std::size_t which, std::function<void()> what);
  void send(std::size_t from, std::size_t whom, std::function<void()> what);
  template <class Request, class Done>
  void ask_store(std::size_t from, Request request, Done done);

  void start(std::size_t which, bool alone);
  void stop(std::size_t which);
  void resume(std::size_t which);
  void pump(std::size_t which);
  void issue(std::size_t which, leases::node_lease::order what);
  void beat(std::size_t which, std::uint64_t life);
  void question_peers(std::size_t which);
  void tend(std::size_t which);
  void tend_call(std::size_t which, const std::string& id);
  void ask_for(std::size_t which, const std::string& id);
  void learnt(std::size_t which, const std::string& id, std::uint64_t attempt,
              const std::optional<std::vector<leases::lease>>& answer);
  void thank(std::size_t which, held_call& call);
  void release(std::size_t which, const std::string& id);
  void offer(std::size_t which, const std::string& id);
  void part(std::size_t which, const std::string& id);
  void adopted(std::size_t which, const std::vector<leases::lease>& calls);
  void ring(int carrier, std::size_t which);

  void do_harm();
  void heal();
  bool acts(const node& who, const held_call& call) const;
  void check();
  bool is_settled() const;
  void step();
  void run_until(time when);
  void fail(const std::string& what);
  model_report report() const;

  std::mt19937_64 random_;
  const flaw wrong_;
  leases::lease_rules rules_;
  model_store store_;
  std::vector<node> nodes_;
  std::vector<std::vector<bool>> blocked_;
  bool store_up_ = true;
  bool calm_ = false;
  std::vector<bool> over_;
  std::priority_queue<event> events_;
  std::uint64_t last_order_ = 0;
  time now_ = 0;
  std::uint64_t on_promises_ = 0;
  std::string fault_;
};

}  // namespace tandem::test
