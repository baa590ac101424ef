#pragma once

#include "actors/runtime/link.hpp"
#include "actors/runtime/loop.hpp"
#include "tests/lab/cluster/spoken_word.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tandem::lab {

/// One text-to-speech socket that speaks each `spoken_word` as frames that say which one they are, and
/// whatever else as noise. Lives on its link's loop.
class word_voice final : public link_events {
 public:
  word_voice(loop& home, std::shared_ptr<link> client, std::function<void()> gone);

 private:
  /// A context's words, each with the blank behind it.
  struct context {
    std::deque<std::string> words;
    bool closing = false;
  };

  void on_text(std::span<char> text) override;
  void on_writable() override;
  void on_closed(const link_closed&) override { gone_(); }

  void add(context& to, std::string_view text);
  void speak_next();
  void say(const std::string& id, const std::string& word);

  loop& home_;
  std::shared_ptr<link> client_;
  std::function<void()> gone_;
  std::map<std::string, context, std::less<>> contexts_;
  bool ending_ = false;
  bool held_ = false;
  moment next_;
  timer pacing_;
  std::string out_;
};

}  // namespace tandem::lab
