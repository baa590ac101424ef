#include "protocols/conversation/turns.hpp"
#include "protocols/words.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

// A call that goes on with another owner: whoever was asked or spoke for it has to be told anew.
namespace tandem::turns {

namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// What is left of the text behind what was heard of it, however that is spaced; all of it when it does not
/// begin so.
std::string_view rest_of(std::string_view text, std::string_view heard) {
  const auto skip_blanks = [](std::string_view& from) {
    while (!from.empty() && is_blank(from.front())) from.remove_prefix(1);
  };
  auto rest = text;
  for (skip_blanks(heard); !heard.empty(); skip_blanks(heard)) {
    skip_blanks(rest);
    if (rest.empty() || rest.front() != heard.front()) return text;
    rest.remove_prefix(1);
    heard.remove_prefix(1);
  }
  skip_blanks(rest);
  return rest;
}

std::chrono::milliseconds left(moment until, moment now) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::max(until, now) - now);
}

}  // namespace

void machine::on(const taken_over&, step& at) {
  if (hold_) at.out.push_back(on_hold{hold_->by, left(hold_->until, at.now)});
  if (patient_until_ && *patient_until_ > at.now) at.out.push_back(be_patient{left(*patient_until_, at.now)});
  draft_.taken_over(at.now);
  if (early_ && !early_->is_over()) take_back(at);
  auto* what = const_cast<reply*>(std::as_const(*this).current());
  if (!what) return;
  if (auto* state = std::get_if<stopping>(&floor_)) {
    auto stopped = std::move(state->reply);
    return finish(std::move(stopped), stopped_by_caller(), at);
  }
  what->news = at.now;
  if (!what->written) {
    auto text = what->answers ? what->answers->text : std::string();
    if (what->about == question::keys) text = keys::text_of(text);
    at.out.push_back(ask_agent{what->turn, std::move(text), what->about});
    return;
  }
  // What the agent had not said yet is lost.
  if (what->agent == agent_part::working) what->agent = agent_part::none;
  const auto rest = rest_of(what->text, what->heard_text);
  if (words::is_blank(rest)) return on(speech_finished{what->turn}, at);
  at.out.push_back(speak{what->turn, std::string(rest), true});
  if (auto* state = std::get_if<starting>(&floor_)) state->since = at.now;
  if (auto* state = std::get_if<speaking>(&floor_)) state->since = at.now;
  if (auto* state = std::get_if<closing>(&floor_)) state->since = at.now;
  if (std::holds_alternative<paused>(floor_)) at.out.push_back(pause_speech{what->turn, at.now});
}

}  // namespace tandem::turns
