#include "protocols/conversation/conversation.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace tandem;

// A value that is taken can be written and taken again, and goes on: it ends without a caller, and no event
// breaks it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  moment now{std::chrono::hours(1000)};
  auto talk = conversation::from_json(text, now);
  if (!talk) return 0;
  const auto written = talk->to_json(now);
  const auto again = conversation::from_json(written, now);
  if (!again || again->to_json(now) != written) std::abort();

  turns::actions out;
  const auto* reply = talk->turns().current();
  const std::uint32_t turn = reply ? reply->turn : 1;
  const std::uint32_t asked = std::max(turn, talk->turns().early() ? talk->turns().early()->turn() : 0);
  auto left = *talk;
  for (int i = 0; left.deadline() && i < 200; ++i) left.apply(turns::tick{}, *left.deadline(), out);
  auto taken = *talk;
  taken.apply(turns::taken_over{}, now, out);
  const std::array<turns::event, 30> all{turns::agent_noted{asked, "k", "v"},
                                         turns::agent_sentence{asked, "e."},
                                         turns::agent_finished{asked, {}},
                                         turns::utterance_committed{"A b."},
                                         turns::tick{},
                                         turns::key_pressed{'1'},
                                         turns::transfer_failed{},
                                         turns::agent_busy{turn, std::chrono::seconds(1)},
                                         turns::voice_started{now},
                                         turns::partial_transcript{"a b"},
                                         turns::speech_interrupted{turn, "a"},
                                         turns::voice_ended{now},
                                         turns::utterance_committed{"a b c"},
                                         turns::agent_asked{turn, now},
                                         turns::agent_began{turn, now},
                                         turns::agent_sentence{turn, "d.", now},
                                         turns::speech_arrived{turn, now, now, now},
                                         turns::speech_started{turn, now, now, std::chrono::seconds(1)},
                                         turns::speech_heard{turn, "d", now},
                                         turns::agent_finished{turn, {}},
                                         turns::speech_failed{turn},
                                         turns::commit_failed{},
                                         turns::machine_heard{},
                                         turns::machine_heard{true, true},
                                         turns::agent_changed{},
                                         turns::hold_call{.text = "a", .sound = "b"},
                                         turns::tick{},
                                         turns::end_hold{turns::holder::caller},
                                         turns::end_hold{},
                                         turns::call_ended{}};
  for (auto* each : {&*talk, &taken}) {
    for (const auto& event : all) each->apply(event, now, out);
    if (each->deadline()) std::abort();
  }
  return 0;
}
