#include "actors/media/reply_playout.hpp"

#include "actors/media/audio_path.hpp"
#include "actors/runtime/metrics.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <prometheus/counter.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t frame_ms = 20;
// So much later than the clock says may the carrier's last mark come.
constexpr auto mark_grace = 2s;
// Calls are sent their audio together at such steps, for one wake-up of the loop instead of many; what the
// carrier has in stock bears it.
constexpr moment::duration step = 10ms;
// A pass does not tell when it is valid again; what the carrier has in stock bears this wait too.
constexpr auto pass_interval = 50ms;

pacing::settings rules(const audio_format& format, std::size_t bound) {
  pacing::settings made;
  made.bytes_per_ms = format.bytes_per_ms();
  made.sample_bytes = format.sample_bytes;
  made.silence = format.silence;
  made.bound = bound;
  return made;
}

/// The first step that is not before `due`.
moment in_step(moment due) {
  const auto since = due.time_since_epoch();
  return moment((since + step - moment::duration(1)) / step * step);
}

}  // namespace

reply_playout::reply_playout(std::shared_ptr<audio_path> path, const audio_format& format, std::size_t bound,
                             metrics& measure)
    : path_(std::move(path)),
      bytes_per_ms_(format.bytes_per_ms()),
      measure_(measure),
      pacing_(rules(format, bound)),
      ledger_(0, bytes_per_ms_),
      held_(*measure.playout_buffer_bytes) {}

void reply_playout::begin(std::uint32_t turn) {
  end();
  ledger_ = heard_ledger(turn, bytes_per_ms_);
}

void reply_playout::end() {
  pacing_.begin_turn();
  paused_ = false;
  started_ = false;
  marked_ = 0;
  account();
}

void reply_playout::add_audio(std::span<const std::uint8_t> audio,
                              std::span<const tts::aligned_text> alignment) {
  ledger_.add_audio(audio.size(), alignment);
  pacing_.append(audio);
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
  barred_until_.reset();
  auto* const carrier = path_->playout;
  if (carrier == nullptr || paused_) return;
  if (!path_->may_act(now)) {
    barred_until_ = in_step(now + pass_interval);
    return;
  }
  while (writable_) {
    const auto sent = pacing_.take(chunk_, now);
    if (!sent) break;
    ledger_.sent(sent->end, now);
    started_ = true;
    writable_ = carrier->play(chunk_);
    measure_.outbound_frames(frame_outcome::ok)
        .Increment(static_cast<double>(chunk_.size() / (frame_ms * bytes_per_ms_)));
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
  if (!path_->may_act(now)) {
    now = std::max(now, ledger_.played_at());
  } else if (path_->playout != nullptr) {
    path_->playout->clear();
  }
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
  if (pacing_.done()) {
    const auto over = ledger_.played_at() + mark_grace;
    return barred_until_ && marked_ < ledger_.sent_position() ? std::min(*barred_until_, over) : over;
  }
  if (path_->playout == nullptr || !writable_) return std::nullopt;
  const auto due = pacing_.wake_up();
  if (!due) return std::nullopt;
  return barred_until_ ? std::max(*barred_until_, in_step(*due)) : in_step(*due);
}

}  // namespace tandem
