#include "tests/lab/call_report.hpp"

#include "tests/lab/line_checks.hpp"
#include "tests/lab/second_hearing.hpp"
#include "tests/lab/waterfall.hpp"
#include "tests/lab/words.hpp"

#include <algorithm>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <future>
#include <optional>
#include <stdexcept>
#include <unistd.h>
#include <utility>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr auto least_length = 20s;
/// A recording may be longer or shorter than the engine's call by what lies between its two ends.
constexpr auto length_slack = 1500ms;
/// What an interrupted agent had on the way may still be heard for so long.
constexpr auto last_words = 1000ms;
/// Of a hundred words, so many may be understood otherwise from the recording. The recogniser is no better.
constexpr std::size_t most_misheard = 10;

/// Colours only where somebody looks.
const char* style(const char* code) { return isatty(STDOUT_FILENO) ? code : ""; }

const char* bold() { return style("\033[1m"); }
const char* dim() { return style("\033[2m"); }
const char* green() { return style("\033[32m"); }
const char* red() { return style("\033[31m"); }
const char* plain() { return style("\033[0m"); }

/// Collects verdicts and prints each.
class verdict {
 public:
  void say(bool good, const std::string& what) {
    std::printf("  %s%s%s %s\n", good ? green() : red(), good ? "✓" : "✗", plain(), what.c_str());
    all_ = all_ && good;
  }
  bool all() const { return all_; }

 private:
  bool all_ = true;
};

std::string text_of(const char* format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  return line;
}

double seconds(std::chrono::milliseconds time) { return std::chrono::duration<double>(time).count(); }

std::string joined_agent_text(const seen_call& call, std::size_t from) {
  std::string text;
  for (auto at = from; at < call.turns.size() && call.turns[at].role == speaker::agent; ++at) {
    text += call.turns[at].text + " ";
  }
  return text;
}

/// Compares the transcript with what was said: the caller's turns in order, and the agent's reply behind
/// each.
void judge_words(const finished_call& finished, verdict& all) {
  std::size_t right = 0;
  std::size_t at = 0;
  const auto& turns = finished.call.turns;
  for (const auto& line : finished.script.lines) {
    while (at < turns.size() && turns[at].role != speaker::caller) ++at;
    if (at == turns.size()) break;
    const auto& heard = turns[at++];
    auto reply = joined_agent_text(finished.call, at);
    auto holds = [](const std::string& text) {
      return [&text](const std::string& words) { return contains_words(text, words); };
    };
    auto understood = std::all_of(line.expect.begin(), line.expect.end(), holds(heard.text));
    auto answered = std::all_of(line.expect_reply.begin(), line.expect_reply.end(), holds(reply));
    if (understood && answered) {
      ++right;
      continue;
    }
    std::printf("  %s✗%s said \"%s\", %s: heard \"%s\", answered \"%s\"\n", red(), plain(), line.say.c_str(),
                understood ? "wrong answer" : "not understood", heard.text.c_str(), reply.c_str());
  }
  auto lines = finished.script.lines.size();
  all.say(right == lines, text_of("%zu of %zu things said were understood and answered", right, lines));
}

void judge_interruptions(const finished_call& finished, verdict& all) {
  const auto& lines = finished.script.lines;
  auto wanted = static_cast<std::size_t>(std::count_if(
      lines.begin(), lines.end(), [](const auto& line) { return line.interrupt_after.has_value(); }));
  const auto& turns = finished.call.turns;
  auto cut = static_cast<std::size_t>(
      std::count_if(turns.begin(), turns.end(), [](const auto& turn) { return turn.interrupted; }));
  auto remembered_less = std::all_of(turns.begin(), turns.end(), [](const auto& turn) {
    return !turn.interrupted || turn.heard_text.size() < turn.text.size();
  });
  for (auto over : finished.person.talked_over()) {
    all.say(over < std::chrono::milliseconds(1000),
            text_of("the caller interrupted, and the agent fell silent %ld ms later",
                    static_cast<long>(over.count())));
  }
  all.say(cut >= wanted && finished.outcome.counts.clears >= wanted && remembered_less &&
              finished.person.talked_over().size() == wanted,
          text_of("%zu interruption%s: `clear` reached the carrier, and only what was heard is remembered",
                  wanted, wanted == 1 ? "" : "s"));
}

void judge_recording(const finished_call& finished, verdict& all) {
  const auto length = length_of(finished.recording);
  const auto caller = sound_in(finished.recording, 0);
  const auto agent = sound_in(finished.recording, 1);
  all.say(length >= least_length && caller >= 5s && agent >= 10s,
          text_of("the recording holds %.0f s: %.0f s of the caller's voice, %.0f s of the agent's",
                  seconds(length), seconds(caller), seconds(agent)));
  const auto call = finished.call.ended_at - finished.call.answered_at;
  all.say(std::chrono::abs(length - call) <= length_slack,
          text_of("it is as long as the call, which took %.1f s", seconds(call)));
  std::chrono::milliseconds old_words{0};
  for (const auto& [begin, end] : finished.person.interruptions())
    old_words += sound_in(finished.recording, 1, {begin + last_words, end});
  all.say(old_words == 0ms,
          old_words == 0ms ? std::string("nothing of what was interrupted is heard while the caller goes on")
                           : text_of("%.1f s of what was interrupted are heard while the caller goes on",
                                     seconds(old_words)));
}

/// What one side said, going by the record.
std::vector<std::string> words_on_record(const seen_call& call, speaker who) {
  std::vector<std::string> words;
  for (const auto& turn : call.turns) {
    if (turn.role == who)
      std::ranges::move(words_of(turn.interrupted ? turn.heard_text : turn.text), std::back_inserter(words));
  }
  return words;
}

