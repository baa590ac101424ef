#pragma once

#include "actors/runtime/link.hpp"
#include "actors/runtime/loop.hpp"
#include "tests/lab/cluster/spoken_word.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tandem::lab {

/// One Scribe session that recognises the turns of patient callers by their frames' tags, and writes them as
/// `naming_text`. Lives on its link's loop.
class word_recogniser final : public link_events {
 public:
  word_recogniser(loop& home, std::shared_ptr<link> client, std::string_view query,
                  std::function<void()> gone);

 private:
  struct answer {
    moment due;
    std::string text;
  };

  void on_text(std::span<char> text) override;
  void on_closed(const link_closed&) override { gone_(); }

  void hear(std::span<const std::uint8_t> audio);
  std::string text() const;
  void commit();
  void answer_due();

  loop& home_;
  std::shared_ptr<link> client_;
  std::function<void()> gone_;
  tag_reader tags_;
  std::uint32_t call_ = 0;
  // Of what is not committed: frames of each turn, and of how many there was a partial transcript.
  std::map<std::uint32_t, std::uint32_t> turns_;
  std::uint32_t told_ = 0;
  std::deque<answer> answers_;
  std::string out_;
  timer start_;
  timer answering_;
};

}  // namespace tandem::lab
