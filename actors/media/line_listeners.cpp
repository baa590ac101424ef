#include "actors/media/line_listeners.hpp"

#include "actors/runtime/gauge_share.hpp"
#include "actors/runtime/link.hpp"
#include "actors/runtime/metrics.hpp"
#include "protocols/audio/line_tape.hpp"
#include "protocols/json_builder.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <span>
#include <string>
#include <utility>

#include <prometheus/counter.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

constexpr auto piece_time = 100ms;
constexpr std::uint64_t pieces_per_second = 1s / piece_time;
/// So much may wait here for a link that takes no more.
constexpr std::size_t most_waiting = 2s / piece_time;
/// What is older than this on the tape nobody spoke: the stream had a hole.
constexpr auto longest_hole = 3s;

constexpr std::uint16_t normal = 1000;
constexpr std::uint16_t try_again_later = 1013;

std::string start_message(std::uint32_t rate) {
  std::string text;
  json::builder(text).text("event", "start").text("codec", "PCMU").integer("rate", rate).raw("channels") +=
      R"(["caller","agent"])";
  return text;
}

std::string message_of(const line_tape::piece& piece) {
  std::string bytes;
  bytes.reserve(sizeof piece.position + piece.stereo.size());
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(piece.position >> shift));
  bytes.append(piece.stereo.begin(), piece.stereo.end());
  return bytes;
}

}  // namespace

class line_listeners::listener final : public link_events {
 public:
  listener(line_listeners& all, std::shared_ptr<link> stream, std::shared_ptr<void> place, std::uint64_t from)
      : next(from),
        all_(all),
        stream_(std::move(stream)),
        place_(std::move(place)),
        held_(*all.measure_.listener_buffer_bytes) {
    stream_->start(*this);
    full_ = !stream_->send(start_message(all_.rate_));
  }

  void on_text(std::span<char>) override {}
  void on_writable() override {
    full_ = false;
    flush();
  }
  void on_closed(const link_closed&) override { all_.remove(*this); }

  void take(std::string message) {
    waiting_.push_back(std::move(message));
    flush();
    if (waiting_.size() > most_waiting) {
      waiting_.pop_front();
      all_.measure_.listener_dropped_seconds_total->Increment(
          std::chrono::duration<double>(piece_time).count());
    }
    count_held();
  }

  void leave(std::uint16_t code, std::string_view why) { stream_->leave(code, why); }

  /// The position of the first sample that it has not had.
  std::uint64_t next;

 private:
  void flush() {
    while (!full_ && !waiting_.empty()) {
      full_ = !stream_->send_binary(waiting_.front());
      waiting_.pop_front();
    }
    count_held();
  }

  void count_held() { held_.set(waiting_.empty() ? 0 : waiting_.size() * waiting_.front().size()); }

  line_listeners& all_;
  std::shared_ptr<link> stream_;
  std::shared_ptr<void> place_;
  std::deque<std::string> waiting_;
  bool full_ = false;
  gauge_share held_;
};

line_listeners::line_listeners(std::uint32_t rate, metrics& measure, std::atomic<std::uint32_t>& count)
    : rate_(rate), measure_(measure), count_(count) {}

line_listeners::~line_listeners() { end("the call has ended"); }

void line_listeners::add(std::shared_ptr<link> stream, std::shared_ptr<void> place, std::uint64_t from) {
  if (all_.size() >= most_listeners) return stream->leave(try_again_later, "too many listen in to the call");
  all_.push_back(std::make_unique<listener>(*this, std::move(stream), std::move(place), from));
  count_ = static_cast<std::uint32_t>(all_.size());
}

void line_listeners::hear(const line_tape& tape, std::uint64_t end, moment now, bool is_last) {
  const auto oldest = tape.position(now - longest_hole);
  const auto size = rate_ / pieces_per_second;
  for (const auto& each : all_) {
    each->next = std::max(each->next, oldest);
    while (each->next + size <= end) {
      const auto piece = tape.part(each->next, each->next + size);
      each->next += size;
      each->take(message_of(piece));
    }
    if (is_last && each->next < end) each->take(message_of(tape.part(each->next, end)));
  }
}

void line_listeners::end(std::string_view why) {
  for (const auto& each : all_) each->leave(normal, why);
  all_.clear();
  count_ = 0;
}

void line_listeners::remove(const listener& gone) {
  const auto place =
      std::find_if(all_.begin(), all_.end(), [&](const auto& each) { return each.get() == &gone; });
  // It ends with this function.
  const auto over = std::move(*place);
  all_.erase(place);
  count_ = static_cast<std::uint32_t>(all_.size());
}

}  // namespace tandem
