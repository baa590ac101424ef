#include "protocols/conversation/turns.hpp"

#include "protocols/conversation/utterance_end.hpp"
#include "protocols/words.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace tandem::turns {

namespace {

using std::chrono::milliseconds;

// A slow voice: even then a byte of text takes no longer to say.
constexpr milliseconds per_byte{100};

// A reply of which no more than so many bytes are left is at its end for who hears it, and so is a question
// that is said to so many.
constexpr std::size_t last_word = 15;
constexpr std::size_t last_clause = 60;

// What is asked about without a word or a key of the caller's.
bool happened(question about) { return about != question::words && about != question::keys; }

// Whoever was transferred is with somebody else by then, or nobody will say that they are not.
constexpr std::chrono::minutes away_limit{2};

std::optional<moment> earlier(std::optional<moment> a, std::optional<moment> b) {
  return a && b ? std::min(a, b) : a ? a : b;
}

}  // namespace

void machine::apply(const event& what, moment now, actions& out) {
  step at{now, time_of(what, now), out};
  const bool early = std::holds_alternative<idle>(floor_) && !std::holds_alternative<call_connected>(what) &&
                     !std::holds_alternative<call_ended>(what) && !std::holds_alternative<say>(what) &&
                     !std::holds_alternative<hearing_lost>(what);
  if (std::holds_alternative<ended>(floor_) && std::holds_alternative<taken_over>(what)) {
    // Why it ended is not known any more.
    out.push_back(hang_up{deaf_ ? ending::hearing_lost : ending::agent_goodbye});
  }
  if (early || std::holds_alternative<ended>(floor_)) return;
  if (!kept_early(what, at)) std::visit([&](const auto& known) { on(known, at); }, what);
  settle(at);
}

/// When that was: of what is told late, not how late the telling was.
moment machine::time_of(const event& what, moment now) const {
  if (std::holds_alternative<tick>(what)) return std::min(deadline().value_or(now), now);
  const auto read_at = std::visit(
      [](const auto& known) {
        if constexpr (requires { known.read_at; }) return known.read_at;
        return moment{};
      },
      what);
  return read_at == moment{} ? now : std::min(read_at, now);
}

std::string_view machine::state() const {
  if (hold_ && std::holds_alternative<listening>(floor_)) return "held";
  return std::visit([](const auto& state) { return state.name; }, floor_);
}

const reply* machine::current() const {
  return std::visit(
      [](const auto& state) -> const reply* {
        if constexpr (requires { state.reply; }) return &state.reply;
        return nullptr;
      },
      floor_);
}

bool machine::pauses() const {
  if (std::holds_alternative<idle>(floor_) || std::holds_alternative<away>(floor_)) return true;
  if (!std::holds_alternative<listening>(floor_)) return false;
  return hold_ || (!early_ && draft_.is_quiet() && keys_.is_empty());
}

reply* machine::find(std::uint32_t turn) {
  auto* what = const_cast<reply*>(std::as_const(*this).current());
  return what && what->turn == turn ? what : nullptr;
}

bool machine::is_consistent() const {
  const auto* what = current();
  if (early_ && (!std::holds_alternative<listening>(floor_) || early_->turn() > last_turn_)) return false;
  if (asked_early_ > max_early) return false;
  if (!what) return draft_.is_consistent();
  const bool begun =
      std::holds_alternative<thinking>(floor_)
          ? what->agent == agent_part::working && !what->written && (what->answers || happened(what->about))
      : std::holds_alternative<starting>(floor_) ? what->written && !what->audible
                                                 : what->written && what->audible;
  return begun && what->turn <= last_turn_ && draft_.is_consistent();
}

// ---- time ----

