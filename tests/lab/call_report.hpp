#pragma once

#include "tests/lab/caller_script.hpp"
#include "tests/lab/carrier.hpp"
#include "tests/lab/engine_view.hpp"
#include "tests/lab/line_checks.hpp"
#include "tests/lab/scripted_caller.hpp"

#include <cstddef>
#include <string>

namespace tandem::lab {

/// Prints a call's turns as they are added to its transcript.
class live_transcript {
 public:
  /// Prints what is new since the last time.
  void show(const seen_call& call);

 private:
  void show_state(const std::string& words) const;
  void show_turn(const turn_record& turn) const;

  std::string state_;
  std::size_t shown_ = 0;
};

/// Everything that a demo call left.
struct finished_call {
  const caller_script& script;
  const seen_call& call;
  const call_outcome& outcome;
  const scripted_caller& person;
  const std::string& metrics;
  lab::recording recording;
  std::string directory;
};

/// Judges a call, prints what worked and what did not, where everything is, and what to do next; whether all
/// worked.
bool report(const finished_call& finished);

}  // namespace tandem::lab
