#pragma once

#include "actors/agents/agent.hpp"
#include "actors/agents/chat_memory.hpp"
#include "actors/agents/tool_runs.hpp"
#include "actors/runtime/circuit_breaker.hpp"
#include "protocols/agents/chat_completions.hpp"
#include "protocols/agents/event_stream.hpp"
#include "protocols/agents/thoughts.hpp"
#include "protocols/conversation/sentences.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// Lets a language model answer, at any server that has OpenAI's chat completions. A sentence is spoken as
/// soon as it stands; tools are run and their results told to the model until it has no more to do.
class chat_agent final : public agent {
 public:
  chat_agent(const agent_settings& settings, agent_host& host);
  ~chat_agent() override;

  void begin(const call_record& call) override;
  bool wants(turns::question) const override { return true; }
  bool may_be_asked_early() const override { return true; }
  void confirm(std::uint32_t turn) override;
  void expect() override;
  void answer(const agent_request& request, agent_sink& sink) override;
  void cancel(std::uint32_t turn, turns::dismissal why) override;
  std::string save() const override { return memory_.save(); }
  bool load(std::string_view state) override { return memory_.load(state); }

 private:
  /// One answer of the model; a reply that uses tools takes several.
  struct round {
    event_stream events;
    chat::reply_reader reader;
    thought_filter thoughts;
    sentence_cutter sentences;
    /// What was said in it.
    std::string said;
    bool whole = false;
    /// The tools that it wants called, until they are.
    std::vector<chat::tool_call> calls;
    /// Until it is known whether the server answers.
    std::optional<circuit_breaker::attempt> attempt;
    std::unique_ptr<http_exchange> exchange;
  };

  /// The reply under way.
  struct reply {
    std::uint32_t turn = 0;
    agent_sink* sink = nullptr;
    /// The last turn before it.
    std::uint32_t after = 0;
    std::vector<chat::message> messages;
    chat_agent::round round;
    unsigned rounds = 0;
    unsigned failures = 0;
    bool begun = false;
    bool spoken = false;
    bool over = false;
    /// Tools are not run before the question is.
    bool confirmed = true;
    bool tools_wait = false;
    /// Until it is asked for again, or its tools are run.
    timer wait;
    std::unique_ptr<tool_runs> tools;
  };

  bool is_current(std::uint32_t turn) const { return reply_ && reply_->turn == turn && !reply_->over; }
  void ask();
  void read(std::string_view bytes);
  void take(const std::vector<std::string>& events);
  void speak(const std::vector<std::string>& sentences);
  void on_answer(const http_answer& answer);
  void complete();
  void run_tools();
  void on_tools_done();
  void server_works();
  void server_failed();
  void try_again(std::string why, bool may_pass, std::optional<std::chrono::milliseconds> wait);
  void finish(turns::reply_end how = {});
  void drop();

  const agent_settings& settings_;
  agent_host& host_;
  const std::string url_;
  circuit_breaker* const breaker_;
  const std::vector<chat::tool> tools_;
  std::string prompt_;
  chat_memory memory_;
  std::unique_ptr<reply> reply_;
};

}  // namespace tandem
