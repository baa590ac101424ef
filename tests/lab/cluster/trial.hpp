#pragma once

#include "tests/lab/cluster/call_moves.hpp"
#include "tests/lab/cluster/cluster_stage.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::lab {

/// How one scenario came out.
struct trial_result {
  std::string scenario;
  std::size_t calls = 0;
  /// What did not hold, in words.
  std::vector<std::string> faults;
  std::vector<call_move> moves;
  std::uint32_t repeated_words = 0;
  std::uint32_t lost_words = 0;
  /// Turns that the caller said and nobody answered.
  std::uint32_t unanswered_turns = 0;
  /// Whatever else is counted, by name.
  std::map<std::string, double> figures;
};

/// One scenario under way: its callers, and what is wrong with them.
class trial {
 public:
  trial(cluster_stage& stage, std::string scenario);

  cluster_stage& stage() { return stage_; }
  const watched_calls& calls() const { return calls_; }

  /// So many callers more call, and hear a whole reply.
  void begin(std::size_t count);

  /// Something is wrong; whether `holds` says so.
  bool require(bool holds, const std::string& otherwise);

  /// The calls that this node has now.
  watched_calls calls_at(const cluster_node& node) const;

  /// Waits until each of them is with another node than this one, as far as their streams tell.
  void require_moved(const watched_calls& calls, const cluster_node& from);

  /// Waits until each of them has heard the end of a reply since that moment.
  void require_replies(const watched_calls& calls, moment since);

  /// Counts the moves of all calls since then; see `moves_of`.
  void count_moves(moment since, std::optional<moment> lost);

  /// That call is ended by the engine on purpose: it is judged no more.
  void forget(const watched_call& call);

  /// Everybody hangs up; judges what was heard, what the nodes still carry, and what they recorded.
  trial_result finish(const word_bounds& bounds);

  trial_result& result() { return result_; }

 private:
  void judge_calls(const word_bounds& bounds);
  void judge_nodes();
  void judge_records();

  cluster_stage& stage_;
  watched_calls calls_;
  trial_result result_;
};

/// The loop's clock, as streams and words are timed.
moment now_of(cluster_stage& stage);

}  // namespace tandem::lab
