#pragma once

#include "actors/agents/agent.hpp"
#include "actors/agents/script_file.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// Holds the dialogue that a script describes; needs no network and replies at once.
class script_agent final : public agent {
 public:
  /// The dialogue must have been loaded without fault.
  explicit script_agent(std::shared_ptr<const script> dialogue);

  std::string greeting() const override;
  bool wants(turns::question about) const override;
  bool may_be_asked_early() const override { return true; }
  void answer(const agent_request& request, agent_sink& sink) override;
  void cancel(std::uint32_t turn, turns::dismissal why) override;
  std::string save() const override;
  bool load(std::string_view state) override;

 private:
  /// What the caller has told us under a slot's name.
  struct told {
    std::string slot;
    spoken_value what;

    static void describe(auto& a, auto& self) {
      a("slot", self.slot);
      a("value", self.what.value);
      a("spoken", self.what.spoken);
    }
  };

  /// Where the dialogue is.
  struct position {
    std::string node;
    std::uint32_t misses = 0;
    std::vector<told> slots;

    static void describe(auto& a, auto& self) {
      a("node", self.node);
      a("misses", self.misses);
      a("slots", self.slots);
    }
  };

  /// The dialogue's state, and where it was before the last reply, should that be withdrawn.
  struct progress {
    position at;
    position before;
    std::uint32_t turn = 0;

    static void describe(auto& a, auto& self) {
      a("at", self.at);
      a("before", self.before);
      a("turn", self.turn);
    }
  };

  bool is_valid(const position& where) const;
  const spoken_value* find(std::string_view slot) const;
  void set(const std::string& slot, spoken_value what);
  void enter(std::string node);
  std::string filled(std::string_view text, bool for_record) const;
  void speak(std::uint32_t turn, std::string_view text, agent_sink& sink) const;
  void miss(std::uint32_t turn, agent_sink& sink);

  std::shared_ptr<const script> script_;
  progress progress_;
};

}  // namespace tandem
