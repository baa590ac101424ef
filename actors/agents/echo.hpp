#pragma once

#include "actors/agents/agent.hpp"

namespace tandem {

/// Speaks back each of the caller's turns word for word.
class echo_agent final : public agent {
 public:
  bool may_be_asked_early() const override { return true; }
  void answer(const agent_request& request, agent_sink& sink) override;
  void cancel(std::uint32_t, turns::dismissal) override {}
  std::string save() const override { return {}; }
  bool load(std::string_view state) override { return state.empty(); }
};

}  // namespace tandem
