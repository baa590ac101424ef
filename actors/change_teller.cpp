#include "actors/change_teller.hpp"

#include <algorithm>
#include <chrono>
#include <type_traits>
#include <utility>
#include <variant>

namespace tandem {

namespace {

constexpr auto interval = std::chrono::milliseconds(500);

template <class Known, class... Wanted>
constexpr bool is_one_of = (std::is_same_v<Known, Wanted> || ...);

/// Whether it is missed whatever comes of it. Voice and what an agent says of its work leave nothing behind.
bool is_missed(const turns::event& what) {
  return std::visit(
      []<class Known>(const Known&) {
        return !is_one_of<Known, turns::voice_started, turns::voice_ended, turns::agent_asked,
                          turns::agent_began, turns::agent_busy, turns::speech_arrived, turns::tick>;
      },
      what);
}

/// Commits are asked for anew by whoever goes on.
bool changes_something(const turns::action& what) {
  return !std::holds_alternative<turns::commit>(what) && !std::holds_alternative<turns::measured>(what);
}

bool ends_turn(const turns::action& what) {
  return std::holds_alternative<turns::caller_turn>(what) || std::holds_alternative<turns::agent_turn>(what);
}

}  // namespace

change_teller::change_teller(loop& home, std::function<void()> tell) : home_(home), tell_(std::move(tell)) {}

void change_teller::saw(const turns::event& what, const turns::actions& outcome) {
  is_changed_ =
      is_changed_ || is_missed(what) || std::any_of(outcome.begin(), outcome.end(), changes_something);
  is_turn_over_ = is_turn_over_ || std::any_of(outcome.begin(), outcome.end(), ends_turn);
}

void change_teller::settle(bool pauses) {
  const bool paused = std::exchange(paused_, pauses);
  const bool is_changed = std::exchange(is_changed_, false) || (pauses && !paused);
  const bool at_once = std::exchange(is_turn_over_, false);
  if (is_over_ || !is_changed) return;
  if (at_once || !told_at_ || home_.now() >= *told_at_ + interval) return tell();
  if (!untold_) untold_ = home_.at(*told_at_ + interval, [this] { tell(); });
}

void change_teller::tell() {
  untold_.reset();
  told_at_ = home_.now();
  tell_();
}

void change_teller::stop() {
  is_over_ = true;
  untold_.reset();
}

}  // namespace tandem
