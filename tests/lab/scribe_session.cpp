#include "tests/lab/scribe_session.hpp"

#include "gateway/signature.hpp"
#include "protocols/base64.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

/// More than a client that reconnects has kept; the real bound is not known.
constexpr auto longest_chunk = 15s;

/// Commits whose text has not gone out yet.
constexpr std::size_t most_commitments = 16;

/// The text's words and the blanks between them, with the times of the words that were heard.
std::vector<scribe::word> stamped_words(const heard& what) {
  std::vector<scribe::word> words;
  std::string_view text = what.text;
  std::size_t index = 0;
  double end = 0;
  while (!text.empty()) {
    auto size = std::min(text.find(' '), text.size());
    scribe::word word{.text = text.substr(0, size), .start = end, .end = end};
    if (index < what.words.size()) {
      word.start = what.words[index].start_ms / 1000.0;
      word.end = what.words[index].end_ms / 1000.0;
    }
    ++index;
    if (!words.empty()) words.back().end = word.start;
    end = word.end;
    words.push_back(word);
    text.remove_prefix(size);
    if (text.empty()) break;
    words.push_back(
        {.text = text.substr(0, 1), .start = end, .end = end, .type = scribe::word_type::spacing});
    text.remove_prefix(1);
  }
  return words;
}

}  // namespace

scribe_session::scribe_session(const scribe_behaviour& behaviour, recogniser& ears,
                               std::shared_ptr<link> client, std::string_view key, std::string_view query,
                               std::function<void(std::span<const std::uint8_t>)> heard,
                               std::function<void()> gone)
    : behaviour_(behaviour),
      ears_(ears),
      client_(std::move(client)),
      home_(client_->home()),
      heard_(std::move(heard)),
      gone_(std::move(gone)) {
  client_->start(*this);
  begin(key, query);
}

void scribe_session::begin(std::string_view key, std::string_view query) {
  using enum scribe::error_type;
  if (!behaviour_.api_key.empty() && key != behaviour_.api_key)
    return fail(auth_error, "You must be authenticated to use this endpoint.");
  auto settings = scribe::parse_query(query);
  if (!settings) return fail(invalid_request, settings.error(), 1008, "invalid_request");
  settings_ = *settings;
  auto format = sound_format_of(settings_.audio_format);
  if (!format)
    return fail(invalid_request, "The lab hears ulaw_8000, pcm_8000, pcm_16000", 1008, "invalid_request");
  format_ = *format;
  recognition_ = ears_.open(format_.rate, [home = &home_](auto call) { home->post(std::move(call)); });
  if (!recognition_) return fail(resource_exhausted, "No recogniser is free.");
  if (settings_.commit == scribe::commit_strategy::vad) {
    voice_activity_settings how{.rate = format_.rate};
    how.onset_ms =
        static_cast<std::uint32_t>(std::clamp(settings_.min_speech_duration_ms.value_or(100), 20, 1000));
    voices_.emplace(how);
  }
  next_guess_ = static_cast<std::uint64_t>(behaviour_.first_partial.count()) * format_.rate / 1000;
  wait_for_client();
  start_ = home_.at(home_.now() + behaviour_.session_started, [this] {
    out_.clear();
    scribe::append_session_started(out_, random_id(), settings_, behaviour_.spelling);
    client_->send(out_);
  });
}

void scribe_session::on_text(std::span<char> text) {
  using enum scribe::error_type;
  if (failed_) return;
  auto chunk = scribe::decode_chunk(text);
  if (!chunk) return fail(input_error, chunk.error());
  if (chunk->sample_rate && *chunk->sample_rate != format_.rate)
    return fail(input_error, "sample_rate does not agree with audio_format");
  if (chunk->previous_text && chunk_came_)
    return fail(input_error, "previous_text is for the first chunk only");
  chunk_came_ = true;
  std::vector<std::uint8_t> audio(base64::decoded_bound(chunk->audio_base64.size()));
  auto size = base64::decode(chunk->audio_base64, audio);
  if (!size || *size % format_.sample_bytes() != 0) return fail(input_error, "audio_base_64 is not audio");
  audio.resize(*size);
  if (length(*size / format_.sample_bytes()) > longest_chunk)
    return fail(chunk_size_exceeded, "The chunk is too large.");
  wait_for_client();
  if (!audio.empty()) hear(audio);
  if (!chunk->commit || failed_) return;
  auto uncommitted = length(samples_ - segment_start_);
  if (uncommitted >= behaviour_.shortest_commit) return commit();
  throttle_ = home_.at(home_.now() + behaviour_.throttle_delay, [this, uncommitted] {
    auto hundredths = std::to_string(uncommitted.count() / 10 + 100).substr(1);
    fail(commit_throttled,
         "Commit request ignored: only 0." + hundredths +
             "s of uncommitted audio. You need at least 0.3s of uncommitted audio before committing.",
         1000, "commit_throttled");
  });
}

