#include "protocols/audio/wav.hpp"
#include "protocols/telnyx/leg_label.hpp"
#include "tests/system/day/books.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

// The lab's carrier and the engine see the same moment one message apart; sanitizers make that longer.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr auto slack = 10s;
#else
constexpr auto slack = 2s;
#endif

constexpr double bytes_a_second = 8000;
constexpr double frame_seconds = 0.02;
/// Seconds are kept in whole milliseconds.
constexpr double rounding = 0.0005;
/// A line that stays open for less may be gone before the engine has read a frame.
constexpr std::uint64_t fewest_frames = 10;

using leg = lab::call_outcome;

double seconds(std::chrono::milliseconds time) { return std::chrono::duration<double>(time).count(); }

std::string_view other_end(const call_record& call) {
  return call.direction == call_direction::outgoing ? call.to : call.from;
}

std::string_view note(const call_record& call, std::string_view key) {
  const auto found =
      std::ranges::find(call.metadata, key, [](const auto& each) { return std::string_view(each.first); });
  return found == call.metadata.end() ? std::string_view() : found->second;
}

/// The start of the engine that gave a call its id.
std::string epoch_of(std::string_view id) {
  const auto end = id.rfind('-');
  const auto begin = id.rfind('-', end - 1) + 1;
  return std::string(id.substr(begin, end - begin));
}

class auditor {
 public:
  explicit auditor(const day_books& books) : books_(books) {
    std::set<std::string> epochs;
    for (const auto& each : books.calls) {
      calls_.emplace(each.id, &each);
      epochs.insert(epoch_of(each.id));
    }
    REQUIRE(epochs.size() == books.lives.size());
    for (const auto& each : epochs) lives_.emplace(each, lives_.size());
  }

  void match_legs();
  void check_calls() const;
  void check_dials() const;
  void check_campaign() const;
  void check_usage() const;
  void check_recordings() const;

 private:
  struct pair {
    const call_record* call = nullptr;
    const leg* at_carrier = nullptr;
  };

  const day_life& life_of(const call_record& call) const {
    return books_.lives[lives_.at(epoch_of(call.id))];
  }

  /// Whether the process died under the call, or so soon after its end that this may not be in the store.
  bool is_cut(const pair& one) const {
    const auto& life = life_of(*one.call);
    return life.killed && (one.at_carrier == nullptr || one.at_carrier->ended + slack > life.died);
  }

  void check_far_leg(const leg& far) const;
  void check_leg(const pair& one) const;
  void check_end(const pair& one) const;

  const day_books& books_;
  std::map<std::string, const call_record*, std::less<>> calls_;
  std::map<std::string, std::size_t> lives_;
  std::vector<pair> pairs_;
};

/// Every leg has one call, and every call one leg.
void auditor::match_legs() {
  std::map<std::string, const call_record*> by_leg;
  for (const auto& each : books_.calls) {
    if (each.carrier_call_id.empty()) continue;
    CHECK_MESSAGE(by_leg.emplace(each.carrier_call_id, &each).second, "two calls of one leg: ", each.id);
  }
  std::set<std::string> matched;
  for (const auto& each : books_.legs) {
    if (!each.transfer_of.empty()) {
      check_far_leg(each);
      continue;
    }
    // The label is there even when the process died before it knew what the carrier calls the leg.
    const auto label = telnyx::read_leg_label(each.client_state);
    const auto named = by_leg.find(each.call_control_id);
    const auto labelled = calls_.find(label ? label->call_id : std::string());
    const auto* call = named != by_leg.end()      ? named->second
                       : labelled != calls_.end() ? labelled->second
                                                  : nullptr;
    CHECK_MESSAGE(call != nullptr, "no call is known of the leg to ", each.to, " from ", each.from, " label ",
                  each.client_state, " answered ", each.answered, " ended by ", each.ended_by);
    if (call == nullptr) continue;
    if (label) CHECK(label->call_id == call->id);
    CHECK_MESSAGE(matched.insert(call->id).second, "two legs of one call: ", call->id);
    pairs_.push_back({call, &each});
  }
  for (const auto& each : books_.calls) {
    if (matched.contains(each.id)) continue;
    // What a campaign is about to dial is in the store before: a process may die in between.
    const pair alone{&each, nullptr};
    CHECK_MESSAGE(is_cut(alone), "no leg is known of call ", each.id, " to ", each.to);
    CHECK(note(each, "campaign") != "");
    pairs_.push_back(alone);
  }
}

/// Whom a caller was to be transferred to: no call of its own, but one that tells of it.
void auditor::check_far_leg(const leg& far) const {
  const auto label = telnyx::read_leg_label(far.client_state);
  REQUIRE(label);
  CHECK(label->role == telnyx::leg_role::transfer);
  const auto call = calls_.find(label->call_id);
  REQUIRE(call != calls_.end());
  CHECK(call->second->carrier_call_id == far.transfer_of);
  CHECK(far.to == (far.answered ? numbers::colleague : numbers::busy));
  CHECK((call->second->end_reason == end_reason::transferred) == far.answered);
  CHECK(note(*call->second, "transfer_failed") == (far.answered ? "" : "user_busy"));
}

