#include "actors/media/reply_playout.hpp"

#include "actors/media/audio_path.hpp"
#include "actors/runtime/metrics.hpp"
#include "protocols/audio/g711.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <prometheus/counter.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t bytes_per_ms = 8;
constexpr std::size_t frame_bytes = std::size_t{20} * bytes_per_ms;
// So much later than the clock says may the carrier's last mark come.
constexpr auto mark_grace = 2s;

pacing::settings rules(telnyx::codec codec, std::size_t bound) {
  pacing::settings made;
  made.bytes_per_ms = bytes_per_ms;
  made.silence = codec == telnyx::codec::pcma ? g711::alaw_silence : g711::ulaw_silence;
  made.bound = bound;
  return made;
}

}  // namespace

reply_playout::reply_playout(std::shared_ptr<audio_path> path, telnyx::codec codec, std::size_t bound,
                             metrics& measure)
    : path_(std::move(path)),
      measure_(measure),
      pacing_(rules(codec, bound)),
      ledger_(0, bytes_per_ms),
      held_(*measure.playout_buffer_bytes) {}

void reply_playout::begin(std::uint32_t turn) {
  end();
  ledger_ = heard_ledger(turn, bytes_per_ms);
}

void reply_playout::end() {
  pacing_.begin_turn();
  paused_ = false;
  started_ = false;
  marked_ = 0;
  account();
}

void reply_playout::add_audio(const tts::output& message) {
  ledger_.add_audio(message.audio.size(), message.alignment);
  pacing_.append(message.audio);
  account();
}

void reply_playout::drop_open_word(std::uint64_t settled) {
  ledger_.cut(pacing_.cut(std::max(settled, ledger_.received_words())));
  account();
}

void reply_playout::finish() {
  pacing_.finish();
  ledger_.finish();
}

void reply_playout::pump(moment now) {
  auto* const carrier = path_->playout;
  if (carrier == nullptr || paused_) return;
  while (writable_) {
    const auto sent = pacing_.take(chunk_, now);
    if (!sent) break;
    ledger_.sent(sent->end, now);
    started_ = true;
    writable_ = carrier->play(chunk_);
    measure_.outbound_frames(frame_outcome::ok).Increment(static_cast<double>(chunk_.size() / frame_bytes));
    if (ledger_.mark_due()) mark();
  }
  // The turn's end may come to be known behind its last chunk.
  if (pacing_.done() && marked_ < ledger_.sent_position()) mark();
  account();
}

void reply_playout::mark() {
  path_->playout->mark(ledger_.mark());
  marked_ = ledger_.sent_position();
}

void reply_playout::silence(moment now) {
  if (path_->playout != nullptr) path_->playout->clear();
  ledger_.cleared(now);
  pacing_.clear(now);
}

void reply_playout::go_on(moment now) {
  ledger_.resumed(pacing_.resume(ledger_.resume_position(now)));
  marked_ = std::min(marked_, ledger_.sent_position());
  paused_ = false;
}

void reply_playout::pause(moment now) {
  if (std::exchange(paused_, true)) return;
  silence(now);
}

void reply_playout::resume(moment now) {
  if (paused_) go_on(now);
}

void reply_playout::stop(moment now) {
  if (!paused_) silence(now);
}

void reply_playout::stream_lost(moment now) {
  writable_ = true;
  if (paused_ || !started_) return;
  ledger_.cleared(now);
  pacing_.clear(now);
  go_on(now);
}

bool reply_playout::is_over(moment now) const {
  if (paused_ || !pacing_.done()) return false;
  return ledger_.heard(now).at_least >= ledger_.audio_bytes() || now >= ledger_.played_at() + mark_grace;
}

std::optional<moment> reply_playout::wake_up() const {
  if (paused_) return std::nullopt;
  if (pacing_.done()) return ledger_.played_at() + mark_grace;
  if (path_->playout == nullptr || !writable_) return std::nullopt;
  return pacing_.wake_up();
}

}  // namespace tandem
