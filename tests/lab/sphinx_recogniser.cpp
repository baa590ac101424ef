#include "tests/lab/decoder.hpp"
#include "tests/lab/language_model.hpp"
#include "tests/lab/rate.hpp"
#include "tests/lab/recognition.hpp"
#include "tests/lab/words.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace tandem::lab {

namespace {

constexpr auto full_dictionary = "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict";
constexpr std::size_t backlog_seconds = 30;

/// The decoders, which take a third of a second to make and are therefore kept.
class decoder_shelf {
 public:
  decoder_shelf(language spoken, std::span<const std::string> phrases, std::size_t bound)
      : spoken_(std::move(spoken)), captions_(phrases), bound_(bound) {
    // The first one at once, so that a fault shows before anyone calls.
    idle_.push_back(std::make_unique<decoder>(spoken_));
  }

  bool reserve() {
    std::lock_guard lock(mutex_);
    return taken_ < bound_ && ++taken_;
  }

  /// Nullptr when no decoder can be made: the stream then answers nothing.
  std::unique_ptr<decoder> take() {
    {
      std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto one = std::move(idle_.back());
        idle_.pop_back();
        return one;
      }
    }
    try {
      return std::make_unique<decoder>(spoken_);
    } catch (const std::runtime_error&) {
      return nullptr;
    }
  }

  void put_back(std::unique_ptr<decoder> one) {
    if (one) one->restart();
    std::lock_guard lock(mutex_);
    --taken_;
    if (one) idle_.push_back(std::move(one));
  }

  const caption_writer& captions() const { return captions_; }

 private:
  const language spoken_;
  const caption_writer captions_;
  const std::size_t bound_;
  std::mutex mutex_;
  std::size_t taken_ = 0;
  std::vector<std::unique_ptr<decoder>> idle_;
};

using shelf_ptr = std::shared_ptr<decoder_shelf>;

/// What a stream and its job on a worker share. One job at a time runs, so the decoder needs no lock.
class stream : public std::enable_shared_from_this<stream> {
 public:
  stream(shelf_ptr shelf, worker_pool& workers, unsigned rate, post_function post)
      : shelf_(std::move(shelf)), workers_(workers), rate_(rate), post_(std::move(post)) {}

  ~stream() { shelf_->put_back(std::move(decoder_)); }

  bool hear(std::span<const std::int16_t> samples) {
    std::lock_guard lock(mutex_);
    if (waiting_ + samples.size() > backlog_seconds * rate_) return false;
    waiting_ += samples.size();
    if (steps_.empty() || steps_.back().told) steps_.emplace_back();
    steps_.back().samples.insert(steps_.back().samples.end(), samples.begin(), samples.end());
    return schedule();
  }

  void ask(recognition::answer told, bool last) {
    std::lock_guard lock(mutex_);
    if (!last && std::exchange(guessing_, true)) return;
    steps_.push_back({{}, std::move(told), last});
    schedule();
  }

  void abandon() {
    *open_ = false;
    std::lock_guard lock(mutex_);
    steps_.clear();
  }

 private:
  struct step {
    std::vector<std::int16_t> samples;
    recognition::answer told;
    bool last = false;
  };

  /// With the lock held.
  bool schedule() {
    if (!scheduled_) scheduled_ = workers_.run([self = shared_from_this()] { self->work(); });
    return scheduled_;
  }

  void work() {
    if (!decoder_) decoder_ = shelf_->take();
    std::unique_lock lock(mutex_);
    if (!decoder_) steps_.clear();
    while (!steps_.empty()) {
      auto next = std::move(steps_.front());
      steps_.pop_front();
      waiting_ -= next.samples.size();
      if (next.told && !next.last) guessing_ = false;
      lock.unlock();
      take(std::move(next));
      lock.lock();
    }
    scheduled_ = false;
  }

  void take(step next) {
    if (!next.samples.empty()) {
      fine_.clear();
      if (rate_ == 8000)
        doubler_.append(next.samples, fine_);
      else
        doubler_.append_unchanged(next.samples, fine_);
      decoder_->hear(fine_);
    }
    if (!next.told) return;
    heard what;
    what.words = next.last ? decoder_->conclude() : decoder_->guess();
    std::vector<std::string> words;
    for (const auto& word : what.words) words.push_back(word.text);
    what.text = shelf_->captions().write(words);
    post_([open = open_, told = std::move(next.told), what = std::move(what)]() mutable {
      if (*open) told(std::move(what));
    });
  }

  shelf_ptr shelf_;
  worker_pool& workers_;
  const unsigned rate_;
  post_function post_;
  std::shared_ptr<std::atomic<bool>> open_ = std::make_shared<std::atomic<bool>>(true);
  std::mutex mutex_;
  std::deque<step> steps_;
  std::size_t waiting_ = 0;
  bool guessing_ = false;
  bool scheduled_ = false;
  std::unique_ptr<decoder> decoder_;
  rate_doubler doubler_;
  std::vector<std::int16_t> fine_;
};

class sphinx_recognition final : public recognition {
 public:
  sphinx_recognition(std::shared_ptr<stream> shared, worker_pool& workers)
      : shared_(std::move(shared)), workers_(workers) {}
  ~sphinx_recognition() override {
    shared_->abandon();
    // The last to let go ends an unfinished segment, which is work.
    workers_.run([shared = std::move(shared_)]() mutable { shared.reset(); });
  }
  bool hear(std::span<const std::int16_t> samples) override { return shared_->hear(samples); }
  void guess(answer told) override { shared_->ask(std::move(told), false); }
  void conclude(answer told) override { shared_->ask(std::move(told), true); }

 private:
  std::shared_ptr<stream> shared_;
  worker_pool& workers_;
};

class sphinx_recogniser final : public recogniser {
 public:
  sphinx_recogniser(shelf_ptr shelf, worker_pool& workers) : shelf_(std::move(shelf)), workers_(workers) {}

  std::unique_ptr<recognition> open(unsigned rate, post_function post) override {
    if (!shelf_->reserve()) return nullptr;
    return std::make_unique<sphinx_recognition>(
        std::make_shared<stream>(shelf_, workers_, rate, std::move(post)), workers_);
  }

 private:
  shelf_ptr shelf_;
  worker_pool& workers_;
};

}  // namespace

std::unique_ptr<recogniser> make_sphinx_recogniser(std::span<const std::string> phrases, worker_pool& workers,
                                                   std::size_t max_streams) {
  std::ifstream file(full_dictionary, std::ios::binary);
  if (!file)
    throw std::runtime_error(std::string("cannot read ") + full_dictionary + " (package pocketsphinx-en-us)");
  auto picked = pick_words(phrases, std::string(std::istreambuf_iterator<char>(file), {}));
  if (!picked.missing.empty()) {
    std::string words;
    for (const auto& word : picked.missing) (words += words.empty() ? "" : ", ") += word;
    throw std::runtime_error("words without a pronunciation in " + std::string(full_dictionary) + ": " +
                             words);
  }
  if (picked.entries.empty()) throw std::runtime_error("no phrases to recognise");
  language spoken{arpa_model(phrases), picked.entries};
  return std::make_unique<sphinx_recogniser>(
      std::make_shared<decoder_shelf>(std::move(spoken), phrases, max_streams), workers);
}

}  // namespace tandem::lab
