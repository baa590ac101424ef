#include "protocols/conversation/turns.hpp"
#include "protocols/conversation/utterance_end.hpp"
#include "protocols/words.hpp"

#include <algorithm>
#include <utility>

// How a reply comes about, is spoken and gets on record; turns.cpp has time and the caller.
namespace tandem::turns {

namespace {

using std::chrono::milliseconds;

// However long an agent says that it needs.
constexpr milliseconds longest_work{60'000};

// However long a caller is to be waited for.
constexpr std::chrono::minutes longest_wait{10};

std::optional<moment> told(moment at) { return at == moment{} ? std::nullopt : std::optional(at); }

}  // namespace

// ---- the agent ----

void machine::on(const agent_asked& asked, step&) {
  if (auto* what = find(asked.turn)) what->trace.asked = asked.at;
}

void machine::on(const agent_began& began, step& at) {
  auto* what = find(began.turn);
  if (!what || what->agent != agent_part::working || what->trace.first_token) return;
  what->trace.first_token = at.since;
  const auto* state = std::get_if<thinking>(&floor_);
  if (state && what->answers) at.out.push_back(measured{stage::first_token, at.since - state->since});
}

void machine::on(const agent_sentence& sentence, step& at) {
  auto* what = find(sentence.turn);
  if (!what || what->agent != agent_part::working || words::is_blank(sentence.text)) return;
  what->news = at.now;
  if (what->text.size() + sentence.text.size() >= max_reply_text) {
    at.out.push_back(cancel_agent{what->turn, dismissal::cut_short});
    if (!what->written) return fall_back(*what, at);
    what->agent = agent_part::none;
    at.out.push_back(speak{what->turn, {}, true});
    return;
  }
  if (!what->written && what->answers) {
    const auto* state = std::get_if<thinking>(&floor_);
    if (state && !what->trace.first_token)
      at.out.push_back(measured{stage::first_token, at.since - state->since});
    if (state) at.out.push_back(measured{stage::first_sentence, at.since - state->since});
  }
  add(*what, sentence.text, false, at);
}

void machine::on(const agent_noted& noted, step& at) {
  auto* what = find(noted.turn);
  if (!what || what->agent != agent_part::working) return;
  if (what->notes.size() >= max_notes || noted.key.size() + noted.text.size() > max_note) return;
  if (what->audible) {
    at.out.push_back(note{noted.key, noted.text});
  } else {
    what->notes.push_back({noted.key, noted.text});
  }
}

void machine::on(const agent_busy& busy, step& at) {
  auto* what = find(busy.turn);
  if (!what || what->agent != agent_part::working) return;
  what->news = std::max(what->news, at.now + std::clamp(busy.wait, milliseconds(0), longest_work));
}

void machine::on(const agent_finished& done, step& at) {
  auto* what = find(done.turn);
  if (!what || what->agent != agent_part::working) return;
  what->agent = agent_part::done;
  what->then = done.how.then;
  what->to = done.how.to;
  what->time = std::min<milliseconds>(done.how.time, longest_wait);
  if (done.how.keys) keys_.expect(*done.how.keys);
  if (!what->written) return finish(std::move(*what), false, at);
  at.out.push_back(speak{what->turn, {}, true});
  if (std::holds_alternative<speaking>(floor_)) speak_on(std::move(*what), at);
}

void machine::on(const agent_failed& failed, step& at) {
  auto* what = find(failed.turn);
  if (what && what->agent == agent_part::working) fall_back(*what, at);
}

void machine::agent_stalled(reply& what, step& at) {
  at.out.push_back(cancel_agent{what.turn, what.written ? dismissal::cut_short : dismissal::overdue});
  fall_back(what, at);
}

void machine::fall_back(reply& what, step& at) {
  what.agent = agent_part::none;
  // Nobody apologises to a machine.
  if (is_for_machine(what.about)) what.then = next::hang_up;
  if (is_for_machine(what.about) || words::is_blank(rules_.fallback_reply)) {
    if (!what.written) return finish(std::move(what), false, at);
    at.out.push_back(speak{what.turn, {}, true});
  } else {
    if (!what.written) what.from = origin::fallback;
    add(what, rules_.fallback_reply, true, at);
  }
}

void machine::begin(origin from, std::string_view text, std::optional<said> answers, step& at) {
  take_back(at);
  reply what;
  what.turn = ++last_turn_;
  what.from = from;
  what.news = at.now;
  what.take(std::move(answers));
  floor_ = thinking{{std::move(what), at.now}};
  add(std::get<thinking>(floor_).reply, text, true, at);
}

void machine::say_waiting_text(step& at) {
  const auto text = std::move(waiting_texts_.front());
  waiting_texts_.pop_front();
  begin(origin::operator_text, text, std::nullopt, at);
}

void machine::say_goodbye(step& at) {
  if (words::is_blank(rules_.fallback_reply)) return end(ending::hearing_lost, at);
  begin(origin::fallback, rules_.fallback_reply, std::nullopt, at);
  auto& state = std::get<starting>(floor_);
  state.reply.agent = agent_part::done;
  state.reply.then = next::hang_up;
}

void machine::add(reply& what, std::string_view text, bool last, step& at) {
  if (!what.text.empty()) what.text += ' ';
  what.text += text;
  at.out.push_back(speak{what.turn, std::string(text), last});
  if (auto* state = std::get_if<speaking>(&floor_)) state->since = at.now;
  if (what.written) return;
  what.written = at.now;
  what.trace.first_sentence = at.since;
  if (!what.trace.first_token) what.trace.first_token = at.since;
  floor_ = starting{{std::move(what), at.now}};
}

// ---- speech ----

void machine::on(const speech_arrived& audio, step& at) {
  auto* what = find(audio.turn);
  if (!what || what->arrived || !what->written) return;
  what->arrived = at.since;
  what->trace.first_audio = at.since;
  what->trace.given = told(audio.given_at);
  what->trace.synthesiser = told(audio.open_since);
  at.out.push_back(measured{stage::first_audio, at.since - *what->written});
}

void machine::on(const speech_started& audio, step& at) {
  auto* what = find(audio.turn);
  if (!what || !std::holds_alternative<starting>(floor_)) return;
  what->trace.word_due = told(audio.word_due);
  what->trace.audio_own = audio.own;
  become_audible(std::move(*what), at);
}

void machine::on(const speech_heard& audio, step& at) {
  auto* what = find(audio.turn);
  if (!what || audio.heard_text.size() > max_reply_text) return;
  // What may not be played yet lives as well.
  if (auto* state = std::get_if<starting>(&floor_)) state->since = at.now;
  if (!what->audible) return;
  what->heard_text = audio.heard_text;
  if (!what->trace.marked) what->trace.marked = told(audio.marked_at);
  if (auto* state = std::get_if<speaking>(&floor_)) state->since = at.now;
  if (auto* state = std::get_if<closing>(&floor_)) state->since = at.now;
}

void machine::on(const speech_finished& audio, step& at) {
  auto* what = find(audio.turn);
  if (!what || !what->written || what->agent == agent_part::working) return;
  if (!what->audible) {
    become_audible(std::move(*what), at);
    what = find(audio.turn);
  }
  what->heard_text = what->text;
  finish(std::move(*what), false, at);
}

void machine::on(const speech_interrupted& audio, step& at) {
  auto* what = find(audio.turn);
  if (!what || !what->audible) return;
  if (audio.heard_text.size() <= max_reply_text) what->heard_text = audio.heard_text;
  finish(std::move(*what), stopped_by_caller(), at);
}

void machine::on(const speech_failed& audio, step& at) {
  auto* what = find(audio.turn);
  if (!what || !what->written) return;
  if (!what->audible) return speech_lost(std::move(*what), at);
  finish(std::move(*what), stopped_by_caller(), at);
}

void machine::become_audible(reply what, step& at) {
  if (!what.arrived) at.out.push_back(measured{stage::first_audio, at.since - *what.written});
  at.out.push_back(measured{stage::on_wire, at.since - what.arrived.value_or(at.since)});
  what.audible = at.now;
  what.trace.on_wire = at.since;
  if (what.answers) {
    what.latency = at.since - what.answers->ended;
    at.out.push_back(measured{stage::total, *what.latency});
  }
  settle_caller(what, at);
  speak_on(std::move(what), at);
}

void machine::speak_on(reply what, step& at) {
  if (what.agent == agent_part::done && what.then == next::hang_up) {
    floor_ = closing{{std::move(what), at.now}};
  } else {
    floor_ = speaking{{std::move(what), at.now}};
  }
}

void machine::stop(reply what, stop_cause why, step& at) {
  at.out.push_back(stop_speech{what.turn});
  if (!what.silenced) what.silenced = at.now;
  if (what.agent == agent_part::working) {
    at.out.push_back(cancel_agent{what.turn, dismissal::cut_short});
    what.agent = agent_part::none;
  }
  if (why != stop_cause::lifeless) what.then = next::listen;
  floor_ = stopping{{std::move(what), at.now}, why};
}

void machine::speech_lost(reply what, step& at) {
  const bool replace = (what.from == origin::agent || what.from == origin::greeting) &&
                       what.then == next::listen && !is_for_machine(what.about) &&
                       !words::is_blank(rules_.fallback_reply);
  if (!replace) return finish(std::move(what), false, at);
  if (what.agent != agent_part::none) at.out.push_back(cancel_agent{what.turn, dismissal::unheard});
  begin(origin::fallback, rules_.fallback_reply, std::move(what.answers), at);
}

// ---- the record ----

void machine::finish(reply what, bool cut, step& at) {
  if (what.agent == agent_part::working)
    at.out.push_back(cancel_agent{what.turn, what.audible ? dismissal::cut_short : dismissal::unheard});
  settle_caller(what, at);
  if (what.written) record(what, cut, at);
  if (what.audible) draft_.spoken_to(is_question(what.heard_text));
  if (is_for_machine(what.about)) forget_caller(at);
  if (what.then == next::hang_up) return end(deaf_ ? ending::hearing_lost : ending::agent_goodbye, at);
  if (what.then == next::transfer) {
    at.out.push_back(transfer{std::move(what.to)});
    floor_ = away{at.now};
    return;
  }
  floor_ = listening{at.now};
  if (what.then == next::hold) return begin_hold(holder::agent, std::move(what.to), what.time, at);
  if (what.time.count() == 0 || cut) return;
  patient_until_ = at.now + what.time;
  at.out.push_back(be_patient{what.time});
}

void machine::settle_caller(reply& what, step& at) {
  if (auto words = std::exchange(what.answers, std::nullopt))
    at.out.push_back(caller_turn{++recorded_, std::move(words->text), words->began, words->ended,
                                 what.about == question::keys});
  for (auto& noted : std::exchange(what.notes, {})) at.out.push_back(std::move(noted));
}

void machine::record(const reply& what, bool cut, step& at) {
  agent_turn turn{++recorded_, what.turn, what.text, what.heard_text, cut, {}, {}};
  turn.began = what.audible.value_or(*what.written);
  turn.ended = what.silenced.value_or(at.now);
  turn.timing = what.trace.timing(turn.ended);
  const auto& took = turn.timing;
  if (took.heard >= took.on_wire && took.on_wire >= turn_timing::time(0))
    at.out.push_back(measured{stage::heard, took.heard - took.on_wire});
  if (took.own >= turn_timing::time(0)) at.out.push_back(measured{stage::own, took.own});
  if (what.latency) turn.latency = std::chrono::duration_cast<std::chrono::milliseconds>(*what.latency);
  at.out.push_back(std::move(turn));
}

void machine::record_draft(step& at) {
  if (!keys_.is_empty()) {
    auto pressed = keys_.take(at.now).as_said();
    at.out.push_back(caller_turn{++recorded_, std::move(pressed.text), pressed.began, pressed.ended, true});
  }
  if (draft_.words() == 0) return;
  const auto began = draft_.began().value_or(at.now);
  at.out.push_back(caller_turn{++recorded_, draft_.text(), began, draft_.voice_end().value_or(at.now)});
  draft_.drop();
}

void machine::end(ending why, step& at) {
  take_back(at);
  record_draft(at);
  at.out.push_back(hang_up{why});
  floor_ = ended{};
}

}  // namespace tandem::turns