std::optional<moment> machine::deadline() const {
  if (std::holds_alternative<idle>(floor_) || std::holds_alternative<ended>(floor_)) return std::nullopt;
  auto due = draft_.deadline(rules_.endpoint);
  if (const auto* state = std::get_if<listening>(&floor_)) {
    if (hold_) return earlier(due, hold_->until);
    if (awaits_greeting()) return earlier(due, greeting_due());
    if (draft_.is_quiet() && keys_.is_empty()) due = silence_due(state->since);
    due = earlier(due, keys_.deadline());
    due = earlier(due, early_ ? voice_due() : early_due());
  } else if (const auto* state = std::get_if<thinking>(&floor_)) {
    due = earlier(due, stalled_at(state->reply));
    if (may_be_withdrawn(state->reply)) due = earlier(due, voice_due());
  } else if (const auto* state = std::get_if<starting>(&floor_)) {
    due = earlier(earlier(due, state->since + rules_.speech_timeout), stalled_at(state->reply));
    if (may_be_withdrawn(state->reply)) due = earlier(due, voice_due());
  } else if (const auto* state = std::get_if<speaking>(&floor_)) {
    due = earlier(earlier(due, lifeless_at(*state)), stalled_at(state->reply));
    if (may_interrupt(state->reply)) due = earlier(due, voice_due());
  } else if (const auto* state = std::get_if<paused>(&floor_)) {
    due = earlier(due, resume_at(*state));
  } else if (const auto* state = std::get_if<stopping>(&floor_)) {
    due = earlier(due, state->since + rules_.stop_timeout);
  } else if (const auto* state = std::get_if<closing>(&floor_)) {
    due = earlier(due, lifeless_at(*state));
  } else if (const auto* state = std::get_if<away>(&floor_)) {
    due = state->since + away_limit;
  }
  return due;
}

std::optional<moment> machine::voice_due() const {
  const auto since = draft_.voice_since();
  return since ? std::optional(*since + rules_.min_interruption) : std::nullopt;
}

std::optional<moment> machine::lifeless_at(const replying& state) const {
  const auto left =
      std::max(state.reply.text.size(), state.reply.heard_text.size()) - state.reply.heard_text.size();
  // Everything was heard, and the agent has a deadline of its own.
  if (left == 0 && state.reply.agent == agent_part::working) return std::nullopt;
  return state.since + rules_.speech_timeout + per_byte * left;
}

bool machine::may_prompt() const {
  return !prompted_ && rules_.silence_prompt.count() != 0 && rules_.silence_prompt < rules_.silence;
}

/// When the agent is asked about the silence of a caller, or the call ends of it.
moment machine::silence_due(moment since) const {
  since = std::max(since, patient_until_.value_or(since));
  if (may_prompt()) return since + (rules_.silence - rules_.silence_prompt);
  const bool prompted = prompted_ && rules_.silence_prompt.count() != 0;
  return since + (prompted ? rules_.silence_prompt : rules_.silence);
}

moment machine::resume_at(const paused& state) const {
  if (draft_.voice_since()) return state.since + rules_.pause_limit;
  return std::max(state.since, draft_.voice_end().value_or(state.since)) + rules_.words_grace;
}

std::optional<moment> machine::stalled_at(const reply& what) const {
  if (what.agent != agent_part::working) return std::nullopt;
  return what.news + rules_.agent_timeout;
}

bool machine::caller_goes_on(moment now) const {
  const auto due = voice_due();
  return draft_.words() != 0 || (due && *due <= now);
}

bool machine::enough_words(const reply& what, moment now) const {
  if (rules_.min_interruption_words != 0)
    return draft_.words() >= rules_.min_interruption_words && !only_listens(what);
  const auto due = voice_due();
  return due && *due <= now;
}

/// Whether the caller says no more than that they follow. Where the agent is done or has asked something, the
/// same words are an answer.
bool machine::only_listens(const reply& what) const {
  const auto left = what.text.size() - std::min(what.text.size(), what.heard_text.size());
  const auto end = is_question(what.text) ? last_clause : last_word;
  if (is_question(what.heard_text) || (what.agent != agent_part::working && left <= end)) return false;
  return turns::only_listens(draft_.text());
}

bool machine::may_interrupt(const reply& what) const {
  if (!rules_.barge_in || is_for_machine(what.about) || hold_) return false;
  // Words from before a greeting do not interrupt it; the agent gets them when it is over.
  const bool answer = what.from == origin::agent || what.from == origin::fallback;
  return answer || draft_.voice_since() || draft_.voice_end() > what.audible;
}

/// Keys are never part of what is said, so that they are answered whatever the caller goes on to say; and who
/// was not transferred has to hear of it.
bool machine::may_be_withdrawn(const reply& what) const {
  if (what.about == question::words) return what.answers.has_value();
  return what.about == question::start || what.about == question::silence ||
         what.about == question::hold_over;
}

