#pragma once

#include "tests/lab/load/caller.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace tandem::lab {

/// Carries calls to the engine by other ways than a bare stream. On the generator's thread, but for its
/// answers.
class call_announcer {
 public:
  virtual ~call_announcer() = default;
  virtual void announce(const call_plan& plan, const std::string& call_control_id) = 0;
  /// The caller hung up, or is gone.
  virtual void gone(const call_plan& plan, const std::string& call_control_id) = 0;
};

/// What a generator saw, besides how the calls came out.
struct line_figures {
  time_statistics set_up;
  interruption_times interruptions;
  time_statistics own;
  /// How late frames left.
  time_statistics lateness;
  std::uint64_t faults = 0;
};

/// The carrier's side of load: one thread with one timer wheel, whose twenty slots send the frames of all
/// calls.
class load_generator {
 public:
  struct settings {
    std::string media_url;
    load_plan plan;
    /// New calls a second, at most.
    double rate = 100;
  };

  load_generator(settings how, const sound_book& book, call_book& calls);
  ~load_generator();
  load_generator(const load_generator&) = delete;

  /// Before any call is wanted.
  void announce_by(call_announcer* how) { announcer_ = how; }

  /// So many calls are to be up from now on; those that end are replaced. Any thread, as all that follows.
  void want(std::size_t calls) { wanted_ = calls; }

  /// Everybody hangs up, and nobody calls any more.
  void hang_up_all();

  /// Breaks off what is left.
  void drop_all();

  /// Whether delays count.
  void measure(bool on);

  /// Calls that are not over, and all there ever were.
  std::size_t live() const { return live_; }
  std::uint32_t placed() const { return placed_; }

  /// What ended since the last time.
  std::vector<call_result> take_results();
  line_figures take_figures();

  /// From an announcer: what the engine wants of a call.
  void open(const std::string& call_control_id, const std::string& url);
  void engine_hung_up(const std::string& call_control_id);
  void rejected(const std::string& call_control_id, const std::string& why);

 private:
  static constexpr std::size_t slots = 20;

  void run();
  void turn_wheel();
  void tick(std::size_t slot);
  void place_due();
  void place(std::uint32_t number);
  void post(std::function<void()> call);
  void run_posted();
  void call_of(const std::string& call_control_id, const std::function<void(caller&)>& with);

  settings how_;
  const sound_book& book_;
  call_book& calls_;
  call_announcer* announcer_ = nullptr;
  int epoll_;
  int timer_;
  caller_ward ward_;
  line_figures figures_;  // lateness alone; the rest is in the ward
  std::array<std::vector<std::unique_ptr<caller>>, slots> wheel_;
  std::unordered_map<std::string, caller*> announced_;
  std::uint64_t turned_ = 0;  // slots since the start
  moment started_;
  std::atomic<std::uint32_t> placed_ = 0;
  double allowance_ = 0;
  bool leaving_ = false;
  std::atomic<std::size_t> wanted_ = 0;
  std::atomic<std::size_t> live_ = 0;
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;
  std::vector<call_result> results_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace tandem::lab
