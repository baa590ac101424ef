#include "protocols/audio/commits.hpp"

#include "protocols/words.hpp"

#include <algorithm>

namespace tandem {
namespace {

// Far more than can be under way within a deadline; beyond it the newest segments become one.
constexpr std::size_t most_pending = 64;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace

commits::commits(const settings& rules, std::uint64_t position) : rules_(rules), audio_(position) {
  settled_.audio = position;
}

void commits::sent(std::size_t bytes, moment now) {
  audio_ += bytes;
  stream_ += bytes;
  expect_automatic(bytes, now);
}

void commits::sent_silence(std::size_t bytes, moment now) {
  stream_ += bytes;
  expect_automatic(0, now);
}

commits::readiness commits::check(std::size_t extra) const {
  if (audio_ + extra == last_border().audio) return readiness::nothing;
  if (automatic_pending()) return readiness::automatic;
  const std::uint64_t size = uncommitted_bytes() + extra;
  if (size < bytes(rules_.least)) return readiness::too_short;
  if (rules_.by_server || automatic_missed_ || size < bytes(rules_.guard)) return readiness::ready;
  return size < bytes(rules_.automatic) ? readiness::near_limit : readiness::automatic;
}

std::size_t commits::padding(std::size_t extra) const {
  const std::uint64_t size = uncommitted_bytes() + extra;
  switch (check(extra)) {
    case readiness::too_short:
      return bytes(rules_.least) - size;
    case readiness::near_limit:
      return bytes(rules_.automatic) - size;
    default:
      return 0;
  }
}

void commits::commit(moment now) {
  if (uncommitted_bytes() == 0) return;
  push({.audio = audio_, .stream = stream_, .at = now, .automatic = false});
}

void commits::refused() {
  const auto newest =
      std::find_if(pending_.rbegin(), pending_.rend(), [](const border& one) { return !one.automatic; });
  if (newest != pending_.rend()) pending_.erase(std::next(newest).base());
}

bool commits::take(const scribe::partial& message) {
  const std::string_view text = trimmed(message.text);
  if (text.empty()) return true;
  if (echoes_ && words::same(text, last_)) return false;
  echoes_ = false;
  return true;
}

std::optional<utterance> commits::take(const scribe::committed& message) {
  if (plain_ == given_ && is_repeat(message.text)) return std::nullopt;
  if (++plain_ <= given_) return std::nullopt;
  return settle(message.text);
}

std::optional<utterance> commits::take(const scribe::committed_with_timestamps& message) {
  if (stamped_ == given_ && (message.words.empty() ? is_repeat(message.text) : !lies_behind(message)))
    return std::nullopt;
  ++stamped_;
  // Some segment before came without this variant.
  if (stamped_ <= given_ && lies_behind(message)) stamped_ = given_ + 1;
  if (stamped_ <= given_) return std::nullopt;
  return settle(message.text);
}

std::chrono::milliseconds commits::uncommitted() const {
  return std::chrono::milliseconds(uncommitted_bytes() / rules_.bytes_per_ms);
}

std::optional<moment> commits::deadline() const {
  if (pending_.empty()) return std::nullopt;
  return pending_.front().at + rules_.answer_within;
}

bool commits::stalled(moment now) {
  const auto overdue = [&](const border& one) { return now >= one.at + rules_.answer_within; };
  const auto missed = [&](const border& one) { return one.automatic && overdue(one); };
  if (std::erase_if(pending_, missed) != 0) automatic_missed_ = true;
  return std::any_of(pending_.begin(), pending_.end(), overdue);
}

bool commits::automatic_pending() const {
  return std::any_of(pending_.begin(), pending_.end(), [](const border& one) { return one.automatic; });
}

void commits::expect_automatic(std::size_t newest_audio, moment now) {
  if (rules_.by_server) return;
  stalled(now);
  if (automatic_missed_ || uncommitted_bytes() < bytes(rules_.automatic)) return;
  const std::uint64_t stream = last_border().stream + bytes(rules_.automatic);
  const std::uint64_t audio = audio_ - std::min<std::uint64_t>(stream_ - stream, newest_audio);
  push({.audio = audio, .stream = stream, .at = now, .automatic = true});
}

void commits::push(const border& next) {
  if (pending_.size() == most_pending) pending_.pop_back();
  pending_.push_back(next);
}

bool commits::lies_behind(const scribe::committed_with_timestamps& message) const {
  if (message.words.empty()) return false;
  const double middle_seconds = (message.words.front().start + message.words.back().end) / 2;
  return middle_seconds * 1000 * rules_.bytes_per_ms > static_cast<double>(settled_.stream);
}

/// Whether a segment that nobody asked for is the last one once more: the same words, and the server had no
/// reason to commit again.
bool commits::is_repeat(std::string_view text) const {
  const auto least = rules_.by_server ? rules_.least : rules_.guard;
  return given_ != 0 && pending_.empty() && uncommitted_bytes() < bytes(least) && words::same(text, last_);
}

utterance commits::settle(std::string_view text) {
  const std::uint64_t begin = settled_.audio;
  if (pending_.empty()) {
    // The server committed unasked: what was sent so far is the best that is known of its end.
    settled_ = {.audio = audio_, .stream = stream_, .at = {}, .automatic = true};
  } else {
    settled_ = pending_.front();
    pending_.erase(pending_.begin());
  }
  given_ = std::max(plain_, stamped_);
  automatic_missed_ = false;
  last_ = trimmed(text);
  echoes_ = !last_.empty();
  return {last_, begin, settled_.audio};
}

std::uint64_t commits::bytes(std::chrono::milliseconds time) const {
  return static_cast<std::uint64_t>(time.count()) * rules_.bytes_per_ms;
}

}  // namespace tandem
