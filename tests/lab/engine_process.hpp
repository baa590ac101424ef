#pragma once

#include <chrono>
#include <cstdint>
#include <future>
#include <ios>
#include <string>
#include <sys/types.h>
#include <thread>
#include <vector>

namespace tandem::lab {

/// The engine as a process of its own, as an operator runs it.
class engine_process {
 public:
  /// Starts `tandem serve` with these `--section.key=value` flags; its output goes to `log_file`. A `wrapper`
  /// is started in its place and given the whole command. Throws std::runtime_error when it cannot be
  /// started. It is killed when the thread that calls this ends, so that none outlives a lab that was killed.
  engine_process(const std::string& program, const std::vector<std::string>& flags,
                 const std::string& log_file, const std::string& wrapper = {});

  /// Stops it, by force if it must be.
  ~engine_process();
  engine_process(const engine_process&) = delete;

  /// Waits until it listens; false when it ended first or did not come up in time.
  bool wait_ready(std::chrono::seconds deadline);

  /// Ports of the carrier's and the operator's side; only when ready.
  std::uint16_t carrier_port() const { return carrier_port_; }
  std::uint16_t admin_port() const { return admin_port_; }

  pid_t pid() const { return pid_; }

  /// What it has printed so far.
  std::string output() const;

  /// Whether it has printed this text.
  bool said(const std::string& text) const { return output().find(text) != std::string::npos; }

  /// Sends a signal.
  void signal(int number) const;

  /// Asks it to end and waits; its exit code, or -1 when it had to be killed or died of a signal.
  int stop(std::chrono::seconds deadline);

  /// Waits for it to end by itself; as `stop`.
  int wait_end(std::chrono::seconds deadline);

 private:
  void read_output(int from);

  std::string log_file_;
  /// Where this run begins in the file, which is appended to.
  std::streamoff log_begin_ = 0;
  pid_t pid_ = -1;
  int exit_code_ = -1;
  std::promise<bool> ready_;
  std::shared_future<bool> is_ready_ = ready_.get_future().share();
  std::uint16_t carrier_port_ = 0;
  std::uint16_t admin_port_ = 0;
  std::thread reader_;
};

/// The engine's program: beside the program that runs now.
std::string engine_program();

}  // namespace tandem::lab
