#include "actors/agents/script.hpp"

#include "actors/agents/intent_match.hpp"
#include "protocols/conversation/snapshot.hpp"
#include "protocols/json.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace tandem {

namespace {

constexpr std::size_t max_saved = std::size_t{64} * 1024;

// Where the sentence at the front of a text ends.
std::size_t sentence_end(std::string_view text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    const bool stop = text[i] == '.' || text[i] == '?' || text[i] == '!';
    if (stop && text[i + 1] == ' ' && !std::islower(static_cast<unsigned char>(text[i + 2]))) return i + 1;
  }
  return text.size();
}

}  // namespace

script_agent::script_agent(std::shared_ptr<const script> dialogue) : script_(std::move(dialogue)) {
  enter(script_->start);
}

std::string script_agent::greeting() const {
  return script_->greeting + " " + filled(script_->nodes.find(progress_.at.node)->second.prompt, false);
}

bool script_agent::wants(turns::question about) const {
  return about == turns::question::silence || (turns::is_for_machine(about) && !script_->voicemail.empty());
}

void script_agent::answer(const agent_request& request, agent_sink& sink) {
  progress_.before = progress_.at;
  progress_.turn = request.turn;
  const auto& node = script_->nodes.find(progress_.at.node)->second;
  if (turns::is_for_machine(request.about)) {
    for (const auto& note : script_->voicemail_notes)
      sink.note(request.turn, note.key, filled(note.text, true));
    speak(request.turn, filled(script_->voicemail, false), sink);
    return sink.finished(request.turn, {turns::next::hang_up});
  }
  if (request.about != turns::question::words && request.about != turns::question::keys) {
    speak(request.turn, filled(node.prompt, false), sink);
    return sink.finished(request.turn);
  }
  auto found = request.about == turns::question::keys ? match_keys(*script_, node, request.text)
                                                      : match_intent(*script_, node, request.text);
  if (!found) {
    // Where nobody is asked for keys, none are wrong.
    if (request.about == turns::question::keys && !takes_keys(*script_, node))
      return sink.finished(request.turn);
    return miss(request.turn, sink);
  }
  if (!found->outside.empty()) {
    const auto& outside = script_->slots.find(found->outside)->second.outside;
    if (outside.empty()) return miss(request.turn, sink);
    progress_.at.misses = 0;
    speak(request.turn, filled(outside, false), sink);
    return sink.finished(request.turn);
  }
  const auto& what = *found->what;
  progress_.at.misses = 0;
  for (auto& [slot, value] : found->slots) set(slot, std::move(value));
  auto reply = filled(what.reply, false);
  for (const auto& note : what.notes) sink.note(request.turn, note.key, filled(note.text, true));
  for (const auto& slot : what.forget)
    std::erase_if(progress_.at.slots, [&](const told& known) { return known.slot == slot; });
  if (found->elsewhere || !what.go.empty()) enter(found->elsewhere ? progress_.at.node : what.go);
  speak(request.turn, reply, sink);
  // Who asks for a moment is not asked again at once.
  if (what.then == turns::next::listen && what.wait.count() == 0)
    speak(request.turn, filled(script_->nodes.find(progress_.at.node)->second.prompt, false), sink);
  sink.finished(request.turn, {.then = what.then, .to = what.to, .time = what.wait});
}

void script_agent::miss(std::uint32_t turn, agent_sink& sink) {
  const auto& reprompts = script_->nodes.find(progress_.at.node)->second.reprompts;
  if (progress_.at.misses < reprompts.size()) {
    speak(turn, filled(reprompts[progress_.at.misses++], false), sink);
    return sink.finished(turn);
  }
  for (const auto& note : script_->give_up_notes) sink.note(turn, note.key, filled(note.text, true));
  speak(turn, filled(script_->give_up, false), sink);
  sink.finished(turn, {turns::next::hang_up});
}

void script_agent::cancel(std::uint32_t turn, turns::dismissal why) {
  if (why != turns::dismissal::cut_short && turn != 0 && turn == progress_.turn)
    progress_.at = progress_.before;
}

void script_agent::speak(std::uint32_t turn, std::string_view text, agent_sink& sink) const {
  while (!text.empty()) {
    const auto end = sentence_end(text);
    sink.sentence(turn, std::string(text.substr(0, end)));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
}

std::string script_agent::filled(std::string_view text, bool for_record) const {
  std::string out;
  for (auto open = text.find('{'); open != text.npos; open = text.find('{')) {
    const auto close = text.find('}', open);
    out += text.substr(0, open);
    if (const auto* known = find(text.substr(open + 1, close - open - 1)))
      out += for_record ? known->value : known->spoken;
    text.remove_prefix(close + 1);
  }
  out += text;
  // A value may begin a sentence: "{day}, then." has to start with a capital.
  if (!for_record && !out.empty())
    out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
  return out;
}

void script_agent::enter(std::string node) {
  // Loading made sure that skipping comes to an end.
  for (const auto* at = &script_->nodes.find(node)->second; !at->skip_to.empty() && find(at->skip_if);
       at = &script_->nodes.find(node)->second)
    node = at->skip_to;
  progress_.at.node = std::move(node);
}

const spoken_value* script_agent::find(std::string_view slot) const {
  for (const auto& known : progress_.at.slots)
    if (known.slot == slot) return &known.what;
  return nullptr;
}

void script_agent::set(const std::string& slot, spoken_value what) {
  for (auto& known : progress_.at.slots)
    if (known.slot == slot) return void(known.what = std::move(what));
  progress_.at.slots.push_back({slot, std::move(what)});
}

std::string script_agent::save() const {
  snapshot_writer out({});
  out("script", 1);
  out("progress", progress_);
  return std::move(out).finish();
}

bool script_agent::is_valid(const position& where) const {
  return script_->nodes.contains(where.node) &&
         std::all_of(where.slots.begin(), where.slots.end(),
                     [this](const told& known) { return script_->slots.contains(known.slot); });
}

bool script_agent::load(std::string_view state) {
  std::string copy(state);
  json::document document;
  if (document.parse(copy, {max_saved, 8}) != json::fault::none) return false;
  snapshot_reader in(document.root(), {});
  int version = 0;
  progress saved;
  in("script", version);
  in("progress", saved);
  const bool fits =
      in.fault().empty() && version == 1 && is_valid(saved.at) && (saved.turn == 0 || is_valid(saved.before));
  if (fits) progress_ = std::move(saved);
  return fits;
}

}  // namespace tandem
