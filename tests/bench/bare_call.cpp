#include "tests/bench/bare_call.hpp"

#include "protocols/elevenlabs/scribe.hpp"
#include "protocols/elevenlabs/speech_stream.hpp"
#include "protocols/telnyx/media.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string_view>
#include <variant>

namespace tandem::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t bytes_per_ms = 8;
constexpr std::size_t chunk_bytes = 100 * bytes_per_ms;
constexpr int rate = 8000;
/// So much silence ends what a caller says, as in the engine.
constexpr auto endpoint = 500ms;

}  // namespace

std::optional<relay_order> read_order(int count, char** arguments) {
  const std::vector<std::string_view> words(arguments + 1, arguments + std::max(count, 1));
  relay_order order;
  auto right = words.size() >= 2 && words[0] == "serve" && words[1].starts_with("ws://");
  if (right) order.providers = words[1];
  for (std::size_t n = 2; right && n < words.size(); ++n) {
    right = words[n] == "--commit=local" || words[n] == "--commit=vad" || words[n] == "--reads-twice";
    if (words[n] == "--commit=vad") order.commit = committer::vad;
    if (words[n] == "--reads-twice") order.reads_twice = true;
  }
  if (right) return order;
  std::fputs("usage: serve PROVIDERS [--commit=local|vad] [--reads-twice], e.g. serve ws://127.0.0.1:9000\n",
             stderr);
  return std::nullopt;
}

std::string scribe_target(committer commit) {
  scribe::settings session;
  if (commit == committer::vad) {
    session.commit = scribe::commit_strategy::vad;
    session.vad_silence_threshold_secs = std::chrono::duration<double>(endpoint).count();
  }
  return "/v1/speech-to-text/realtime?" + scribe::query(session);
}

std::string speech_target() {
  tts::settings socket;
  socket.voice = "rms";
  return "/v1/text-to-speech" + tts::target(socket);
}

bare_call::bare_call(committer commit, call_lines& lines) : lines_(lines) {
  if (commit == committer::local) voice_.emplace();
}

void bare_call::carrier_said(std::span<char> text, moment now) {
  const auto event = telnyx::decode_event(text);
  const auto* media = event ? std::get_if<telnyx::media>(&*event) : nullptr;
  if (media == nullptr) return;
  if (voice_) listen(media->payload, now);
  upstream_.insert(upstream_.end(), media->payload.begin(), media->payload.end());
  if (upstream_.size() >= chunk_bytes && started_) send_chunk(false);
}

void bare_call::listen(std::span<const std::uint8_t> audio, moment now) {
  for (const auto& change : voice_->feed_ulaw(position_, audio)) {
    endpoint_.reset();
    if (change.what == voice_change::kind::ended) endpoint_ = now + endpoint;
  }
  position_ += audio.size();
}

void bare_call::send_chunk(bool commit) {
  scribe::append_audio_chunk(lines_.message(line::scribe), upstream_, commit, rate);
  lines_.send(line::scribe);
  upstream_.clear();
}

void bare_call::scribe_said(std::span<char> text) {
  const auto message = scribe::decode_message(text);
  if (!message) return;
  if (std::holds_alternative<scribe::session_started>(*message)) started_ = true;
  const auto* heard = std::get_if<scribe::committed>(&*message);
  if (heard != nullptr && !heard->text.empty()) answer(heard->text);
}

/// Has the caller's words spoken to them.
void bare_call::answer(std::string_view words) {
  context_ = std::to_string(++turn_);
  tts::append_open_context(lines_.message(line::speech), context_);
  lines_.send(line::speech);
  tts::append_text(lines_.message(line::speech), context_, std::string(words) + " ", true);
  lines_.send(line::speech);
  pace_.begin_turn();
  word_ends_.clear();
  received_ = 0;
  closed_ = false;
}

void bare_call::speech_said(std::span<char> text, moment now) {
  const auto message = tts::decode_message(text);
  const auto* spoken = message ? std::get_if<tts::output>(&*message) : nullptr;
  if (spoken == nullptr || spoken->context != context_) return;
  for (const auto& each : spoken->alignment) {
    if (each.text.find(' ') == std::string_view::npos) continue;
    word_ends_.push_back(received_ + (std::uint64_t{each.start_ms} + each.duration_ms) * bytes_per_ms);
  }
  received_ += spoken->audio.size();
  pace_.append(spoken->audio);
  if (spoken->is_final) pace_.finish();
  if (!closed_ && !spoken->audio.empty()) {
    closed_ = true;
    tts::append_close_context(lines_.message(line::speech), context_);
    lines_.send(line::speech);
  }
  play(now);
}

std::optional<moment> bare_call::due() const {
  const auto chunk = pace_.wake_up();
  if (!endpoint_ || !chunk) return endpoint_ ? endpoint_ : chunk;
  return std::min(*endpoint_, *chunk);
}

void bare_call::tick(moment now) {
  if (endpoint_ && *endpoint_ <= now) {
    endpoint_.reset();
    send_chunk(true);
  }
  play(now);
}

void bare_call::play(moment now) {
  while (const auto sent = pace_.take(chunk_, now)) {
    telnyx::append_media(lines_.message(line::carrier), chunk_);
    lines_.send(line::carrier);
    mark(*sent);
  }
}

/// Asks for a mark behind each word, and behind the turn.
void bare_call::mark(const pacing::chunk& sent) {
  bool due = sent.last;
  for (; !word_ends_.empty() && word_ends_.front() <= sent.end; word_ends_.pop_front()) due = true;
  if (!due) return;
  telnyx::append_mark(lines_.message(line::carrier), context_ + "." + std::to_string(sent.end));
  lines_.send(line::carrier);
}

}  // namespace tandem::bench
