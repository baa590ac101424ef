#include "actors/agents/chat_memory.hpp"

#include "protocols/conversation/snapshot.hpp"
#include "protocols/json.hpp"
#include "protocols/utf8.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tandem {

namespace {

constexpr std::size_t max_saved = std::size_t{512} * 1024;

/// Some servers demand that user and assistant take turns, and that the user begins.
void add_words(chat::role by, std::string_view text, std::vector<chat::message>& to) {
  if (by == chat::role::assistant && to.back().by == chat::role::system)
    to.push_back({chat::role::user, "(The call begins.)"});
  if (to.back().by == by && to.back().calls.empty()) {
    to.back().text.append("\n").append(text);
  } else {
    to.push_back({by, std::string(text)});
  }
}

std::string question_of(const agent_request& request) {
  switch (request.about) {
    case turns::question::words:
      return std::string(request.text);
    case turns::question::keys:
      return turns::keys{std::string(request.text), {}, {}}.as_said().text;
    case turns::question::start:
      return "(The call begins. Greet the caller.)";
    case turns::question::silence:
      return "(The caller has said nothing for a while.)";
    case turns::question::machine:
    case turns::question::beep:
      return "(An answering machine took the call, and records from now on. Leave one short message with who "
             "calls and why, and end the call; without a message, only end the call.)";
    case turns::question::hold_over:
      return "(The call was on hold; now it goes on.)";
    case turns::question::transfer_failed:
      break;
  }
  return "(Nobody took the transferred call. The caller is still on the line.)";
}

}  // namespace

std::uint32_t last_turn_before(const agent_request& request) {
  const auto& history = request.so_far.history();
  return history.empty() ? 0 : history.back().n;
}

std::vector<chat::message> chat_memory::messages(std::string_view prompt,
                                                 const agent_request& request) const {
  std::vector<chat::message> all{{chat::role::system, std::string(prompt)}};
  auto next = steps_.begin();
  for (const auto& turn : request.so_far.history()) {
    const bool by_agent = turn.role == speaker::agent;
    for (; by_agent && next != steps_.end() && next->after < turn.n; ++next) append(*next, all);
    // What was cut off ends so; what was not heard is not there.
    add_words(by_agent ? chat::role::assistant : chat::role::user,
              turn.interrupted ? turn.text + "…" : turn.text, all);
  }
  add_words(chat::role::user, question_of(request), all);
  for (; next != steps_.end(); ++next) append(*next, all);
  return all;
}

void chat_memory::append(const step& done, std::vector<chat::message>& to) {
  chat::message asked{chat::role::assistant, {}};
  for (const auto& call : done.calls) asked.calls.push_back({call.id, call.name, call.arguments});
  to.push_back(std::move(asked));
  for (const auto& call : done.calls) to.push_back({chat::role::tool, call.result, {}, call.id});
}

std::size_t chat_memory::step::bytes() const {
  return std::accumulate(calls.begin(), calls.end(), std::size_t{0},
                         [](std::size_t sum, const done_call& call) { return sum + call.bytes(); });
}

void chat_memory::add(std::uint32_t after, const std::vector<chat::tool_call>& calls,
                      const std::vector<std::string>& results) {
  step done{after, {}};
  for (std::size_t i = 0; i < calls.size() && i < results.size(); ++i)
    done.calls.push_back({calls[i].id, calls[i].name, calls[i].arguments, results[i]});
  if (done.calls.empty()) return;
  steps_.push_back(std::move(done));
  const auto bytes = [this] {
    return std::accumulate(steps_.begin(), steps_.end(), std::size_t{0},
                           [](std::size_t sum, const step& each) { return sum + each.bytes(); });
  };
  while (steps_.size() > max_steps || bytes() > max_bytes) steps_.pop_front();
}

std::string chat_memory::save() const {
  snapshot_writer out({});
  out("chat", 1);
  out("steps", steps_);
  return std::move(out).finish();
}

bool chat_memory::load(std::string_view state) {
  std::string copy(state);
  json::document document;
  if (document.parse(copy, {max_saved, 8}) != json::fault::none) return false;
  snapshot_reader in(document.root(), {});
  int version = 0;
  std::deque<step> saved;
  in("chat", version);
  in("steps", saved);
  const bool fits = in.fault().empty() && version == 1 && saved.size() <= max_steps;
  if (fits) steps_ = std::move(saved);
  return fits;
}

}  // namespace tandem
