#pragma once

#include "protocols/conversation/caller_draft.hpp"
#include "protocols/moment.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::turns {

/// When an entry of keys is complete.
struct key_rules {
  /// With so many keys.
  std::uint32_t most = 32;
  /// With this key, which is not part of it; empty = with none.
  std::string finish = "#";
  /// So long after the last key.
  std::chrono::milliseconds pause{2000};

  static void describe(auto& a, auto& self) {
    a("most", self.most);
    a("finish", self.finish);
    a("pause", self.pause);
  }
};

/// Keys that belong together; none but the key that ends an entry give an empty text.
struct keys {
  std::string text;
  moment began;
  moment ended;

  /// The keys of what `as_said` gave.
  static std::string text_of(std::string_view said) {
    constexpr std::string_view before = "[pressed ";
    if (!said.starts_with(before) || !said.ends_with(']')) return {};
    const auto pressed = said.substr(before.size(), said.size() - before.size() - 1);
    return pressed == "#" ? std::string() : std::string(pressed);
  }

  /// As they stand among the caller's turns.
  said as_said() const {
    return {"[pressed " + (text.empty() ? "#" : text) + "]", began, ended, {}, {}, {}, ended};
  }
};

/// Gathers the keys that a caller presses.
class key_entry {
 public:
  static constexpr std::size_t max_keys = 64;  ///< whatever the rules allow

  static constexpr bool is_key(char key) {
    return (key >= '0' && key <= '9') || key == '*' || key == '#' || (key >= 'A' && key <= 'D');
  }

  /// How the next entry ends; the one after it ends by the default again.
  void expect(key_rules rules) { rules_ = std::move(rules); }

  /// Anything but a key is ignored, as is what comes after the end, the key that ends a full entry included.
  void press(char key, moment now);

  /// Whether nothing has been pressed.
  bool is_empty() const { return !began_; }

  bool is_complete(moment now) const { return began_ && (finished_ || *deadline() <= now); }

  /// When it is complete if nothing more is pressed.
  std::optional<moment> deadline() const;

  /// When the first key was pressed.
  std::optional<moment> began() const { return began_; }

  /// What was pressed, perhaps nothing but the key that ends it; the entry is empty then.
  keys take(moment now);

  static void describe(auto& a, auto& self) {
    a("rules", self.rules_);
    a("text", self.text_);
    a("began", self.began_);
    a("ended", self.ended_);
    a("finished", self.finished_);
  }

 private:
  key_rules rules_;
  std::string text_;
  std::optional<moment> began_;
  moment ended_;
  bool finished_ = false;  // of an empty entry: the one before was full, its finishing key may follow
};

}  // namespace tandem::turns
