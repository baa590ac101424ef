#pragma once

#include "tests/lab/chat_server.hpp"
#include "tests/lab/load/call_facts.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::lab {

/// What every call may hear besides its own replies: how the model greets, and what is said when it fails.
inline constexpr std::string_view model_greeting = "Good day.";
inline constexpr std::string_view model_apology = "One moment please.";
std::vector<std::string> common_texts();

/// What goes wrong with the next question of a call, which is about this turn of its caller; notes it.
chat_fault next_model_fault(call_facts& call, std::uint32_t turn);

/// What the model answers: the caller's words again, and in some calls more sentences when it will break off.
std::string model_reply(const chat_question& question);

/// The language model of load: says to callers what they said, but for what the plans of their calls have it
/// do wrong.
class load_model {
 public:
  /// Listens on a free port of `host`. Loop and calls outlive it.
  load_model(asio_loop& home, const std::string& host, const call_book& calls);

  std::uint16_t port() const { return server_.port(); }

  /// Every question is refused with this status; 1 breaks its answer off, 0 is as planned. Any thread.
  void refuse(unsigned status) { refusal_ = status; }

  std::uint64_t asked() const { return asked_; }
  std::uint64_t refused() const { return refused_; }

  /// Answers that somebody still reads. Not from a loop's thread.
  std::size_t open_answers();

 private:
  chat_fault fault_of(const chat_question& question);

  asio_loop& home_;
  const call_book& calls_;
  std::atomic<unsigned> refusal_ = 0;
  std::atomic<std::uint64_t> asked_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;
  chat_server server_;
};

}  // namespace tandem::lab
