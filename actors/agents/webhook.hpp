#pragma once

#include "actors/agents/agent.hpp"
#include "protocols/agents/agent_webhook.hpp"
#include "protocols/conversation/record.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// Lets the operator's server answer: it is posted what happens and answers with what to do, as one JSON
/// object or as lines that are done as they come.
class webhook_agent final : public agent {
 public:
  webhook_agent(const agent_settings& settings, agent_host& host) : settings_(settings), host_(host) {}
  ~webhook_agent() override;

  void begin(const call_record& call) override;
  bool wants(turns::question) const override { return true; }
  void expect() override;
  void interrupted(const std::string& heard_text, const conversation& so_far) override;
  std::optional<http_request> farewell(const std::string& end_reason, const conversation& so_far) override;
  void answer(const agent_request& request, agent_sink& sink) override;
  void cancel(std::uint32_t turn, turns::dismissal why) override;
  std::string save() const override;
  bool load(std::string_view state) override;

 private:
  /// How an answer is read; it is known from its first line.
  enum class form : std::uint8_t { unknown, whole, lines };

  /// An answer under way.
  struct reply {
    std::uint32_t turn = 0;
    agent_sink* sink = nullptr;
    std::string event;
    form kind = form::unknown;
    std::string body;
    agent_webhook::line_cutter lines;
    /// Something of it was done, so that it cannot be asked for again.
    bool acted = false;
    bool over = false;
    unsigned failures = 0;
    timer retry;
    std::unique_ptr<http_exchange> exchange;
  };

  bool is_current(std::uint32_t turn) const { return reply_ && reply_->turn == turn && !reply_->over; }
  std::string event_of(agent_webhook::event_kind kind, std::string_view detail, const conversation& so_far,
                       bool beep = false);
  http_request request_of(std::string body) const;
  void ask();
  void read(std::string_view bytes);
  void take_lines(const std::vector<std::string>& lines);
  void on_answer(const http_answer& answer);
  void do_all(const std::vector<agent_webhook::action>& actions);
  void act(const agent_webhook::action& what);
  void perform(const agent_webhook::say& what) { say(what.text); }
  void perform(const agent_webhook::ask& what);
  void perform(const agent_webhook::transfer& what) { finish({turns::next::transfer, what.to}); }
  void perform(const agent_webhook::hang_up&) { finish({turns::next::hang_up}); }
  void perform(const agent_webhook::hold& what);
  void perform(const agent_webhook::wait& what) { finish({.time = std::chrono::seconds(what.seconds)}); }
  void perform(const agent_webhook::send_dtmf& what);
  void perform(const agent_webhook::play& what);
  void perform(const agent_webhook::set& what);
  void say(const std::string& text);
  void finish(turns::reply_end how = {});
  void fail(std::string why, bool may_pass);

  const agent_settings& settings_;
  agent_host& host_;
  call_record call_;
  std::uint64_t events_ = 0;
  std::unique_ptr<reply> reply_;
  std::deque<std::unique_ptr<http_exchange>> notices_;
};

}  // namespace tandem
