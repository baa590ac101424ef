#pragma once

#include "protocols/moment.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>

namespace tandem {

/// The keys that a caller presses, each once. The carrier may tell of a press by an event, leave its tones in
/// the audio, or both, in either order and some hundred milliseconds apart.
class pressed_keys {
 public:
  /// So long a key whose tones were heard waits for its event, the only one that counts where there are any.
  static constexpr std::chrono::milliseconds grace{250};

  /// So long behind a key that was told for its tones, an event is of the same press.
  static constexpr std::chrono::milliseconds same_press{1000};

  /// An event came; false when its press was told already.
  bool take_event(char key, moment now);

  /// A key's tones were heard; once there are events they say nothing more.
  void take_tones(char key, moment now);

  /// The next key that was heard and got no event in time, to be told now.
  std::optional<char> next(moment now);

  /// When there is one, if no event comes.
  std::optional<moment> deadline() const;

 private:
  /// Of keys that wait, and of those that were told: more than fingers can press in that time.
  static constexpr std::size_t most = 32;

  struct press {
    char key;
    moment at;
  };

  bool has_events_ = false;
  std::deque<press> heard_;  // wait for their events
  std::deque<press> told_;
};

}  // namespace tandem
