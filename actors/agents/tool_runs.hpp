#pragma once

#include "actors/agents/agent.hpp"
#include "protocols/agents/chat_completions.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tandem {

struct http_tool;

/// The tools that this agent's model may call, as it is told of them.
std::vector<chat::tool> offered_tools(const agent_settings& settings);

/// The tools that one answer of a model calls, all at once; dropping it abandons what is under way.
class tool_runs {
 public:
  /// `done` is called when every call has its result, perhaps before `start` returns.
  tool_runs(const agent_settings& settings, agent_host& host, std::uint32_t turn, agent_sink& sink,
            std::vector<chat::tool_call> calls, std::function<void()> done);
  tool_runs(const tool_runs&) = delete;

  void start();

  const std::vector<chat::tool_call>& calls() const { return calls_; }

  /// In the order of the calls; of what is under way it is said that it was interrupted.
  const std::vector<std::string>& results() const { return results_; }

  /// How the reply ends, if the calls want it to.
  const std::optional<turns::reply_end>& end() const { return end_; }

  /// Whether something was said for them.
  bool has_spoken() const { return has_spoken_; }

 private:
  std::string run(std::size_t which);
  std::string begin_request(std::size_t which, const http_tool& tool);
  void settle(std::size_t which, std::string result);
  void say(const std::string& text);

  const agent_settings& settings_;
  agent_host& host_;
  std::uint32_t turn_;
  agent_sink& sink_;
  std::vector<chat::tool_call> calls_;
  std::function<void()> done_;
  std::vector<std::string> results_;
  std::vector<std::unique_ptr<http_exchange>> exchanges_;
  std::size_t open_ = 0;
  std::optional<turns::reply_end> end_;
  bool has_spoken_ = false;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace tandem
