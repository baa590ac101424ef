#pragma once

#include "tests/lab/carrier.hpp"
#include "tests/lab/chat_server.hpp"
#include "tests/lab/cluster/cluster_node.hpp"
#include "tests/lab/cluster/patient_caller.hpp"
#include "tests/lab/cluster/watched_call.hpp"
#include "tests/lab/cluster/word_providers.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tandem::lab {

/// What a cluster is tested with.
struct stage_options {
  /// The folder of a world that tests/system/cluster/world has made, and that script.
  std::string world;
  std::string world_script;
  /// Where the nodes' logs go.
  std::string logs;
  std::size_t calls = 12;
  double rate = 20;  ///< new calls a second
  lab::second_stream second_stream = lab::second_stream::replaces;
  delay_range rest_delay{std::chrono::milliseconds(50), std::chrono::milliseconds(300)};
  std::uint32_t seed = 1;
};

using watched_calls = std::vector<std::shared_ptr<watched_call>>;

/// Three nodes, and around them a carrier, a recogniser, a voice and a model that know every word: for a
/// thread that may wait, in the lab's name space.
class cluster_stage {
 public:
  /// Throws std::runtime_error when something does not come up.
  explicit cluster_stage(stage_options options);
  ~cluster_stage();
  cluster_stage(const cluster_stage&) = delete;

  const stage_options& options() const { return options_; }
  const std::vector<std::unique_ptr<cluster_node>>& nodes() const { return nodes_; }
  lab_loops& loops() { return loops_; }

  /// So many callers more call.
  watched_calls place(std::size_t count);

  /// They hang up; false when not all of their calls are over in time.
  bool hang_up(const watched_calls& calls);

  /// Has the world's script do this; throws std::runtime_error when it cannot.
  void world(const std::string& verb, const std::string& rest) const;

  /// From now on streams are opened at another node than the one that wants them, without the front.
  void misroute(bool on) { misroutes_ = on; }

  /// Looks again and again, until it is so; false when that does not happen in time.
  static bool becomes(const std::function<bool()>& so, std::chrono::seconds deadline);

  /// Whether every node that is up sees all of them alive; waits for it.
  bool is_whole();

  /// How often those that are up have said since their start that they fenced this node.
  std::size_t fencings(const cluster_node& of) const;

  /// The node of that name.
  cluster_node& node(const std::string& name);

  /// The one with most of these calls.
  cluster_node& busiest(const watched_calls& calls);

 private:
  std::shared_ptr<watched_call> call_of(const std::string& from) const;
  carrier_options carrier_settings();
  std::string reply(const chat_question& question) const;
  std::string other_door(const std::string& url) const;
  std::vector<std::string> flags_of(std::size_t n) const;
  void start_nodes();
  void place_one(const std::shared_ptr<watched_call>& call);

  stage_options options_;
  sound_book book_ = sound_book::spoken();
  watch_book calls_;
  std::atomic<bool> misroutes_ = false;
  lab_loops loops_{2};  // the first is the carrier's
  std::map<std::uint32_t, std::unique_ptr<patient_caller>> callers_;
  std::unique_ptr<carrier> carrier_;
  std::unique_ptr<word_providers> providers_;
  std::unique_ptr<chat_server> model_;
  std::vector<std::unique_ptr<cluster_node>> nodes_;
};

}  // namespace tandem::lab