/// Transcribes what each side said once more, from the recording, and compares it with the record.
void judge_second_hearing(const finished_call& finished, verdict& all) {
  std::vector<std::string> phrases;
  for (const auto& turn : finished.call.turns) phrases.push_back(turn.text);
  const auto listen = [&](std::size_t channel) {
    return std::async(std::launch::async,
                      [&, channel] { return hear_again(finished.recording, channel, phrases); });
  };
  auto caller = listen(0);
  auto agent = listen(1);
  const auto compare = [&](std::future<std::vector<std::string>>& heard, speaker who, const char* name) {
    const auto said = words_on_record(finished.call, who);
    try {
      const auto wrong = different_words(heard.get(), said);
      all.say(wrong * 100 <= said.size() * most_misheard,
              text_of("transcribed again, the recording says what the record says: %zu of the %s's %zu words "
                      "differ",
                      wrong, name, said.size()));
    } catch (const std::runtime_error& fault) {
      all.say(false, text_of("the %s's words cannot be transcribed again: %s", name, fault.what()));
    }
  };
  compare(caller, speaker::caller, "caller");
  compare(agent, speaker::agent, "agent");
}

void judge_metadata(const finished_call& finished, verdict& all) {
  std::string noted;
  auto complete = true;
  for (const auto& wanted : finished.script.expect_metadata) {
    const auto& kept = finished.call.metadata;
    complete = complete && std::find(kept.begin(), kept.end(), wanted) != kept.end();
    noted += (noted.empty() ? "" : ", ") + wanted.first + "=" + wanted.second;
  }
  if (!noted.empty()) all.say(complete, "the agent noted " + noted);
}

/// The middle one and the longest of a stretch of all turns that have it.
std::optional<std::pair<turn_timing::time, turn_timing::time>> spread(const finished_call& finished,
                                                                      turn_timing::time turn_timing::*which) {
  std::vector<turn_timing::time> all;
  for (const auto& turn : finished.call.turns) {
    if (turn.timing.*which >= turn_timing::time(0)) all.push_back(turn.timing.*which);
  }
  if (all.empty()) return std::nullopt;
  std::sort(all.begin(), all.end());
  return std::pair(all[all.size() / 2], all.back());
}

void print_latency(const finished_call& finished) {
  std::vector<std::int32_t> waits;
  for (const auto& turn : finished.call.turns) {
    if (turn.latency_ms >= 0) waits.push_back(turn.latency_ms);
  }
  if (waits.empty()) return;
  std::sort(waits.begin(), waits.end());
  std::printf(
      "\n  From the caller's last sound to the agent's first took %d to %d ms, %d ms in the middle;\n",
      waits.front(), waits.back(), waits[waits.size() / 2]);
  if (const auto finish = spread(finished, &turn_timing::endpoint))
    std::printf("  for %s ms of it the caller might have gone on, or their last words were awaited.\n",
                short_ms(finish->first).c_str());
  if (const auto own = spread(finished, &turn_timing::own))
    std::printf("  Tandem itself took %s ms of it in the middle, %s ms at most.\n",
                short_ms(own->first).c_str(), short_ms(own->second).c_str());
}

}  // namespace

void live_transcript::show(const seen_call& call) {
  auto changed = call.state != state_ && !call.state.empty();
  auto ended = call.state == "ended";
  if (changed && !ended) show_state(call.state);
  for (; shown_ < call.turns.size(); ++shown_) show_turn(call.turns[shown_]);
  if (changed && ended) show_state("ended: " + call.end_reason);
  if (changed) state_ = call.state;
  std::fflush(stdout);
}

void live_transcript::show_state(const std::string& words) const {
  std::printf("  %s%-9s%s %s\n", dim(), "call", plain(), words.c_str());
}

void live_transcript::show_turn(const turn_record& turn) const {
  auto is_agent = turn.role == speaker::agent;
  std::printf("  %s%-9s%s ", bold(), is_agent ? "agent" : "caller", plain());
  if (turn.interrupted) {
    std::printf("%s", turn.heard_text.c_str());
    std::printf("%s … interrupted%s", red(), plain());
  } else {
    std::printf("%s", turn.text.c_str());
  }
  std::printf("\n");
  const auto times = waterfall(turn.timing, isatty(STDOUT_FILENO) != 0);
  if (!times.empty()) std::printf("            %s\n", times.c_str());
}

bool report(const finished_call& finished) {
  std::printf("\n%sWhat happened%s\n", bold(), plain());
  verdict all;
  judge_words(finished, all);
  judge_interruptions(finished, all);
  judge_metadata(finished, all);
  judge_recording(finished, all);
  judge_second_hearing(finished, all);
  all.say(finished.call.state == "ended" && finished.call.end_reason == "agent_hung_up",
          "the agent said goodbye and hung up");
  auto left = left_behind(finished.metrics);
  std::string what;
  for (const auto& each : left) what += "; " + each;
  all.say(left.empty(),
          left.empty() ? "the call left no actor, socket or buffer behind" : "left behind" + what);
  print_latency(finished);
  std::printf("\n%sWhere it is%s\n", bold(), plain());
  const auto* in = finished.directory.c_str();
  std::printf("  %s/call.wav         the call as the line had it: caller left, agent right\n", in);
  std::printf("  %s/transcript.json  what both sides said, and what was heard of it\n", in);
  std::printf("  %s/call.json        the call's record\n", in);
  std::printf("  %s/tandem.db        the engine's database\n", in);
  std::printf("  %s/metrics.txt      the engine's metrics after the call\n", in);
  std::printf("  %s/engine.log       the engine's log\n", in);
  std::printf("\n%s\n", all.all() ? "It works. README.md says how to put it on a real phone number."
                                  : "The conversation did not work; engine.log may say why.");
  return all.all();
}

}  // namespace tandem::lab