bool machine::stopped_by_caller() const {
  const auto* state = std::get_if<stopping>(&floor_);
  return state && state->why == stop_cause::caller;
}

void machine::settle(step& at) {
  const auto place = [this] { return std::make_tuple(floor_.index(), last_turn_, draft_.is_complete()); };
  for (auto before = std::optional<decltype(place())>(); before != place();) {
    if (std::holds_alternative<idle>(floor_) || std::holds_alternative<ended>(floor_)) return;
    for (auto commits = draft_.tick(rules_.endpoint, at.now); commits != 0; --commits)
      at.out.push_back(commit{at.since});
    before = place();
    std::visit([&](auto& state) { go_on(state, at); }, floor_);
  }
}

void machine::go_on(listening& state, step& at) {
  if (hold_) return stay_on_hold(at);
  if (awaits_greeting()) return await_greeting(at);
  if (keys_.is_complete(at.now)) {
    auto pressed = keys_.take(at.now);
    auto answers = pressed.as_said();
    return ask(question::keys, std::move(pressed.text), std::move(answers), at);
  }
  if (draft_.is_complete()) return think(at);
  if (deaf_) return say_goodbye(at);
  follow_early(at);
  if (!draft_.is_quiet() || !keys_.is_empty()) return;
  if (!waiting_texts_.empty()) {
    say_waiting_text(at);
  } else if (at.now >= silence_due(state.since)) {
    if (!may_prompt()) return end(ending::caller_silent, at);
    prompted_ = true;
    ask(question::silence, {}, std::nullopt, at);
  }
}

void machine::go_on(thinking& state, step& at) {
  if (may_be_withdrawn(state.reply) && caller_goes_on(at.now)) return withdraw(std::move(state.reply), at);
  if (const auto due = stalled_at(state.reply); due && *due <= at.now) agent_stalled(state.reply, at);
}

void machine::go_on(starting& state, step& at) {
  if (may_be_withdrawn(state.reply) && caller_goes_on(at.now)) return withdraw(std::move(state.reply), at);
  if (at.now >= state.since + rules_.speech_timeout) {
    at.out.push_back(stop_speech{state.reply.turn});
    return speech_lost(std::move(state.reply), at);
  }
  if (const auto due = stalled_at(state.reply); due && *due <= at.now) agent_stalled(state.reply, at);
}

void machine::go_on(speaking& state, step& at) {
  if (rules_.barge_in && !keys_.is_empty() && !is_for_machine(state.reply.about)) {
    at.out.push_back(pause_speech{state.reply.turn, *keys_.began()});
    return stop(std::move(state.reply), stop_cause::caller, at);
  }
  if (may_interrupt(state.reply)) {
    const auto voice = voice_due();
    const bool words = enough_words(state.reply, at.now);
    if (words || (voice && *voice <= at.now)) {
      const auto since = draft_.voice_since().value_or(draft_.began().value_or(at.now));
      at.out.push_back(pause_speech{state.reply.turn, since});
      state.reply.silenced = at.now;
      if (words) return stop(std::move(state.reply), stop_cause::caller, at);
      floor_ = paused{{std::move(state.reply), at.now}};
      return;
    }
    if (draft_.is_complete()) draft_.drop();
  }
  if (const auto due = lifeless_at(state); due && *due <= at.now)
    return stop(std::move(state.reply), stop_cause::lifeless, at);
  if (const auto due = stalled_at(state.reply); due && *due <= at.now) agent_stalled(state.reply, at);
}

void machine::go_on(paused& state, step& at) {
  if (enough_words(state.reply, at.now) || !keys_.is_empty())
    return stop(std::move(state.reply), stop_cause::caller, at);
  if (!draft_.is_quiet() && !draft_.is_complete() && at.now < resume_at(state)) return;
  draft_.drop();
  at.out.push_back(resume_speech{state.reply.turn});
  state.reply.silenced.reset();
  speak_on(std::move(state.reply), at);
}

void machine::go_on(stopping& state, step& at) {
  if (at.now < state.since + rules_.stop_timeout) return;
  finish(std::move(state.reply), stopped_by_caller(), at);
}

