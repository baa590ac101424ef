#pragma once

#include "tests/system/control_fixture.hpp"

#include <deque>

namespace tandem::test {

/// Somebody on the line on that day.
class day_person final : public lab::person {
 public:
  enum class manner {
    /// Hangs up when the agent has said something.
    leaves,
    /// Says goodbye then, and waits for the agent to hang up.
    says_goodbye,
    /// Stays until told to leave.
    stays
  };

  explicit day_person(manner how) : how_(how) {}

  void speak(moment now, lab::frame& out) override;
  void hear(moment now, const lab::frame& heard, bool is_audio) override;
  char presses(moment now) override;
  bool hangs_up(moment now) override;

  /// From any thread.
  void press(std::string_view keys);
  std::atomic<bool> leaving = false;
  /// Whether the other side left the line without a word for too long.
  std::atomic<bool> gave_up = false;

 private:
  bool was_told(moment now) const;

  manner how_;
  std::size_t said_ = 0;
  std::optional<moment> began_;
  std::optional<moment> heard_last_;
  std::mutex mutex_;
  std::deque<char> keys_;
};

/// What is to come of a number that is called, or that calls.
struct day_fate {
  lab::callee who = lab::callee::answers;
  day_person::manner how = day_person::manner::leaves;
  /// How the engine has to tell it.
  std::string_view end_reason = end_reason::caller_hung_up;
};

/// Who is where.
namespace numbers {
inline constexpr std::string_view ours = "+13125550100";
// They call us.
inline constexpr std::string_view presser = "+13125550201";
inline constexpr std::string_view farewell_sayer = "+13125550202";
inline constexpr std::string_view transferred = "+13125550203";
inline constexpr std::string_view interrupter = "+13125550204";
inline constexpr std::string_view cut_off = "+13125550205";
inline constexpr std::string_view early = "+13125550206";
// We call them.
inline constexpr std::string_view busy = "+13125550101";
inline constexpr std::string_view silent = "+13125550102";
inline constexpr std::string_view machine = "+13125550103";
inline constexpr std::string_view menu = "+13125550110";
inline constexpr std::string_view leaver = "+13125550111";
inline constexpr std::string_view goodbye = "+13125550112";
inline constexpr std::string_view untransferred = "+13125550113";
// Others.
inline constexpr std::string_view colleague = "+13125550177";

/// The campaign's n-th, from 0 to 99.
std::string of_campaign(std::size_t n);
bool is_of_campaign(std::string_view number);
}  // namespace numbers

day_fate fate_of(std::string_view number);

/// The lab's carrier on that day: who is at which number, and what became of every leg.
class day_line {
 public:
  void install(const std::shared_ptr<day_line>& self, lab::carrier_options& line);

  /// Somebody more, who stays as long as the line.
  day_person& add(day_person::manner how);

  /// Whoever answered at this number last.
  day_person& at(std::string_view number);

  /// Every leg that is over.
  std::vector<lab::call_outcome> legs();

  /// How many of those on the line waited in vain.
  std::size_t given_up();

 private:
  std::mutex mutex_;
  std::vector<lab::call_outcome> over_;
  std::vector<std::unique_ptr<day_person>> people_;
  std::map<std::string, day_person*, std::less<>> at_;
};

}  // namespace tandem::test
