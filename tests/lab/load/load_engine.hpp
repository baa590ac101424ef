#pragma once

#include "tests/lab/engine_process.hpp"
#include "tests/lab/engine_view.hpp"
#include "tests/lab/lab_loop.hpp"
#include "tests/lab/load/load_run.hpp"
#include "tests/lab/load/process_figures.hpp"
#include "tests/temporary_folder.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace tandem::lab {

/// The engine under load, ours or another's, as seen from outside.
class load_engine {
 public:
  /// Starts one of our own when `options` name none. `most_calls` is its limit then, `providers` is ws:// or
  /// wss:// and HOST:PORT, `carrier` and `model` are HOST:PORT; the last is empty where echo answers. Throws
  /// std::runtime_error when it does not come up, or another's does not answer.
  load_engine(const load_options& options, lab_loops& loops, std::size_t most_calls,
              const std::string& providers, const std::string& carrier, const std::string& public_key,
              const std::string& model);

  std::string media_url() const;
  std::string webhook_url() const;
  /// Whether it has an operator's side as ours have; nothing is known of another's records and metrics.
  bool has_admin() const { return has_admin_; }
  const std::string& admin_url() const { return admin_url_; }
  /// Zero where its process is not known.
  process_figures figures() const { return figures_of(pid_); }
  engine_view& view() { return *view_; }

  /// Its metrics once it carries nothing; what it still holds is in words at the end of `left`.
  std::string idle_metrics(std::vector<std::string>& left);

  /// How its calls ended, by reason, and in words those that did not.
  std::map<std::string, std::uint64_t> end_reasons(std::vector<std::string>& open);

  /// Stops one of our own; false when it ended other than it should. True for another's that still answers.
  bool stop();

 private:
  void start_ours(const load_options& options, std::size_t most_calls, const std::string& providers,
                  const std::string& carrier, const std::string& public_key, const std::string& model);
  bool answers();

  temporary_folder folder_;
  std::optional<reserved_port> carrier_side_;
  std::unique_ptr<engine_process> ours_;
  bool has_admin_ = false;
  std::unique_ptr<engine_view> view_;  // without an operator's side, of the carrier's; a relay has none
  std::string carrier_address_;
  std::string admin_url_;
  std::string token_;
  pid_t pid_ = 0;
};

}  // namespace tandem::lab