void machine::go_on(closing& state, step& at) {
  if (const auto due = lifeless_at(state); due && *due <= at.now)
    stop(std::move(state.reply), stop_cause::lifeless, at);
}

void machine::go_on(away& state, step& at) {
  // What is said there is not for us.
  if (draft_.is_complete()) draft_.drop();
  if (at.now >= state.since + away_limit) floor_ = listening{at.now};
}

// ---- the call and the caller ----

void machine::on(const call_connected&, step& at) {
  if (!std::holds_alternative<idle>(floor_)) return;
  if (!words::is_blank(rules_.greeting)) return begin(origin::greeting, rules_.greeting, std::nullopt, at);
  floor_ = listening{at.now};
  if (rules_.agent_greets) ask(question::start, {}, std::nullopt, at);
}

void machine::on(const call_ended&, step& at) {
  take_back(at);
  if (auto* what = const_cast<reply*>(current())) {
    settle_caller(*what, at);
    if (what->audible) record(*what, false, at);
  }
  record_draft(at);
  floor_ = ended{};
}

void machine::on(const voice_started& voice, step& at) {
  draft_.voice_started(std::min(voice.at, at.now), at.now);
}

void machine::on(const voice_ended& voice, step& at) { draft_.voice_ended(std::min(voice.at, at.now)); }

void machine::on(const partial_transcript& words, step& at) { draft_.partial(words.text, at.now); }

void machine::on(const utterance_committed& words, step& at) {
  draft_.committed(words.text, at.since, words.own);
}

void machine::on(const commit_failed&, step&) { draft_.commit_failed(); }

void machine::on(const say& words, step&) {
  if (words::is_blank(words.text) || words.text.size() > max_reply_text) return;
  if (waiting_texts_.size() < max_waiting_texts) waiting_texts_.push_back(words.text);
}

void machine::on(const key_pressed& press, step& at) {
  if (!hold_) keys_.press(press.key, at.now);
}

void machine::on(const transfer_failed&, step& at) {
  // Who holds the caller will see to them.
  if (hold_) return;
  const bool is_waiting = std::holds_alternative<away>(floor_) || std::holds_alternative<listening>(floor_);
  if (is_waiting) ask(question::transfer_failed, {}, std::nullopt, at);
}

void machine::on(const agent_changed& change, step&) {
  rules_.agent_timeout = change.timeout;
  rules_.silence_prompt = change.silence_prompt;
  rules_.preemptive = change.preemptive;
  rules_.fallback_reply = change.fallback_reply;
}

void machine::think(step& at) {
  auto words = draft_.take(at.now);
  at.out.push_back(measured{stage::endpoint, at.now - words.ended});
  if (words.transcript_took) at.out.push_back(measured{stage::stt_final, *words.transcript_took});
  asked_early_ = 0;
  if (early_ && words::same(early_->text(), words.text)) return confirm(std::move(words), at);
  auto text = words.text;
  ask(question::words, std::move(text), std::move(words), at);
}

void machine::ask(question about, std::string text, std::optional<said> answers, step& at) {
  take_back(at);
  at.out.push_back(ask_agent{++last_turn_, std::move(text), about});
  await_reply(last_turn_, about, std::move(answers), at);
}

void machine::await_reply(std::uint32_t turn, question about, std::optional<said> answers, step& at) {
  if (answers) {
    prompted_ = false;
    patient_until_.reset();
  }
  reply what;
  what.turn = turn;
  what.about = about;
  what.agent = agent_part::working;
  what.news = at.now;
  what.take(std::move(answers));
  // Nobody waits for an answer while somebody else has the floor.
  const auto* free = std::get_if<listening>(&floor_);
  what.trace.ready = free ? std::max(at.since, free->since) : at.since;
  floor_ = thinking{{std::move(what), at.now}};
}

void machine::withdraw(reply what, step& at) {
  if (what.agent != agent_part::none) at.out.push_back(cancel_agent{what.turn, dismissal::unheard});
  if (what.written) at.out.push_back(stop_speech{what.turn});
  if (what.answers) draft_.rejoin(std::move(*what.answers));
  floor_ = listening{at.now};
}

}  // namespace tandem::turns
