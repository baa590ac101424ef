#pragma once

#include "protocols/moment.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace tandem {

/// The keys that a caller presses, each once and in their order. The carrier may tell of a press by an event,
/// leave its tones in the audio, or both, in either order and some hundred milliseconds apart; its events may
/// overtake each other.
class pressed_keys {
 public:
  /// Of the carrier's clock, which orders events and says nothing else here.
  using press_time = std::chrono::sys_time<std::chrono::microseconds>;

  /// So long a key whose tones were heard waits for its event, the only one that counts where there are any.
  static constexpr std::chrono::milliseconds grace{250};

  /// So long behind a key that was told for its tones, an event is of the same press.
  static constexpr std::chrono::milliseconds same_press{1000};

  /// So long an event waits for those of earlier presses: fingers and diallers take about as long from key to
  /// key, so that one may be delayed by twice this and keeps its place; and an agent that a key interrupts
  /// stops before one that a voice does.
  static constexpr std::chrono::milliseconds overtaken{100};

  /// An event came, of a press at this time; one without a time cannot have been overtaken, and waits for
  /// none but those that wait already. `next` is to be asked after each.
  void take_event(char key, std::optional<press_time> pressed, moment now);

  /// A key's tones were heard; once there are events they say nothing more.
  void take_tones(char key, moment now);

  /// No more events come for now: none has to wait for others.
  void expect_no_more(moment now);

  /// The next key that is to be told now: one of an event whose wait is over, or that comes too late for its
  /// place; or one that was heard and got no event in time.
  std::optional<char> next(moment now);

  /// When there is one, if no event comes.
  std::optional<moment> deadline() const;

 private:
  /// Of keys that wait, and of those that were told: more than fingers can press in that time. Events beyond
  /// it are told before their wait is over, tones are not.
  static constexpr std::size_t most = 32;

  struct press {
    char key;
    moment at;
  };
  struct event {
    char key;
    press_time pressed;
    moment due;
  };

  void keep(event what);
  char tell_event();
  char tell_heard(moment now);

  // Few at a time and mostly none.
  bool has_events_ = false;
  std::vector<event> events_;  // wait for earlier ones, in the order of both their times
  std::optional<press_time> newest_told_;
  std::vector<press> heard_;  // wait for their events
  std::vector<press> told_;   // for their tones
};

}  // namespace tandem
