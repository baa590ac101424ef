#pragma once

#include "tests/lab/load/call_plan.hpp"
#include "tests/lab/load/load_summary.hpp"
#include "tests/lab/load/sound_book.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <sys/types.h>
#include <vector>

namespace tandem::lab {

/// What is to be run.
struct load_options {
  load_profile profile = load_profile::talk;
  std::vector<std::size_t> calls{10, 25, 50};
  unsigned seconds = 20;
  std::uint64_t seed = 1;
  /// New calls a second.
  double rate = 100;
  /// An engine that runs already, its two sides as HOST:PORT; empty = one of our own for each step. One of
  /// another make has no `admin`, and may have a path for its streams: HOST:PORT/PATH.
  std::string engine;
  std::string admin;
  pid_t pid = 0;
  /// The fixed token of its streams.
  std::string token = "load";
  /// Where our providers listen; such an engine has to know it.
  std::string providers = "127.0.0.1:0";
  /// A program that stands in our engine's place, started with the providers' address and `flags`; it has no
  /// admin side.
  std::string relay;
  /// Further flags of our own engine, or of what stands in its place.
  std::vector<std::string> flags;
  /// Who answers in our own engine: echo, or openai, a language model of ours that says the same.
  std::string agent = "echo";
  std::string log = "load-engine.log";
  unsigned engine_threads = 1;
  /// Whether our own engine reaches our providers over TLS.
  bool tls = false;
  /// Our own engine has core 0 for itself.
  bool pin = false;
  /// Actors killed inside the engine a second; wants a build with TANDEM_CHAOS.
  double kills = 0;
  std::vector<std::string> killed_kinds{"scribe", "speech", "ingress", "dialogue", "call"};
  /// Measures how fast the API answers meanwhile, which costs the engine some CPU.
  bool ask_api = false;
  /// By how many percent the engine may grow after the first thousand calls of a step have ended, of which
  /// there then must be so many; infinite = by any.
  double most_growth = std::numeric_limits<double>::infinity();
  /// Whether its memory must not grow at all while measuring, as far as growth is more than chance.
  bool must_be_flat = false;
  /// So many calls of each step must have ended for it to say anything.
  std::uint64_t least_ended = 0;
  /// What else goes wrong in chaos.
  bool lines_fail = true;
  bool providers_fail = true;
  /// Only with the agent openai.
  bool model_fails = false;

  bool is_ours() const { return engine.empty() && relay.empty(); }
  bool has_model() const { return is_ours() && agent == "openai"; }
};

/// Runs one step of so many calls; throws std::runtime_error when it cannot begin.
load_row run_load_step(const load_options& options, const sound_book& book, std::size_t calls);

/// Runs every step and prints the table; throws std::runtime_error when it cannot begin.
load_summary run_load(const load_options& options);

}  // namespace tandem::lab
