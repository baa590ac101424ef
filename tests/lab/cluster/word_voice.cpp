#include "tests/lab/cluster/word_voice.hpp"

#include "protocols/elevenlabs/speech_stream_server.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr auto first_audio = 120ms;
/// Four times as fast as it is heard.
constexpr auto word_interval = 40ms;
constexpr std::uint32_t frame_ms = 20;

}  // namespace

word_voice::word_voice(loop& home, std::shared_ptr<link> client, std::function<void()> gone)
    : home_(home), client_(std::move(client)), gone_(std::move(gone)), next_(home.now()) {
  client_->start(*this);
}

void word_voice::on_text(std::span<char> text) {
  const auto message = tts::decode_client(text);
  if (!message) return;
  if (message->close_socket) ending_ = true;
  const std::string id(message->context.value_or(""));
  const auto says = message->text && message->text->find_first_not_of(' ') != std::string_view::npos;
  if (says) add(contexts_[id], *message->text);
  if (const auto known = contexts_.find(id); message->close_context && known != contexts_.end())
    known->second.closing = true;
  speak_next();
}

void word_voice::add(context& to, std::string_view text) {
  if (to.words.empty()) next_ = std::max(next_, home_.now() + first_audio);
  while (!text.empty()) {
    const auto end = std::min(text.find(' ', text.find_first_not_of(' ')), text.size() - 1) + 1;
    to.words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

void word_voice::speak_next() {
  while (!held_) {
    const auto ready = std::ranges::find_if(
        contexts_, [](const auto& each) { return !each.second.words.empty() || each.second.closing; });
    if (ready == contexts_.end()) {
      if (ending_) client_->close(1000, "");
      return;
    }
    auto& [id, one] = *ready;
    if (one.words.empty()) {
      out_.clear();
      tts::append_output(out_, {.context = id, .is_final = true}, tts::spelling::camel_case);
      contexts_.erase(ready);
      held_ = !client_->send(out_);
      continue;
    }
    if (home_.now() < next_) {
      pacing_ = home_.at(next_, [this] { speak_next(); });
      return;
    }
    say(id, one.words.front());
    one.words.pop_front();
  }
}

void word_voice::say(const std::string& id, const std::string& word) {
  const auto first = std::min(word.find_first_not_of(' '), word.size());
  const auto known = read_spoken_word(std::string_view(word).substr(first));
  std::vector<std::uint8_t> audio;
  for (std::uint32_t n = 0; n < word_frames; ++n) {
    auto sound = sound_of(known.value_or(spoken_word{}), n);
    // Without a tag it is a word that nobody counts.
    if (!known) std::fill_n(sound.begin(), tag_bytes, std::uint8_t{0x55});
    audio.insert(audio.end(), sound.begin(), sound.end());
  }
  tts::output message{.context = id, .audio = audio};
  for (std::size_t at = 0; at < word.size(); ++at) {
    // Characters begin with frames, so that what is cut off behind one leaves whole frames.
    const auto start = static_cast<std::uint32_t>(at * word_frames / word.size()) * frame_ms;
    message.alignment.push_back({std::string_view(word).substr(at, 1), start, frame_ms});
  }
  next_ = std::max(next_ + word_interval, home_.now());
  out_.clear();
  tts::append_output(out_, message, tts::spelling::camel_case);
  held_ = !client_->send(out_);
}

void word_voice::on_writable() {
  held_ = false;
  speak_next();
}

}  // namespace tandem::lab
