#pragma once

#include "protocols/conversation/conversation.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tandem {

template <class... F>
struct overloaded : F... {
  using F::operator()...;
};

/// A call's conversation with a clock of its own, which logs every action as one line.
class rehearsal {
 public:
  using milliseconds = std::chrono::milliseconds;

  explicit rehearsal(turns::settings rules = {}) : talk(std::move(rules)) {}

  /// Applies events at one moment; the actions they brought about.
  template <class... Event>
  std::vector<std::string> tell(const Event&... events) {
    const auto before = log.size();
    (apply(events), ...);
    return {log.begin() + static_cast<std::ptrdiff_t>(before), log.end()};
  }

  /// Lets time pass, with a tick at every deadline; the actions that it brought about.
  std::vector<std::string> wait(milliseconds time) {
    const auto before = log.size();
    const auto end = now + time;
    for (auto due = talk.deadline(); due && *due <= end; due = talk.deadline()) {
      now = std::max(now, *due);
      apply(turns::tick{});
    }
    now = end;
    return {log.begin() + static_cast<std::ptrdiff_t>(before), log.end()};
  }

  /// Voice from now on for so long.
  std::vector<std::string> voice(milliseconds lasting) {
    auto all = tell(turns::voice_started{now});
    for (auto& line : wait(lasting)) all.push_back(std::move(line));
    for (auto& line : tell(turns::voice_ended{now})) all.push_back(std::move(line));
    return all;
  }

  /// The caller says something, and it is transcribed 200 ms after the commit; up to the question to the
  /// agent.
  void say(const std::string& text) {
    voice(milliseconds(800));
    wait(milliseconds(450));
    tell(turns::utterance_committed{text});
    wait(milliseconds(50));
  }

  /// As `say`; the agent replies and the reply becomes audible.
  void converse(std::uint32_t turn, const std::string& text, const std::string& reply) {
    say(text);
    tell(turns::agent_sentence{turn, reply}, turns::agent_finished{turn, turns::next::listen});
    wait(milliseconds(300));
    tell(turns::speech_arrived{turn}, turns::speech_started{turn});
  }

  /// How often an action was logged.
  long count(std::string_view line) const { return std::count(log.begin(), log.end(), line); }

  std::string_view state() const { return talk.turns().state(); }

  conversation talk;
  moment start{std::chrono::hours(1)};
  moment now = start;
  std::vector<std::string> log;

  void apply(const turns::event& what) {
    turns::actions out;
    talk.apply(what, now, out);
    for (const auto& one : out)
      if (auto line = describe(one); !line.empty()) log.push_back(std::move(line));
  }

  std::string describe(const turns::action& what) const {
    using std::to_string;
    const auto ms = [](auto time) {
      return to_string(std::chrono::duration_cast<milliseconds>(time).count());
    };
    const auto time = [&](moment at) { return ms(at - start); };
    return std::visit(
        overloaded{[](const turns::commit&) -> std::string { return "commit"; },
                   [](const turns::ask_agent& x) {
                     const auto about = names(x.about).at(static_cast<std::size_t>(x.about));
                     return "ask " + to_string(x.turn) + (x.early ? " early" : "") +
                            (x.about == turns::question::words ? "" : " about " + std::string(about)) +
                            (x.text.empty() ? "" : ": " + x.text);
                   },
                   [](const turns::confirm_agent& x) { return "confirm " + to_string(x.turn); },
                   [](const turns::cancel_agent& x) {
                     return "cancel " + to_string(x.turn) +
                            (x.why == turns::dismissal::cut_short ? " cut short" : " unheard");
                   },
                   [](const turns::speak& x) {
                     return "speak " + to_string(x.turn) + ": " + x.text + (x.last ? " (last)" : "");
                   },
                   [&](const turns::pause_speech& x) {
                     return "pause " + to_string(x.turn) + " since " + time(x.since);
                   },
                   [](const turns::resume_speech& x) { return "resume " + to_string(x.turn); },
                   [](const turns::stop_speech& x) { return "stop " + to_string(x.turn); },
                   [&](const turns::caller_turn& x) {
                     return "caller " + to_string(x.n) + ": " + x.text + " [" + time(x.began) + "-" +
                            time(x.ended) + "]";
                   },
                   [&](const turns::agent_turn& x) {
                     return "agent " + to_string(x.n) + ": " + x.text + " / heard: " + x.heard_text +
                            (x.interrupted ? " / interrupted" : "") + " [" + time(x.began) + "-" +
                            time(x.ended) + " " + ms(x.latency) + "]";
                   },
                   [](const turns::note& x) { return "note " + x.key + "=" + x.text; },
                   [&](const turns::measured& x) {
                     return log_stages ? std::string(names(x.stage).at(static_cast<std::size_t>(x.stage))) +
                                             " " + ms(x.took)
                                       : std::string();
                   },
                   [](const turns::transfer& x) { return "transfer to " + x.to; },
                   [&](const turns::on_hold& x) {
                     return "on hold by " + std::string(names(x.by).at(static_cast<std::size_t>(x.by))) +
                            " for " + ms(x.time);
                   },
                   [](const turns::off_hold&) -> std::string { return "off hold"; },
                   [](const turns::start_sound& x) { return "sound " + x.url; },
                   [](const turns::stop_sound&) -> std::string { return "no sound"; },
                   [&](const turns::be_patient& x) { return "be patient for " + ms(x.time); },
                   [](const turns::hang_up& x) {
                     return "hang up: " + std::string(names(x.why).at(static_cast<std::size_t>(x.why)));
                   }},
        what);
  }

  enum class stages { hidden, shown };
  void show(stages which) { log_stages = which == stages::shown; }

 private:
  bool log_stages = false;
};

using lines = std::vector<std::string>;

}  // namespace tandem
