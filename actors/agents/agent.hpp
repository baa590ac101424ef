#pragma once

#include "actors/agents/agent_host.hpp"
#include "protocols/conversation/conversation.hpp"
#include "protocols/conversation/turn_events.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

/// What answers the caller. An agent belongs to one call's dialogue and runs on that call's loop.
namespace tandem {

struct call_record;
struct script;
struct toolbox;

/// What an agent notes, as `true`, about somebody who does not want to be called again.
inline constexpr std::string_view do_not_call_key = "do_not_call";

/// What the agent is asked, and everything before it.
struct agent_request {
  /// Names the reply; never used twice in a call.
  std::uint32_t turn = 0;
  /// The caller's words or keys; empty for what is neither.
  std::string_view text;
  /// Its history ends before `text`.
  const conversation& so_far;
  turns::question about = turns::question::words;
  /// Asked before the caller has certainly finished: nothing may be done that cannot be taken back, until
  /// `confirm`.
  bool early = false;
};

/// Takes an agent's reply: sentences in order, then one end. Everything for a turn that was cancelled is
/// ignored.
class agent_sink {
 public:
  virtual ~agent_sink() = default;

  /// The first words of a reply that comes in pieces, before they are a sentence.
  virtual void began(std::uint32_t /*turn*/) {}

  /// The next whole sentence, to be spoken.
  virtual void sentence(std::uint32_t turn, std::string text) = 0;

  /// Something to keep with the call's record once the caller hears this reply; before `finished`.
  virtual void note(std::uint32_t turn, std::string key, std::string text) = 0;

  /// The next sentence, or the end, will take so much longer than an agent may usually think.
  virtual void busy(std::uint32_t turn, std::chrono::milliseconds wait) = 0;

  /// The reply is complete.
  virtual void finished(std::uint32_t turn, turns::reply_end how = {}) = 0;

  /// There is no reply, or no more of it; `why` is for the log.
  virtual void failed(std::uint32_t turn, std::string why) = 0;
};

/// One call's agent.
class agent {
 public:
  virtual ~agent() = default;

  /// What to say first when the configuration has no greeting; may be empty.
  virtual std::string greeting() const { return {}; }

  /// The caller is there, or is there again; comes before every question.
  virtual void begin(const call_record& /*call*/) {}

  /// Whether it has something to say when the call begins or the caller is silent.
  virtual bool wants(turns::question /*about*/) const { return false; }

  /// Whether it can be asked early. What it says then is kept back by who asks.
  virtual bool may_be_asked_early() const { return false; }

  /// What was asked early is the caller's whole turn.
  virtual void confirm(std::uint32_t /*turn*/) {}

  /// The caller has begun to speak: a question is to be expected.
  virtual void expect() {}

  /// The caller has cut a reply short when they had heard so much.
  virtual void interrupted(const std::string& /*heard_text*/, const conversation& /*so_far*/) {}

  /// What is still to be sent when the call has ended; the answer is nobody's.
  virtual std::optional<http_request> farewell(const std::string& /*end_reason*/,
                                               const conversation& /*so_far*/) {
    return std::nullopt;
  }

  /// Replies to the caller, at once or later; the request and what it points to last only for this call, the
  /// sink as long as the agent. At most one reply is under way.
  virtual void answer(const agent_request& request, agent_sink& sink) = 0;

  /// The reply is not wanted any more. After `unheard` it counts as never asked for: the same words may come
  /// again, with more behind them.
  virtual void cancel(std::uint32_t turn, turns::dismissal why) = 0;

  /// The agent's state as UTF-8, for `load` of another agent with the same settings.
  virtual std::string save() const = 0;

  /// Takes up a saved state; false, and nothing changes, when it is none of this agent's.
  virtual bool load(std::string_view state) = 0;
};

/// Which agent, and what it works with.
struct agent_settings {
  /// `echo`, `script`, `openai`, `webhook`, or `quiet` where somebody has taken over.
  std::string kind = "script";
  /// The dialogue of kind `script` (see script_file.hpp), shared by all calls.
  std::shared_ptr<const script> dialogue{};
  /// The file it was read from; empty when it came over the API.
  std::string dialogue_file{};
  /// Of kind `openai`: the server's address up to `/chat/completions`, and how to ask there. Of kind
  /// `webhook`: where events are posted.
  std::string url{};
  std::string api_key{};
  std::string model{};
  /// Empty = one that suits a telephone call.
  std::string system_prompt{};
  /// What the model may do (see toolbox.hpp), shared by all calls; none = only what every agent can.
  std::shared_ptr<const toolbox> tools{};
  /// The HMAC that events and requests to tools are signed with; none = they are not.
  std::function<std::array<std::uint8_t, 32>(std::string_view text)> sign{};
};

/// One line that names what is wrong with these settings and what is allowed; empty when nothing is.
std::string fault_of(const agent_settings& settings);

/// An agent for one call. The settings must have no fault, and outlive it, as must the host.
std::unique_ptr<agent> make_agent(const agent_settings& settings, agent_host& host);

}  // namespace tandem
