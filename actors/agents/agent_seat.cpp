#include "actors/agents/agent_seat.hpp"

#include "actors/agents/quiet.hpp"
#include "actors/runtime/services.hpp"

#include <string>
#include <tuple>
#include <utility>

#include <caf/raise_error.hpp>

namespace tandem {

void agent_seat::take(std::shared_ptr<const call_settings> settings) {
  // A call without an agent has no sense.
  if (const auto fault = fault_of(settings->agent); !fault.empty()) CAF_RAISE_ERROR(fault.c_str());
  present_.answers.reset();
  present_.settings = std::move(settings);
  present_.answers = make_agent(present_.settings->agent, host_);
}

void agent_seat::begin(const call_record& call) {
  call_ = call;
  present_.answers->begin(call_);
}

void agent_seat::appoint(std::shared_ptr<const call_settings> settings) {
  former_.answers.reset();
  coming_ = std::move(settings);
}

turns::agent_changed agent_seat::change() {
  // Whoever is quiet keeps for the next agent what the one before it knew; others load only what is theirs.
  const auto& [now, next] = std::tie(settings().agent.kind, coming_->agent.kind);
  const bool goes_on = now == next || now == quiet_kind || next == quiet_kind;
  const auto kept = goes_on ? present_.answers->save() : std::string();
  former_ = std::exchange(present_, {std::exchange(coming_, nullptr), nullptr});
  present_.answers = make_agent(settings().agent, host_);
  present_.answers->begin(call_);
  if (!kept.empty()) present_.answers->load(kept);
  const auto& turns = settings().turns;
  return {turns.agent_timeout, silence_prompt(), is_preemptive(), turns.fallback_reply};
}

turns::settings agent_seat::rules() const {
  auto rules = settings().turns;
  if (rules.greeting.empty()) rules.greeting = present_.answers->greeting();
  rules.agent_greets = present_.answers->wants(turns::question::start);
  rules.preemptive = is_preemptive();
  rules.silence_prompt = silence_prompt();
  return rules;
}

bool agent_seat::is_preemptive() const {
  return settings().turns.preemptive && present_.answers->may_be_asked_early();
}

std::chrono::milliseconds agent_seat::silence_prompt() const {
  using std::chrono::milliseconds;
  return present_.answers->wants(turns::question::silence) ? settings().turns.silence / 2 : milliseconds(0);
}

}  // namespace tandem
