#pragma once

#include "tests/lab/engine_process.hpp"
#include "tests/lab/engine_view.hpp"
#include "tests/lab/lab_loop.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tandem::lab {

/// The API token of the nodes of a cluster under test.
inline constexpr const char* cluster_token = "the-token-of-the-cluster-test";

/// A node of the cluster: a process in a network name space of its own, which can be ended and started anew.
class cluster_node {
 public:
  /// Starts it by `wrapper`; it has this address. Throws std::runtime_error when it does not come up, as
  /// `start`.
  cluster_node(lab_loops& loops, std::string name, std::string address, std::string wrapper,
               std::vector<std::string> flags, std::string log);

  const std::string& name() const { return name_; }
  const std::string& address() const { return address_; }
  const std::string& log() const { return log_; }
  bool is_up() const { return engine_ != nullptr; }

  void start();
  /// Ends it at once.
  void kill();
  /// Asks it to end and waits; false when it did not, or ended otherwise than in order.
  bool stop(std::chrono::seconds deadline);
  /// Lets it stand still, and go on.
  void freeze(bool still);

  /// In how many lines, at least, it has said this since it was started.
  std::size_t times_said(const std::string& text) const;

  /// Its operator's side; only while it is up.
  engine_view& view() { return *view_; }

  /// The sum of a metric's samples; nothing when it does not answer.
  std::optional<double> metric(std::string_view name);

  /// The states of the nodes that it knows, by name.
  std::map<std::string, std::string> knows();

 private:
  lab_loops& loops_;
  std::string name_;
  std::string address_;
  std::string wrapper_;
  std::vector<std::string> flags_;
  std::string log_;
  std::unique_ptr<engine_process> engine_;
  std::unique_ptr<engine_view> view_;
};

}  // namespace tandem::lab
