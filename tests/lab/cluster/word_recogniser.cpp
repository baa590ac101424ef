#include "tests/lab/cluster/word_recogniser.hpp"

#include "protocols/base64.hpp"
#include "protocols/elevenlabs/scribe_server.hpp"
#include "tests/lab/load/scribe_end.hpp"
#include "tests/lab/load/sound_book.hpp"

#include <utility>
#include <vector>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr auto start_delay = 100ms;
constexpr auto commit_delay = 150ms;
/// Fewer of a turn's frames are no word.
constexpr std::uint32_t frames_of_a_word = 10;

}  // namespace

word_recogniser::word_recogniser(loop& home, std::shared_ptr<link> client, std::string_view query,
                                 std::function<void()> gone)
    : home_(home), client_(std::move(client)), gone_(std::move(gone)) {
  client_->start(*this);
  const auto settings = scribe::parse_query(query);
  start_ = home_.at(home_.now() + start_delay, [this, settings = settings.value_or(scribe::settings{})] {
    out_.clear();
    scribe::append_session_started(out_, "cluster", settings, scribe::config_spelling::live);
    client_->send(out_);
  });
}

void word_recogniser::on_text(std::span<char> text) {
  const auto chunk = scribe::decode_chunk(text);
  if (!chunk) return;
  std::vector<std::uint8_t> audio(base64::decoded_bound(chunk->audio_base64.size()));
  const auto size = base64::decode(chunk->audio_base64, audio);
  if (size) hear(std::span(audio).first(*size));
  if (chunk->commit) commit();
}

void word_recogniser::hear(std::span<const std::uint8_t> audio) {
  std::uint32_t voiced = 0;
  tags_.take(audio, [&](const frame_tag& tag) {
    call_ = tag.call;
    if (tag.sound != sound_book::silence) ++turns_[tag.sound];
  });
  for (const auto& [turn, frames] : turns_) voiced += frames;
  if (voiced < told_ + frames_of_a_word) return;
  told_ = voiced;
  out_.clear();
  scribe::append_message(out_, scribe::partial{.text = text()});
  client_->send(out_);
}

std::string word_recogniser::text() const {
  std::string out;
  for (const auto& [turn, frames] : turns_) {
    if (frames < frames_of_a_word) continue;
    if (!out.empty()) out += ' ';
    out += naming_text(call_, turn);
  }
  return out;
}

void word_recogniser::commit() {
  answers_.push_back({home_.now() + commit_delay, text()});
  turns_.clear();
  told_ = 0;
  if (answers_.size() == 1) answering_ = home_.at(answers_.front().due, [this] { answer_due(); });
}

void word_recogniser::answer_due() {
  out_.clear();
  scribe::append_message(out_, scribe::committed{.text = answers_.front().text});
  client_->send(out_);
  answers_.pop_front();
  if (!answers_.empty()) answering_ = home_.at(answers_.front().due, [this] { answer_due(); });
}

}  // namespace tandem::lab
