#pragma once

#include "actors/agents/agent.hpp"

#include <string>
#include <utility>
#include <vector>

namespace tandem {

/// Asks an agent and keeps what it says.
class agent_probe final : public agent_sink {
 public:
  void began(std::uint32_t) override { ++begun; }
  void sentence(std::uint32_t turn, std::string text) override {
    last_turn = turn;
    sentences.push_back(std::move(text));
  }
  void note(std::uint32_t, std::string key, std::string text) override { notes.push_back(key + "=" + text); }
  void busy(std::uint32_t, std::chrono::milliseconds wait) override { waits.push_back(wait); }
  void finished(std::uint32_t turn, turns::reply_end how) override {
    last_turn = turn;
    ends.push_back(how.then);
    target = std::move(how.to);
    keys = std::move(how.keys);
    time = how.time;
  }
  void failed(std::uint32_t, std::string why) override { failures.push_back(std::move(why)); }

  /// The reply as one text, with " <hang up>" or whom to transfer to at its end; its parts are kept until the
  /// next ask.
  std::string ask(agent& who, const std::string& text, turns::question about = turns::question::words) {
    sentences.clear();
    notes.clear();
    ends.clear();
    who.answer({++turn, text, nothing, about}, *this);
    std::string all;
    for (const auto& one : sentences) all += (all.empty() ? "" : " ") + one;
    if (!ends.empty() && ends.back() == turns::next::hang_up) all += " <hang up>";
    if (!ends.empty() && ends.back() == turns::next::transfer) all += " <transfer to " + target + ">";
    return all;
  }

  conversation nothing;
  std::uint32_t turn = 0;
  std::uint32_t last_turn = 0;
  unsigned begun = 0;
  std::vector<std::string> sentences;
  std::vector<std::string> notes;
  std::vector<turns::next> ends;
  std::vector<std::chrono::milliseconds> waits;
  std::string target;
  std::optional<turns::key_rules> keys;
  std::chrono::milliseconds time{0};
  std::vector<std::string> failures;
};

}  // namespace tandem