void auditor::check_calls() const {
  for (const auto& each : pairs_) {
    const auto& call = *each.call;
    CAPTURE(call.id);
    CAPTURE(call.from);
    CAPTURE(call.to);
    CHECK(call.state == call_state::ended);
    CHECK(call.ended_at >= call.started_at);
    // Of a call that was cut off the store has the seconds up to its last turn.
    auto reckoned = call;
    reckoned.cost = {};
    const auto cost = records::cost_of(reckoned, books_.prices);
    CHECK(call.cost.currency == cost.currency);
    CHECK(call.cost.carrier == cost.carrier);
    CHECK(std::abs(call.cost.stt - cost.stt) <= 1);
    CHECK(call.cost.tts == cost.tts);
    CHECK(call.cost.llm == 0);
    if (each.at_carrier == nullptr) continue;
    check_leg(each);
    check_end(each);
  }
}

void auditor::check_leg(const pair& one) const {
  const auto& call = *one.call;
  const auto& at_carrier = *one.at_carrier;
  CHECK((call.direction == call_direction::outgoing) == at_carrier.outgoing);
  CHECK(call.from == at_carrier.from);
  CHECK(call.to == at_carrier.to);
  CHECK(call.started_at + slack >= at_carrier.began);
  // Who rang before there was an engine is older than its record.
  if (call.from != numbers::early) CHECK(call.started_at <= at_carrier.began + slack);
  // Nobody hears more than the line said.
  CHECK(call.usage.stt_seconds <=
        static_cast<double>(at_carrier.counts.frames_sent) * frame_seconds + rounding);
  if (is_cut(one)) return;
  CHECK(call.carrier_call_id == at_carrier.call_control_id);
  CHECK((call.answered_at != wall_time{}) == at_carrier.answered);
  if (!at_carrier.answered) return;
  const auto talked = call.ended_at - call.answered_at;
  const auto charged = at_carrier.ended - at_carrier.answered_at;
  CHECK(talked <= charged + slack);
  if (call.end_reason != end_reason::transferred) CHECK(talked + slack >= charged);
}

void auditor::check_end(const pair& one) const {
  const auto& call = *one.call;
  const auto& at_carrier = *one.at_carrier;
  const auto fate = fate_of(other_end(call));
  if (is_cut(one)) {
    const bool known = call.end_reason == fate.end_reason || call.end_reason == end_reason::internal_error;
    CHECK_MESSAGE(known, call.end_reason);
    return;
  }
  CHECK(call.end_reason == fate.end_reason);
  const bool answers = fate.who == lab::callee::answers || fate.who == lab::callee::machine;
  CHECK(at_carrier.answered == answers);
  if (fate.who == lab::callee::busy) CHECK(at_carrier.hangup_cause == "user_busy");
  if (fate.who == lab::callee::no_answer) CHECK(at_carrier.hangup_cause == "timeout");
  if (!answers) return;
  const bool by_engine = fate.end_reason == end_reason::machine ||
                         fate.end_reason == end_reason::api_hung_up ||
                         fate.end_reason == end_reason::agent_hung_up;
  CHECK(at_carrier.ended_by == (by_engine ? "engine" : "caller"));
}

/// Nobody is called twice at once, or more often than is allowed, and never too many at once.
void auditor::check_dials() const {
  std::map<std::string, std::vector<const leg*>> by_number;
  std::map<std::size_t, std::vector<std::pair<wall_time, int>>> changes;
  for (const auto& each : pairs_) {
    if (each.at_carrier == nullptr || !each.at_carrier->outgoing) continue;
    by_number[each.at_carrier->to].push_back(each.at_carrier);
    if (!numbers::is_of_campaign(each.at_carrier->to)) continue;
    auto& of_life = changes[lives_.at(epoch_of(each.call->id))];
    of_life.emplace_back(each.at_carrier->began, 1);
    of_life.emplace_back(each.at_carrier->ended, -1);
  }
  for (auto& [number, legs] : by_number) {
    CAPTURE(number);
    CHECK(legs.size() <= (fate_of(number).who == lab::callee::busy ? books_.attempts : 1));
    std::ranges::sort(legs, {}, &leg::began);
    for (std::size_t i = 1; i < legs.size(); ++i) CHECK(legs[i]->began >= legs[i - 1]->ended);
  }
  // Of legs that a killed process left, the next one knows nothing.
  for (auto& [life, all] : changes) {
    // Ends before beginnings of the same millisecond.
    std::ranges::sort(all);
    std::size_t live = 0;
    std::size_t most = 0;
    for (const auto& [at, change] : all) most = std::max(most, live += static_cast<std::size_t>(change));
    CAPTURE(life);
    CHECK(most <= books_.concurrency);
    if (life == 0) CHECK(most > books_.concurrency / 2);
  }
}

