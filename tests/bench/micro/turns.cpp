// What the turns of a call cost: the machine alone, and with what is remembered of them.

#include "protocols/conversation/conversation.hpp"
#include "protocols/conversation/heard_ledger.hpp"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <chrono>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tandem::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view words = "I would like a table for two at seven.";
constexpr std::string_view reply = "Gladly, for two at seven. Under which name, please?";

/// Tells a machine or a conversation what happens in a turn, and counts the events.
template <class Machine>
class partner {
 public:
  partner() { tell(turns::call_connected{}); }

  std::int64_t events() const { return events_; }
  std::uint32_t replies() const { return turn_; }
  std::string value() const { return machine_.to_json(now_); }

  /// The caller says something and hears a reply, whose number has to be the one that was asked for.
  void exchange() {
    tell(turns::voice_started{now_});
    for (int n = 0; n < 2; ++n) {
      now_ += 1s;
      tell(turns::partial_transcript{std::string(words)});
    }
    tell(turns::voice_ended{now_});
    pass(300ms);
    tell(turns::utterance_committed{std::string(words)});
    pass(300ms);
    for (const auto& each : said_) {
      if (const auto* asked = std::get_if<turns::ask_agent>(&each)) turn_ = asked->turn;
    }
    said_.clear();
    tell(turns::agent_asked{turn_, now_});
    tell(turns::agent_sentence{turn_, std::string(reply)});
    tell(turns::agent_finished{.turn = turn_});
    now_ += 150ms;
    tell(turns::speech_arrived{turn_, now_, now_, now_});
    tell(turns::speech_started{turn_, now_, now_ + 400ms});
    now_ += 2s;
    tell(turns::speech_heard{turn_, std::string(reply.substr(0, 25))});
    now_ += 2s;
    tell(turns::speech_finished{turn_});
    said_.clear();
  }

 private:
  template <class Event>
  void tell(const Event& what) {
    machine_.apply(what, now_, said_);
    ++events_;
  }

  void pass(std::chrono::milliseconds time) {
    const auto end = now_ + time;
    for (auto due = machine_.deadline(); due && *due <= end; due = machine_.deadline()) {
      now_ = std::max(now_, *due);
      tell(turns::tick{});
    }
    now_ = end;
  }

  Machine machine_;
  turns::actions said_;
  moment now_{1h};
  std::uint32_t turn_ = 0;
  std::int64_t events_ = 0;
};

template <class Machine>
void take_turns(benchmark::State& state) {
  partner<Machine> call;
  std::uint32_t exchanges = 0;
  for (auto _ : state) {
    call.exchange();
    ++exchanges;
  }
  if (call.replies() != exchanges) return state.SkipWithError("not every turn had its reply");
  state.SetItemsProcessed(call.events());
}
// Both turns of an exchange; items are events.
BENCHMARK(take_turns<turns::machine>)->Name("turns/machine/exchange");
BENCHMARK(take_turns<conversation>)->Name("turns/conversation/exchange");

/// What a node tells the others of a call, twice a second at most: 40 turns of both sides.
void write_value(benchmark::State& state) {
  partner<conversation> call;
  for (int n = 0; n < 20; ++n) call.exchange();
  std::int64_t bytes = 0;
  for (auto _ : state) {
    const auto text = call.value();
    bytes += static_cast<std::int64_t>(text.size());
  }
  if (!conversation::from_json(call.value(), {})) return state.SkipWithError("the value cannot be read");
  state.SetBytesProcessed(bytes);
}
BENCHMARK(write_value)->Name("turns/conversation/value");

/// The commonest event of them all.
void hear_partial(benchmark::State& state) {
  turns::machine machine;
  turns::actions said;
  const moment now{1h};
  machine.apply(turns::call_connected{}, now, said);
  machine.apply(turns::voice_started{now}, now, said);
  const turns::event partial = turns::partial_transcript{std::string(words)};
  for (auto _ : state) {
    machine.apply(partial, now, said);
    said.clear();
  }
}
BENCHMARK(hear_partial)->Name("turns/machine/partial");

/// A message of the synthesiser, a chunk for the carrier and its mark, which comes back.
void keep_ledger(benchmark::State& state) {
  constexpr std::size_t reply_messages = 16;
  std::vector<tts::aligned_text> alignment;
  for (std::uint32_t n = 0; n < 12; ++n) alignment.push_back({n % 6 == 5 ? " " : "a", 20 * n, 20});
  std::int64_t messages = 0;
  for (auto _ : state) {
    heard_ledger ledger(1, 8);
    moment now{1h};
    ledger.add_text("aaaaa aaaaa aaaaa aaaaa aaaaa aaaaa aaaaa aaaaa ");
    for (std::size_t n = 0; n < reply_messages; ++n, ++messages) {
      ledger.add_audio(1920, alignment);
      now += 240ms;
      ledger.sent(ledger.audio_bytes(), now);
      if (ledger.mark_due()) benchmark::DoNotOptimize(ledger.mark_returned(ledger.mark()));
      benchmark::DoNotOptimize(ledger.heard_text(now));
    }
  }
  state.SetItemsProcessed(messages);
}
BENCHMARK(keep_ledger)->Name("heard_ledger/reply");

}  // namespace

}  // namespace tandem::bench
