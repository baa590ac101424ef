#pragma once

#include "actors/call_recorder.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace tandem::test {

/// Keeps recordings side by side.
struct fake_recorder final : call_recorder {
  void write(const std::string& call_id, std::uint64_t position, std::vector<std::uint8_t> stereo_ulaw,
             std::uint32_t rate) override {
    CHECK_FALSE(finished.contains(call_id));
    auto& call = calls[call_id];
    call.rate = rate;
    CHECK(position == call.caller.size());
    for (std::size_t i = 0; i + 1 < stereo_ulaw.size(); i += 2) {
      call.caller.push_back(stereo_ulaw[i]);
      call.agent.push_back(stereo_ulaw[i + 1]);
    }
  }
  void finish(const std::string& call_id) override { CHECK(finished.insert(call_id).second); }
  void forget(std::vector<std::string> call_ids) override {
    for (const auto& id : call_ids) calls.erase(id);
    forgotten.insert(call_ids.begin(), call_ids.end());
  }

  struct sides {
    std::vector<std::uint8_t> caller;
    std::vector<std::uint8_t> agent;
    std::uint32_t rate = 0;
  };
  std::map<std::string, sides> calls;
  std::set<std::string> finished;
  std::set<std::string> forgotten;
};

}  // namespace tandem::test