void auditor::check_campaign() const {
  std::map<std::string, std::int64_t> dialled;
  for (const auto& each : books_.legs) ++dialled[each.to];
  std::set<std::string> all;
  for (const auto& each : books_.numbers) {
    CAPTURE(each.number);
    CAPTURE(each.end_reason);
    all.insert(each.number);
    const bool is_interrupted = each.end_reason == "interrupted";
    const auto call = calls_.find(each.call_id);
    if (is_interrupted) {
      // It may have died before the carrier, or the store, had the call.
      CHECK(each.attempts >= dialled[each.number]);
      CHECK(each.attempts <= dialled[each.number] + 1);
      if (call != calls_.end()) CHECK(call->second->end_reason == end_reason::internal_error);
    } else {
      REQUIRE(call != calls_.end());
      CHECK(call->second->to == each.number);
      CHECK(call->second->end_reason == each.end_reason);
    }
    const auto fate = fate_of(each.number);
    const bool is_reached = !is_interrupted && fate.who == lab::callee::answers;
    CHECK(each.state == (is_reached ? "done" : "failed"));
    if (is_interrupted) continue;
    CHECK(each.end_reason == fate.end_reason);
    CHECK(each.attempts == dialled[each.number]);
    CHECK(each.attempts == (fate.who == lab::callee::busy ? books_.attempts : 1));
  }
  CHECK(all.size() == books_.numbers.size());
}

/// What the providers were sent. Per run of the process: what is in the store when it has ended in order is
/// all; of calls that are cut off by a kill it has what was written before, and the rest is bounded by what
/// the line said, and by what one call has to say.
void auditor::check_usage() const {
  day_life before;
  for (std::size_t i = 0; i < books_.lives.size(); ++i) {
    const auto& life = books_.lives[i];
    double stt = 0;
    double unknown_stt = 0;
    std::size_t calls = 0;
    std::size_t cut = 0;
    std::uint64_t characters = 0;
    for (const auto& each : pairs_) {
      if (lives_.at(epoch_of(each.call->id)) != i) continue;
      ++calls;
      stt += each.call->usage.stt_seconds;
      characters += each.call->usage.tts_characters;
      if (!is_cut(each)) continue;
      ++cut;
      if (each.at_carrier != nullptr)
        unknown_stt += static_cast<double>(each.at_carrier->counts.frames_sent) * frame_seconds;
    }
    CAPTURE(i);
    const auto heard = static_cast<double>(life.heard_bytes - before.heard_bytes) / bytes_a_second;
    const auto spoken = life.characters - before.characters;
    const auto unsure = static_cast<double>(calls) * rounding;
    CHECK(stt <= heard + unsure);
    CHECK(stt >= heard - unsure - unknown_stt);
    CHECK(characters <= spoken);
    constexpr std::size_t longest_talk = 40;
    CHECK(characters + cut * longest_talk >= spoken);
    if (!life.killed) CHECK(cut == 0);
    before = life;
  }
}

void auditor::check_recordings() const {
  namespace fs = std::filesystem;
  std::set<std::string> files;
  for (const auto& each : fs::directory_iterator(books_.folder))
    files.insert(each.path().filename().string());
  for (const auto& each : pairs_) {
    CAPTURE(each.call->id);
    CAPTURE(each.call->to);
    const auto name = each.call->id + ".wav";
    const bool is_there = files.erase(name) != 0;
    const auto frames = each.at_carrier == nullptr ? 0 : each.at_carrier->counts.frames_sent;
    // Nothing was said on a line that was not answered. What a kill cuts off lacks its last seconds, or all.
    const bool is_sure = !is_cut(each) && (frames == 0 || frames >= fewest_frames);
    CAPTURE(frames);
    if (is_sure) CHECK(is_there == (frames != 0));
    if (!is_there) continue;
    CHECK(frames != 0);
    std::ifstream stream(fs::path(books_.folder) / name, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(stream), {}};
    const auto found = wav::read({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    REQUIRE(found);
    CHECK(found->layout == wav::format{wav::coding::pcm16, 2, 8000});
    const auto length =
        static_cast<double>(found->audio.size()) / found->layout.frame_bytes() / found->layout.rate;
    const auto said = static_cast<double>(frames) * frame_seconds;
    CHECK(length <= said + seconds(slack) / 4);
    if (!is_cut(each)) CHECK(length >= said - seconds(slack) / 4);
  }
  for (const auto& each : files) FAIL_CHECK("a recording of no call: " << each);
}

}  // namespace

void audit(const day_books& books) {
  auditor by(books);
  by.match_legs();
  by.check_calls();
  by.check_dials();
  by.check_campaign();
  by.check_usage();
  by.check_recordings();
}

}  // namespace tandem::test
