#pragma once

#include "actors/agents/agent.hpp"
#include "protocols/agents/chat_completions.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// What a model did with its tools in a call, which the conversation does not know of.
class chat_memory {
 public:
  static constexpr std::size_t max_steps = 32;                       ///< the oldest goes first
  static constexpr std::size_t max_bytes = std::size_t{128} * 1024;  ///< of all; the oldest goes first

  /// The conversation as a model is told it: the prompt, what was said and heard, what it did, the question.
  std::vector<chat::message> messages(std::string_view prompt, const agent_request& request) const;

  /// Tools called while the reply to this request was made, with their results in the same order.
  void add(std::uint32_t after, const std::vector<chat::tool_call>& calls,
           const std::vector<std::string>& results);

  std::string save() const;
  bool load(std::string_view state);

 private:
  struct done_call {
    std::string id;
    std::string name;
    std::string arguments;
    std::string result;

    static void describe(auto& a, auto& self) {
      a("id", self.id);
      a("name", self.name);
      a("arguments", self.arguments);
      a("result", self.result);
    }
    std::size_t bytes() const { return id.size() + name.size() + arguments.size() + result.size(); }
  };
  struct step {
    /// The number of the last turn before it.
    std::uint32_t after = 0;
    std::vector<done_call> calls;

    static void describe(auto& a, auto& self) {
      a("after", self.after);
      a("calls", self.calls);
    }
    std::size_t bytes() const;
  };

  static void append(const step& done, std::vector<chat::message>& to);

  std::deque<step> steps_;
};

/// The number of the last turn before a request.
std::uint32_t last_turn_before(const agent_request& request);

}  // namespace tandem
