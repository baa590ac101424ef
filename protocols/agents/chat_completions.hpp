#pragma once

#include "protocols/json.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Chat completions as OpenAI, vLLM, Ollama and llama.cpp serve them: `POST {base}/chat/completions`,
/// streamed.
namespace tandem::chat {

/// A tool that the model wants called.
struct tool_call {
  std::string id;
  std::string name;
  /// A JSON object, as text; the model may have got it wrong.
  std::string arguments;
};

enum class role : std::uint8_t { system, user, assistant, tool };

/// One message of the history. Every tool call must be answered by one message of role `tool` before the
/// assistant speaks again.
struct message {
  role by = role::user;
  std::string text;
  /// By the assistant.
  std::vector<tool_call> calls{};
  /// Of a tool: which call it answers.
  std::string call_id{};
};

/// A tool that the model may call.
struct tool {
  std::string name;
  std::string description;
  /// A JSON schema, as text.
  std::string parameters;
};

/// What to ask.
struct request {
  std::string_view model;
  std::span<const message> messages;
  std::span<const tool> tools{};
  /// 0 = as the server likes.
  std::uint32_t max_tokens = 0;
  std::optional<double> temperature{};
};

/// The request's JSON: streamed, with the usage at its end.
std::string request_body(const request& what);

/// Tokens, as the server counts them.
struct usage {
  std::uint64_t input_tokens = 0;
  std::uint64_t output_tokens = 0;
};

/// How far a reply's stream has come. `ended`: the server said that it is whole. Without that it is cut off,
/// whatever it brought.
enum class progress : std::uint8_t { open, ended, failed };

/// Puts a reply together out of the events of its stream; tolerant of everything that known servers do wrong.
class reply_reader {
 public:
  static constexpr std::size_t max_calls = 16;                          ///< tool calls of one reply
  static constexpr std::size_t max_arguments = std::size_t{64} * 1024;  ///< bytes of one call's arguments

  /// Reads the data of one event; gives the text to be said that it brings. A further event after the end or
  /// a failure is ignored, but for the usage.
  std::string read(std::string data);

  progress state() const { return state_; }

  /// Why it failed, in one line for the log; empty otherwise.
  const std::string& failure() const { return failure_; }

  /// The tools that the reply calls, in order, every one with a name, an id and arguments (`{}` when the
  /// model gave none); complete once the stream is. Takes them out.
  std::vector<tool_call> take_calls();

  const usage& used() const { return used_; }

 private:
  struct open_call {
    std::int64_t index = 0;
    tool_call call;
  };

  void fail(std::string why);
  void read_choice(const json::value& choice, std::string& text);
  void read_call(std::optional<std::int64_t> index, std::string_view id, const json::value& function);

  progress state_ = progress::open;
  std::string failure_;
  std::vector<open_call> calls_;
  usage used_;
};

/// What an answer other than 200 means.
struct refusal {
  /// In one line for the log.
  std::string why;
  /// Whether the same request can succeed later.
  bool may_pass = false;
  /// How long the server wants us to wait; nothing when it did not say.
  std::optional<std::chrono::milliseconds> wait{};
};

/// Reads a refusal: `status` 0 = no answer at all. The headers are `retry-after-ms`, `retry-after` and
/// `x-should-retry`, empty when missing; a date is no wait that this can tell, and a wait of over two minutes
/// never passes.
refusal read_refusal(unsigned status, std::string body, std::string_view retry_after_ms,
                     std::string_view retry_after, std::string_view should_retry);

}  // namespace tandem::chat
