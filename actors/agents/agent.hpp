#pragma once

#include "protocols/conversation/conversation.hpp"
#include "protocols/conversation/turn_events.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

/// What answers the caller. An agent belongs to one call's dialogue and runs on that call's loop.
namespace tandem {

struct script;

/// The caller's words, and everything before them.
struct agent_request {
  /// Names the reply; never used twice in a call.
  std::uint32_t turn = 0;
  std::string_view text;
  /// Its history ends before `text`.
  const conversation& so_far;
};

/// Takes an agent's reply: sentences in order, then one end. Everything for a turn that was cancelled is
/// ignored.
class agent_sink {
 public:
  virtual ~agent_sink() = default;

  /// The next whole sentence, to be spoken.
  virtual void sentence(std::uint32_t turn, std::string text) = 0;

  /// Something to keep with the call's record once the caller hears this reply; before `finished`.
  virtual void note(std::uint32_t turn, std::string key, std::string text) = 0;

  /// The reply is complete.
  virtual void finished(std::uint32_t turn, turns::next then) = 0;

  /// There is no reply, or no more of it; `why` is for the log.
  virtual void failed(std::uint32_t turn, std::string why) = 0;
};

/// One call's agent.
class agent {
 public:
  virtual ~agent() = default;

  /// What to say first when the configuration has no greeting; may be empty.
  virtual std::string greeting() const { return {}; }

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
  /// `echo` or `script`.
  std::string kind = "script";
  /// The dialogue of kind `script` (see script_file.hpp), shared by all calls.
  std::shared_ptr<const script> dialogue;
};

/// An agent for one call, or one line that names what is wrong and what is allowed.
tl::expected<std::unique_ptr<agent>, std::string> make_agent(const agent_settings& settings);

}  // namespace tandem
