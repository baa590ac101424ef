#include "tests/lab/second_hearing.hpp"

#include "tests/lab/recognition.hpp"
#include "tests/lab/words.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <stdexcept>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

/// Between two things that are said.
constexpr auto pause = 500ms;
/// Of the silence around them.
constexpr auto margin = 200ms;
constexpr auto patience = 60s;

}  // namespace

std::vector<std::string> hear_again(const recording& line, std::size_t channel,
                                    std::span<const std::string> phrases) {
  worker_pool worker(1);
  const auto ears = make_sphinx_recogniser(phrases, worker, 1);
  const auto stream = ears->open(line.rate, [](const std::function<void()>& call) { call(); });
  std::vector<std::string> words;
  for (const auto& [begin, end] : sounds_in(line, channel, pause)) {
    std::vector<std::int16_t> samples;
    const auto from = std::max(begin - margin, 0ms).count() * line.rate / 1000;
    const auto to = std::min(end + margin, length_of(line)).count() * line.rate / 1000;
    for (auto at = static_cast<std::size_t>(from); at < static_cast<std::size_t>(to); ++at)
      samples.push_back(line.stereo[2 * at + channel]);
    auto told = std::make_shared<std::promise<std::string>>();
    auto text = told->get_future();
    if (!stream->hear(samples)) throw std::runtime_error("something was said for longer than can be heard");
    stream->conclude([told](const heard& what) { told->set_value(what.text); });
    if (text.wait_for(patience) != std::future_status::ready)
      throw std::runtime_error("the recogniser is silent");
    std::ranges::move(words_of(text.get()), std::back_inserter(words));
  }
  return words;
}

std::size_t different_words(std::span<const std::string> one, std::span<const std::string> other) {
  // Levenshtein's distance, of which one row is kept.
  std::vector<std::size_t> row(other.size() + 1);
  for (std::size_t n = 0; n < row.size(); ++n) row[n] = n;
  for (const auto& word : one) {
    auto corner = row[0]++;
    for (std::size_t n = 1; n < row.size(); ++n) {
      const auto changed = corner + (word != other[n - 1]);
      corner = row[n];
      row[n] = std::min({changed, row[n] + 1, row[n - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace tandem::lab
