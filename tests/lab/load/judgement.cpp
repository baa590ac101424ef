#include "tests/lab/load/judgement.hpp"

#include "tests/lab/load/report/figure_texts.hpp"

#include <utility>

namespace tandem::lab {

namespace {

/// What an engine may hold when a call ends: an unfinished chunk, and what a busy machine delays.
constexpr std::uint32_t longest_tail = 100;
/// A call so long has had a session long enough to work off what waited for it.
constexpr std::uint32_t settled_life = 250;

std::string name_of(const call_plan& plan) {
  std::string out = "call " + std::to_string(plan.number);
  if (plan.line != line_fault::none)
    out += " line=" + std::string(to_string(plan.line)) + "@" + std::to_string(plan.line_at);
  if (plan.scribe != provider_fault::none)
    out += " scribe=" + std::string(to_string(plan.scribe)) + "@" + std::to_string(plan.scribe_at);
  if (plan.speech != provider_fault::none)
    out += " speech=" + std::string(to_string(plan.speech)) + "@" + std::to_string(plan.speech_at);
  if (plan.model != chat_fault::none)
    out += " model=" + std::string(to_string(plan.model)) + "@" + std::to_string(plan.model_at) +
           (plan.model_stays ? "+" : "");
  if (plan.announced) out += plan.twice ? " announced-twice" : " announced";
  if (plan.interrupts != interruption::none) out += " interrupts";
  return out;
}

/// Adds what is wrong with one direction to the sums and says it in words.
struct finding {
  judgement& sums;
  std::string words{};

  void count(std::uint64_t& sum, std::uint64_t amount, const char* what) {
    if (amount == 0) return;
    sum += amount;
    words += ", " + std::to_string(amount) + " " + what;
  }
};

}  // namespace

void judgement::complain(std::string what) {
  if (faults.size() < most_faults) faults.push_back(std::move(what));
}

void judgement::require_ended(std::uint64_t least) {
  if (calls >= least) return;
  complain("only " + counted(calls, "call") + " ended, at least " + std::to_string(least) + " were wanted");
}

void judgement::judge_silence(std::uint64_t killed) {
  if (unanswered <= killed) return;
  complain(counted(unanswered, "caller") + " waited in vain for a reply; " + counted(killed, "actor") +
           " killed");
  for (auto& each : silences_) complain(std::move(each));
  silences_.clear();
}

void judgement::require_closed(std::size_t open_answers) {
  if (open_answers != 0)
    complain("the engine still reads " + counted(open_answers, "answer") + " of its model");
}

/// What happened, not what was planned for later than the call's end.
void judgement::note_done(const call_facts& facts) {
  const auto& plan = facts.plan;
  const auto note = [this](const char* where, std::string_view what) { ++done[where][std::string(what)]; };
  if (facts.line_failed) note("line", to_string(plan.line));
  if (facts.scribe_failed) note("scribe", to_string(plan.scribe));
  if (facts.speech_failed) note("speech", to_string(plan.speech));
  if (facts.model_faults != 0) note("model", to_string(plan.model));
  if (plan.twice) note("webhooks", "doubled");
}

void judgement::add(const call_result& call) {
  auto& facts = *call.facts;
  const auto& plan = facts.plan;
  std::lock_guard guard(facts.mutex);
  if (call.how == call_end::refused) {
    ++refused;
    return;
  }
  ++calls;
  note_done(facts);
  finding found{*this};
  if (call.how == call_end::failed) found.count(failed, 1, call.why.c_str());
  if (plan.is_undisturbed()) {
    ++undisturbed;
    // An actor may have been killed: whoever knows how many must judge the number.
    ended_by_engine += call.how == call_end::engine;
  }
  const auto& up = facts.upstream.counts();
  frames_up += up.frames;
  if (plan.line != line_fault::lost) found.count(wrong_bytes, up.wrong, "wrong bytes at Scribe");
  found.count(wrong_bytes, up.foreign * frame_bytes, "bytes of another call at Scribe");
  found.count(repeated_frames, up.repeated, "frames twice at Scribe");
  if (plan.upstream_is_whole()) {
    found.count(missing_frames, up.missing, "frames missing at Scribe");
    found.count(missing_frames, facts.not_replayed, "frames lost between Scribe sessions");
  }
  const auto arrived = facts.upstream.next();
  const auto tail = call.frames_sent - std::min(call.frames_sent, arrived);
  const auto has_tail =
      plan.is_undisturbed() && call.how == call_end::caller && call.frames_sent >= settled_life;
  if (has_tail && tail > longest_tail) found.count(missing_frames, tail, "last frames missing at Scribe");
  const auto& down = facts.downstream.counts();
  frames_down += down.frames;
  found.count(wrong_bytes, down.wrong, "wrong bytes at the caller");
  found.count(wrong_bytes, down.foreign * frame_bytes, "bytes of another call at the caller");
  if (plan.is_undisturbed())
    found.count(missing_frames, facts.unasked_clears, "replies cut off for no reason");
  if (plan.is_answered() && call.longest_wait > longest_wait) {
    ++unanswered;
    if (silences_.size() < most_faults)
      silences_.push_back(name_of(plan) + ": no reply for " + std::to_string(call.longest_wait / 50) + " s");
  }
  const auto cut_off =
      facts.asked_clears != 0 || (plan.model != chat_fault::none && facts.unasked_clears != 0);
  if (plan.downstream_is_whole() && !cut_off) {
    found.count(missing_frames, down.missing, "frames missing at the caller");
    found.count(repeated_frames, down.repeated, "frames twice at the caller");
  }
  if (!found.words.empty()) complain(name_of(plan) + ": " + found.words.substr(2));
}

}  // namespace tandem::lab
