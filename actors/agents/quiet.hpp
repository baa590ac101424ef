#pragma once

#include "actors/agents/agent.hpp"

#include <string>

namespace tandem {

/// Says nothing, whatever the caller does: somebody else talks to them, through the API. It keeps the state
/// of the agent before it for the one after it.
class quiet_agent final : public agent {
 public:
  void answer(const agent_request& request, agent_sink& sink) override { sink.finished(request.turn); }
  void cancel(std::uint32_t, turns::dismissal) override {}
  std::string save() const override { return kept_; }
  bool load(std::string_view state) override {
    kept_ = state;
    return true;
  }

 private:
  std::string kept_;
};

/// The kind of agent that nobody configures: a call that goes on gets it when somebody takes over.
inline constexpr std::string_view quiet_kind = "quiet";

}  // namespace tandem
