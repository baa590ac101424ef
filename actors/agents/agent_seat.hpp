#pragma once

#include "actors/agents/agent.hpp"
#include "actors/messages.hpp"
#include "protocols/conversation/turns.hpp"

#include <memory>

namespace tandem {

struct call_settings;

/// Who answers in a call's dialogue and under whose rules; somebody else may do so from a later question on.
class agent_seat {
 public:
  explicit agent_seat(agent_host& host) : host_(host) {}

  /// Takes the call's first agent; its settings were checked before.
  void take(std::shared_ptr<const call_settings> settings);

  /// The call begins, for this agent and for those that come later.
  void begin(const call_record& call);

  /// These settings hold from `change` on. What is left of the agent before this one goes, so nothing of it
  /// may be on the stack.
  void appoint(std::shared_ptr<const call_settings> settings);

  bool is_to_change() const { return coming_ != nullptr; }

  /// Seats who was appointed; one of the same kind goes on where the present one is, or was before it fell
  /// quiet; of that something may still be under way. The rules that hold from now on.
  turns::agent_changed change();

  agent* operator->() const { return present_.answers.get(); }

  const call_settings& settings() const { return *present_.settings; }

  /// The turns' rules for a call that begins.
  turns::settings rules() const;

 private:
  struct seated {
    std::shared_ptr<const call_settings> settings;
    std::unique_ptr<agent> answers;
  };

  bool is_preemptive() const;
  std::chrono::milliseconds silence_prompt() const;

  agent_host& host_;
  call_record call_;
  std::shared_ptr<const call_settings> coming_;
  seated former_;
  seated present_;
};

}  // namespace tandem
