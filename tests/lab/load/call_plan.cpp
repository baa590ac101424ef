#include "tests/lab/load/call_plan.hpp"

#include <algorithm>
#include <array>

namespace tandem::lab {

namespace {

constexpr std::array<std::string_view, 7> profiles{"listen",   "talk", "churn", "barge",
                                                   "overload", "soak", "chaos"};
constexpr std::array<std::string_view, line_faults> lines{
    "none", "swapped", "doubled",   "garbage", "lost",     "deaf",       "binary",
    "cut",  "reset",   "half_open", "unborn",  "nameless", "after_stop", "second_stream"};
constexpr std::array<std::string_view, provider_faults> providers{"none",  "drop",    "close",  "error",
                                                                  "stall", "silence", "garbage"};

constexpr std::uint32_t second = 50;

/// Draws numbers from a seed.
class dice {
 public:
  explicit dice(std::uint64_t seed) : seed_(seed) {}

  std::uint64_t next() { return scatter(seed_, ++drawn_); }

  std::uint32_t between(std::uint32_t least, std::uint32_t most) {
    return least + static_cast<std::uint32_t>(next() % (most - least + 1));
  }

  bool one_in(std::uint32_t many) { return next() % many == 0; }

 private:
  std::uint64_t seed_;
  std::uint64_t drawn_ = 0;
};

void disturb(call_plan& call, const load_plan& run, dice& random) {
  // Three in ten calls have nothing to suffer but their neighbours.
  const auto kind = random.between(0, 9);
  if (kind < 3) return;
  if (kind < 7 || kind == 9) {
    call.line = static_cast<line_fault>(random.between(1, line_faults - 1));
    call.line_at = random.between(5, std::max(call.life, 20U) * 3 / 4);
  }
  if (kind >= 7) {
    call.scribe = static_cast<provider_fault>(random.between(0, provider_faults - 1));
    call.scribe_at = random.between(1, std::max(call.life / 5, 10U) * 3 / 4);
    call.speech = static_cast<provider_fault>(random.between(0, provider_faults - 1));
    call.speech_at = random.between(1, 12);
  }
  if (!run.lines_fail) call.line = line_fault::none;
  if (!run.providers_fail) call.scribe = call.speech = provider_fault::none;
  // A stream that nobody announced has no address to come back to.
  if (call.line == line_fault::second_stream) call.announced = true;
}

/// Half of the calls that something happens to suffer the model as well, and of the others one in three.
void disturb_turn(call_plan& call, dice& random) {
  if (!random.one_in(call.is_undisturbed() ? 3 : 2)) return;
  call.model = static_cast<chat_fault>(random.between(1, chat_faults - 1));
  call.model_at = random.one_in(3) ? 1 : 0;
  call.model_stays = random.one_in(2);
}

}  // namespace

std::uint64_t scatter(std::uint64_t seed, std::uint64_t n) {
  auto x = seed * 0x9e3779b97f4a7c15ULL + n * 0xd1b54a32d192ed03ULL + 0x2545f4914f6cdd1dULL;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
  return x ^ x >> 31;
}

std::string_view to_string(load_profile profile) { return profiles[static_cast<std::size_t>(profile)]; }

std::optional<load_profile> load_profile_of(std::string_view name) {
  const auto* found = std::find(profiles.begin(), profiles.end(), name);
  if (found == profiles.end()) return std::nullopt;
  return static_cast<load_profile>(found - profiles.begin());
}

std::string_view to_string(line_fault fault) { return lines[static_cast<std::size_t>(fault)]; }
std::string_view to_string(provider_fault fault) { return providers[static_cast<std::size_t>(fault)]; }

bool call_plan::is_undisturbed() const {
  return line == line_fault::none && scribe == provider_fault::none && speech == provider_fault::none &&
         model == chat_fault::none;
}

bool call_plan::upstream_is_whole() const {
  // What comes twice or in the wrong order is put right, and garbage is none of the audio.
  const auto whole_line = line <= line_fault::garbage || line == line_fault::deaf;
  return whole_line && scribe != provider_fault::silence && scribe != provider_fault::stall;
}

bool call_plan::downstream_is_whole() const {
  return interrupts == interruption::none && line <= line_fault::lost && speech == provider_fault::none;
}

bool call_plan::is_answered() const {
  const auto is_heard = scribe == provider_fault::none || scribe == provider_fault::garbage;
  return line <= line_fault::garbage && is_heard && speech == provider_fault::none;
}

call_plan plan_call(const load_plan& run, std::uint32_t n) {
  call_plan call;
  call.number = n;
  dice random(scatter(run.seed, n));
  call.seed = random.next();
  call.speech_period = 8 * second;
  // So that a second holds as many first words as any other.
  call.first_speech = 25 + n * 37 % call.speech_period;
  switch (run.profile) {
    case load_profile::listen:
      call.speech_period = 0;
      break;
    case load_profile::talk:
    case load_profile::overload:
      break;
    case load_profile::soak:
      call.life = random.between(10 * second, 120 * second);
      break;
    case load_profile::churn:
      call.life = random.between(second, 2 * second);
      call.speech_period = 0;
      break;
    case load_profile::barge:
      call.interrupts = std::array{interruption::words, interruption::voice, interruption::whisper}[n % 3];
      call.first_speech = 25 + n * 37 % (2 * second);
      call.speech_period = 4 * second;
      break;
    case load_profile::chaos:
      call.life = random.between(second, 20 * second);
      call.first_speech = random.between(10, 2 * second);
      call.speech_period = random.between(4 * second, 8 * second);
      if (random.one_in(5)) call.interrupts = interruption::words;
      call.announced = random.one_in(3);
      call.twice = call.announced && random.one_in(2);
      disturb(call, run, random);
      if (run.model_fails) disturb_turn(call, random);
      break;
  }
  return call;
}

}  // namespace tandem::lab
