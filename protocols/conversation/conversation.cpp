#include "protocols/conversation/conversation.hpp"

#include "protocols/conversation/snapshot.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tandem {

void conversation::apply(const turns::event& what, moment now, turns::actions& out) {
  auto first = out.size();
  turns_.apply(what, now, out);
  for (; first < out.size(); ++first) {
    if (const auto* turn = std::get_if<turns::caller_turn>(&out[first])) {
      remember({turn->n, speaker::caller, turn->text, false, turn->began, turn->ended});
    } else if (const auto* turn = std::get_if<turns::agent_turn>(&out[first])) {
      remember({turn->n, speaker::agent, turn->heard_text, turn->interrupted, turn->began, turn->ended});
    } else if (const auto* noted = std::get_if<turns::note>(&out[first])) {
      keep(*noted);
    }
  }
}

void conversation::remember(past_turn turn) {
  if (turn.text.empty()) return;
  history_.push_back(std::move(turn));
  std::size_t bytes = 0;
  // A turn costs more than its text.
  for (const auto& past : history_) bytes += past.text.size() + 64;
  while (bytes > max_history) {
    bytes -= history_.front().text.size() + 64;
    history_.pop_front();
  }
}

void conversation::keep(const turns::note& noted) {
  const auto same = [&](const turns::note& kept) { return kept.key == noted.key; };
  if (auto found = std::find_if(notes_.begin(), notes_.end(), same); found != notes_.end()) {
    found->text = noted.text;
  } else if (notes_.size() < max_notes) {
    notes_.push_back(noted);
  }
}

bool conversation::keep_agent(std::string state) {
  if (state.size() > max_agent) return false;
  agent_ = std::move(state);
  return true;
}

std::string conversation::to_json(moment now) const {
  snapshot_writer out(now);
  out("version", version);
  describe(out, *this);
  return std::move(out).finish();
}

tl::expected<conversation, std::string> conversation::from_json(std::string_view text, moment now) {
  std::string copy(text);
  json::document document;
  if (const auto fault = document.parse(copy, {max_json, 16}); fault != json::fault::none)
    return tl::unexpected("the conversation cannot be read: " + std::string(json::to_string(fault)));
  const auto found = json::integer(document.root(), "version");
  if (!found) return tl::unexpected(std::string("the conversation cannot be read: it has no version"));
  if (*found != version)
    return tl::unexpected("the conversation has version " + std::to_string(*found) +
                          "; this build reads only " + std::to_string(version));
  conversation result;
  snapshot_reader in(document.root(), now);
  describe(in, result);
  if (!in.fault().empty()) return tl::unexpected("the conversation cannot be read: " + in.fault());
  if (!result.turns_.is_consistent())
    return tl::unexpected(std::string("the conversation cannot be read: its state contradicts itself"));
  return result;
}

}  // namespace tandem
