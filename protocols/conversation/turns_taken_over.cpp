#include "protocols/conversation/turns.hpp"
#include "protocols/words.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

// A call that goes on with another owner: whoever was asked or spoke for it has to be told anew.
namespace tandem::turns {

namespace {

using std::chrono::milliseconds;

// How fast a voice is as long as it has not been heard for so much itself, in bytes a second.
constexpr std::size_t usual_pace = 16;
constexpr milliseconds known_pace{1000};

// A mark comes behind each word: without news for so long nothing is being heard.
constexpr milliseconds longest_word{700};

// The carrier has 400 ms in stock, or a chunk of 100 ms less before the next one is sent.
constexpr milliseconds least_stock{300};

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Where a voice rests, for about as long as the stock lasts.
bool is_rest(char c) { return std::string_view(".,;:?!").find(c) != std::string_view::npos; }

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

milliseconds left(moment until, moment now) {
  return std::chrono::duration_cast<milliseconds>(std::max(until, now) - now);
}

/// What is heard of a reply whose last news was at `since`, when the carrier has played what it had in stock
/// at `now`, when the value was written. What the former owner sent after that, before it was lost, is said
/// again: a word or two that come twice are understood, and a word that is missing is not.
std::string heard_on(const reply& what, moment since, moment now) {
  const std::string_view text = what.text;
  auto end = text.size() - rest_of(text, what.heard_text).size();
  const auto silent = std::max(std::chrono::duration_cast<milliseconds>(now - since), milliseconds(0));
  // Before its first word nobody knows how long a voice takes.
  if (what.heard_text.empty() || end == 0 || silent > longest_word) return what.heard_text;
  const auto spoken = std::chrono::duration_cast<milliseconds>(since - what.audible.value_or(since));
  const auto ahead = static_cast<std::size_t>((silent + least_stock).count());
  const auto reach =
      end + (spoken < known_pace ? ahead * usual_pace / 1000
                                 : ahead * what.heard_text.size() / static_cast<std::size_t>(spoken.count()));
  auto heard = what.heard_text;
  while (end < text.size() && !is_rest(heard.back())) {
    while (end < text.size() && !is_blank(text[end])) ++end;
    if (end > reach) break;
    heard = text.substr(0, end);
    while (end < text.size() && is_blank(text[end])) ++end;
  }
  return heard;
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
  if (auto* state = std::get_if<speaking>(&floor_)) what->heard_text = heard_on(*what, state->since, at.now);
  if (auto* state = std::get_if<closing>(&floor_)) what->heard_text = heard_on(*what, state->since, at.now);
  const auto rest = rest_of(what->text, what->heard_text);
  if (words::is_blank(rest)) return on(speech_finished{what->turn}, at);
  at.out.push_back(speak{what->turn, std::string(rest), true});
  if (auto* state = std::get_if<starting>(&floor_)) state->since = at.now;
  if (auto* state = std::get_if<speaking>(&floor_)) state->since = at.now;
  if (auto* state = std::get_if<closing>(&floor_)) state->since = at.now;
  if (std::holds_alternative<paused>(floor_)) at.out.push_back(pause_speech{what->turn, at.now});
}

}  // namespace tandem::turns