void scribe_session::hear(std::span<const std::uint8_t> audio) {
  if (heard_) heard_(audio);
  auto sound = decode_sound(format_, audio);
  if (!recognition_->hear(sound)) return fail(scribe::error_type::queue_overflow, "Audio comes too fast.");
  auto position = samples_;
  samples_ += sound.size();
  if (voices_) {
    for (const auto& change : voices_->feed(position, sound)) {
      spoken_ = true;
      spoken_end_ = change.position;
    }
    auto threshold = settings_.vad_silence_threshold_secs.value_or(1.5);
    if (spoken_ && !voices_->speaking() &&
        static_cast<double>(samples_ - spoken_end_) >= threshold * format_.rate)
      return commit();
  }
  if (length(samples_ - segment_start_) >= behaviour_.longest_segment) return commit();
  if (samples_ >= next_guess_) guess();
}

void scribe_session::guess() {
  next_guess_ = samples_ + static_cast<std::uint64_t>(behaviour_.next_partial.count()) * format_.rate / 1000;
  recognition_->guess([this, asked = segment_](const heard& what) {
    if (asked != segment_ || failed_ || (what.text.empty() && last_partial_.empty())) return;
    last_partial_ = what.text;
    send(scribe::partial{.text = what.text});
  });
}

void scribe_session::commit() {
  if (commitments_.size() >= most_commitments)
    return fail(scribe::error_type::queue_overflow, "Commits come too fast.");
  ++segment_;
  segment_start_ = samples_;
  last_partial_.clear();
  spoken_ = false;
  // Spread over the range without chance, so that a run can be repeated.
  auto spread = behaviour_.commit_spread * (segment_ * 7 % 10) / 10;
  commitments_.push_back({home_.now() + behaviour_.commit_delay + spread, std::nullopt});
  if (commitments_.size() == 1) watch_recogniser();
  recognition_->conclude([this](heard what) {
    auto next =
        std::find_if(commitments_.begin(), commitments_.end(), [](const auto& one) { return !one.text; });
    if (next == commitments_.end()) return;
    next->text = std::move(what);
    deliver();
  });
}

void scribe_session::deliver() {
  while (!failed_ && !commitments_.empty() && commitments_.front().text) {
    if (home_.now() < commitments_.front().due) {
      due_ = home_.at(commitments_.front().due, [this] { deliver(); });
      return;
    }
    auto what = std::move(*commitments_.front().text);
    commitments_.pop_front();
    watch_recogniser();
    send_committed(what);
  }
}

void scribe_session::send_committed(const heard& what) {
  send(scribe::committed{.text = what.text});
  if (behaviour_.echo_every != 0 && segment_ % behaviour_.echo_every == 0 && !what.text.empty())
    echo_ = home_.at(home_.now() + 20ms, [this, text = what.text] { send(scribe::partial{.text = text}); });
  if (!settings_.include_timestamps && !settings_.include_language_detection) return;
  unstamped_.push_back(what);
  stamped_ = home_.at(home_.now() + behaviour_.timestamps_delay, [this] { send_stamped(); });
}

void scribe_session::send_stamped() {
  for (const auto& what : std::exchange(unstamped_, {})) {
    scribe::committed_with_timestamps message{.text = what.text, .language_code = "en", .words = {}};
    if (settings_.include_timestamps) message.words = stamped_words(what);
    send(message);
  }
}

void scribe_session::watch_recogniser() {
  patience_.cancel();
  if (commitments_.empty()) return;
  patience_ = home_.at(home_.now() + behaviour_.patience,
                       [this] { fail(scribe::error_type::transcriber_error, "The recogniser is silent."); });
}

void scribe_session::wait_for_client() {
  idle_ = home_.at(home_.now() + behaviour_.idle, [this] {
    failed_ = true;
    client_->close(1000, "");
  });
}

void scribe_session::send(const scribe::server_message& message) {
  if (failed_) return;
  out_.clear();
  scribe::append_message(out_, message);
  client_->send(out_);
}

void scribe_session::fail(scribe::error_type type, std::string_view text, std::uint16_t code,
                          std::string_view reason) {
  send(scribe::error{.type = type, .raw_type = {}, .text = text});
  failed_ = true;
  recognition_.reset();
  client_->close(code, reason);
}

void scribe_session::break_off(std::string_view type) {
  send(scribe::error{.type = scribe::error_type::other, .raw_type = type, .text = "a fault of the lab"});
  failed_ = true;
  recognition_.reset();
  client_->close(1000, type);
}

std::chrono::milliseconds scribe_session::length(std::uint64_t samples) const {
  return std::chrono::milliseconds(samples * 1000 / format_.rate);
}

void scribe_session::on_closed(const link_closed&) { gone_(); }

}  // namespace tandem::lab
