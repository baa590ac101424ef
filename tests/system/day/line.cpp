#include "tests/system/day/line.hpp"

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// Between two sentences there is less.
constexpr auto politeness = 300ms;
/// An engine that is away for a while has to end such a call in time.
constexpr auto longest_wait = 45s;

const std::vector<std::uint8_t>& farewell() {
  static const auto spoken = [] {
    const auto speech = lab::make_flite_voice("slt")->speak("Goodbye.", 8000);
    std::vector<std::uint8_t> bytes(speech.samples.size());
    g711::encode_ulaw(speech.samples, bytes);
    return bytes;
  }();
  return spoken;
}

}  // namespace

bool day_person::was_told(moment now) const { return heard_last_ && now - *heard_last_ >= politeness; }

void day_person::speak(moment now, lab::frame& out) {
  out.fill(g711::ulaw_silence);
  if (how_ != manner::says_goodbye || (said_ == 0 && !was_told(now))) return;
  const auto count = std::min(out.size(), farewell().size() - said_);
  std::copy_n(farewell().begin() + static_cast<std::ptrdiff_t>(said_), count, out.begin());
  said_ += count;
}

void day_person::hear(moment now, const lab::frame&, bool is_audio) {
  if (is_audio) heard_last_ = now;
}

char day_person::presses(moment) {
  std::lock_guard guard(mutex_);
  if (keys_.empty()) return 0;
  const auto key = keys_.front();
  keys_.pop_front();
  return key;
}

bool day_person::hangs_up(moment now) {
  if (!began_) began_ = now;
  if (leaving) return true;
  if (how_ == manner::stays) return false;
  if (how_ == manner::leaves && was_told(now)) return true;
  if (now - *began_ >= longest_wait) gave_up = true;
  return gave_up;
}

void day_person::press(std::string_view keys) {
  std::lock_guard guard(mutex_);
  keys_.insert(keys_.end(), keys.begin(), keys.end());
}

namespace numbers {

constexpr std::string_view campaign = "+131255510";

std::string of_campaign(std::size_t n) {
  return std::string(campaign) + static_cast<char>('0' + n / 10) + static_cast<char>('0' + n % 10);
}

bool is_of_campaign(std::string_view number) { return number.starts_with(campaign); }

}  // namespace numbers

day_fate fate_of(std::string_view number) {
  using enum lab::callee;
  using enum day_person::manner;
  const day_fate is_busy{.who = busy, .end_reason = end_reason::busy};
  const day_fate is_silent{.who = no_answer, .end_reason = end_reason::no_answer};
  // A machine's message would go on for long.
  const day_fate is_machine{.who = machine, .how = stays, .end_reason = end_reason::machine};
  const day_fate is_polite{.how = says_goodbye, .end_reason = end_reason::agent_hung_up};
  if (numbers::is_of_campaign(number)) {
    switch (number.back()) {
      case '1':
      case '6':
        return is_busy;
      case '2':
        return is_silent;
      case '3':
        return is_machine;
      case '5':
      case '7':
      case '9':
        return is_polite;
      default:
        return {};
    }
  }
  if (number == numbers::busy) return is_busy;
  if (number == numbers::silent) return is_silent;
  if (number == numbers::machine) return is_machine;
  if (number == numbers::farewell_sayer || number == numbers::goodbye) return is_polite;
  if (number == numbers::leaver || number == numbers::interrupter || number == numbers::early) return {};
  if (number == numbers::transferred) return {.how = stays, .end_reason = end_reason::transferred};
  if (number == numbers::menu) return {.how = stays, .end_reason = end_reason::api_hung_up};
  return {.how = stays};
}

void day_line::install(const std::shared_ptr<day_line>& self, lab::carrier_options& line) {
  line.callees = [](std::string_view number) { return fate_of(number).who; };
  line.answering = [self](const std::string& number) -> lab::person* {
    auto& who = self->add(fate_of(number).how);
    std::lock_guard guard(self->mutex_);
    return self->at_[number] = &who;
  };
  line.leg_over = [self](const lab::call_outcome& how) {
    std::lock_guard guard(self->mutex_);
    self->over_.push_back(how);
  };
}

day_person& day_line::add(day_person::manner how) {
  std::lock_guard guard(mutex_);
  return *people_.emplace_back(std::make_unique<day_person>(how));
}

day_person& day_line::at(std::string_view number) {
  std::lock_guard guard(mutex_);
  const auto found = at_.find(number);
  REQUIRE(found != at_.end());
  return *found->second;
}

std::vector<lab::call_outcome> day_line::legs() {
  std::lock_guard guard(mutex_);
  return over_;
}

std::size_t day_line::given_up() {
  std::lock_guard guard(mutex_);
  return static_cast<std::size_t>(
      std::ranges::count_if(people_, [](const auto& each) { return each->gave_up.load(); }));
}

}  // namespace tandem::test
