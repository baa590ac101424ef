#include "tests/lab/playout_queue.hpp"

#include <algorithm>

namespace tandem::lab {

playout_queue::playout_queue(std::uint8_t silence, std::size_t bound) : silence_(silence), bound_(bound) {}

bool playout_queue::media(std::span<const std::uint8_t> audio) {
  if (audio_.size() + audio.size() > bound_) return false;
  audio_.insert(audio_.end(), audio.begin(), audio.end());
  return true;
}

bool playout_queue::mark(std::string_view name) {
  if (audio_.empty()) return true;
  marks_.push_back({played_ + audio_.size(), std::string(name)});
  return false;
}

std::vector<std::string> playout_queue::clear() {
  std::vector<std::string> back;
  for (auto& each : marks_) back.push_back(std::move(each.name));
  marks_.clear();
  played_ += audio_.size();
  audio_.clear();
  return back;
}

bool playout_queue::next(frame& out, std::vector<std::string>& reached) {
  auto count = std::min(out.size(), audio_.size());
  auto end = audio_.begin() + static_cast<std::ptrdiff_t>(count);
  std::fill(std::copy(audio_.begin(), end, out.begin()), out.end(), silence_);
  audio_.erase(audio_.begin(), end);
  played_ += count;
  while (!marks_.empty() && marks_.front().at <= played_) {
    reached.push_back(std::move(marks_.front().name));
    marks_.pop_front();
  }
  return count > 0;
}

}  // namespace tandem::lab
