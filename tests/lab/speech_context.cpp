#include "tests/lab/speech_context.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tandem::lab {

namespace {

/// Without auto_mode, the n-th generation starts at so many characters (the documented default).
constexpr std::array<std::size_t, 4> schedule{120, 160, 250, 290};

/// A text without full stops is cut at a blank, so that its first audio does not wait for its last word.
constexpr std::size_t longest_sentence = 400;

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

}  // namespace

speech_context::speech_context(std::string id, const speech_socket& socket, std::function<void()> ended)
    : last_input(socket.home.now()),
      id_(std::move(id)),
      socket_(socket),
      ended_(std::move(ended)),
      next_message_(socket.home.now()) {}

bool speech_context::add(std::string_view text) {
  if (closing_) return true;
  if (buffered_.size() + ordered_characters_ + text.size() > socket_.behaviour.text_bound) return false;
  // The blank that opens a context is no text.
  if (buffered_.empty() && is_blank(text)) return true;
  buffered_ += text;
  if (socket_.settings.auto_mode)
    order_whole_sentences();
  else
    order_scheduled();
  return true;
}

void speech_context::flush() {
  if (closing_) return;
  order_whole_sentences();
  order_text(std::exchange(buffered_, {}));
  orders_.push_back({{}, true});
  speak_next();
  pump();
}

void speech_context::close() {
  if (std::exchange(closing_, true)) return;
  buffered_.clear();
  if (socket_.behaviour.silent_close && !audible_) {
    orders_.clear();
    next_.reset();
    current_.reset();
  }
  pump();
}

void speech_context::resume() {
  if (std::exchange(held_, false)) pump();
}

void speech_context::order_whole_sentences() {
  for (auto sentence = take_sentence(buffered_); !sentence.empty(); sentence = take_sentence(buffered_))
    order_text(std::move(sentence));
}

void speech_context::order_scheduled() {
  if (buffered_.size() < schedule[std::min(generation_, schedule.size() - 1)]) return;
  auto blank = buffered_.rfind(' ');
  if (blank == std::string::npos) return;
  ++generation_;
  auto rest = buffered_.substr(blank + 1);
  buffered_.resize(blank + 1);
  order_whole_sentences();
  order_text(std::exchange(buffered_, std::move(rest)));
}

void speech_context::order_text(std::string text) {
  while (!is_blank(text)) {
    auto size = text.size();
    if (size > longest_sentence) {
      auto blank = text.rfind(' ', longest_sentence);
      if (blank != std::string::npos && blank > 0) size = blank + 1;
    }
    if (!speaking_ && !next_ && !current_ && orders_.empty())
      next_message_ = socket_.home.now() + socket_.behaviour.first_audio;
    ordered_characters_ += size;
    orders_.push_back({text.substr(0, size), false});
    text.erase(0, size);
  }
  speak_next();
}

void speech_context::speak_next() {
  if (speaking_ || next_ || orders_.empty()) return;
  auto next = std::move(orders_.front());
  orders_.pop_front();
  ordered_characters_ -= next.text.size();
  if (next.flushed) {
    next_.emplace().flushed = true;
    return;
  }
  auto job = [this, open = open_, home = &socket_.home, mouth = &socket_.mouth, format = socket_.format,
              text = next.text] {
    auto said = mouth->speak(text, format.rate);
    sound made{encode_sound(format, said.samples), std::move(said.characters), false};
    home->post([this, open, made = std::move(made)]() mutable {
      if (!*open) return;
      speaking_ = false;
      // A silent close may have come meanwhile.
      if (!(closing_ && socket_.behaviour.silent_close && !audible_)) next_ = std::move(made);
      pump();
    });
  };
  speaking_ = socket_.workers.run(std::move(job));
  if (speaking_) return;
  ordered_characters_ += next.text.size();
  orders_.push_front(std::move(next));
  retry_ = socket_.home.at(socket_.home.now() + std::chrono::milliseconds(50), [this] { pump(); });
}

void speech_context::pump() {
  while (!held_ && !has_ended_) {
    if (!current_ && next_) {
      current_ = std::exchange(next_, std::nullopt);
      sent_bytes_ = sent_characters_ = 0;
    }
    speak_next();
    if (!current_) {
      if (next_) continue;
      if (!closing_ || speaking_ || !orders_.empty()) return;
      has_ended_ = true;
      out_.clear();
      tts::append_output(
          out_, {.context = id_, .audio = {}, .alignment = {}, .normalized_alignment = {}, .is_final = true},
          socket_.behaviour.spelling);
      socket_.send(out_);
      return ended_();
    }
    if (sent_bytes_ == current_->bytes.size()) {
      finish_sound();
      continue;
    }
    if (socket_.home.now() < next_message_) {
      pacing_ = socket_.home.at(next_message_, [this] { pump(); });
      return;
    }
    send_message();
  }
}

void speech_context::finish_sound() {
  auto flushed = current_->flushed;
  current_.reset();
  if (!flushed) return;
  out_.clear();
  tts::append_flush_done(out_, id_);
  if (!socket_.send(out_)) held_ = true;
}

void speech_context::send_message() {
  const auto& bytes = current_->bytes;
  auto whole = static_cast<std::size_t>(socket_.behaviour.message.count()) * socket_.format.rate / 1000 *
               socket_.format.sample_bytes();
  auto size = std::min(whole, bytes.size() - sent_bytes_);
  auto from = milliseconds(sent_bytes_);
  auto to = milliseconds(sent_bytes_ + size);
  auto last = sent_bytes_ + size == bytes.size() || !socket_.settings.sync_alignment;
  tts::output message{.context = id_,
                      .audio = std::span(bytes).subspan(sent_bytes_, size),
                      .alignment = {},
                      .normalized_alignment = {}};
  for (; sent_characters_ < current_->characters.size(); ++sent_characters_) {
    const auto& character = current_->characters[sent_characters_];
    if (character.start_ms >= to && !last) break;
    auto start = std::max(character.start_ms, from);
    auto end = character.start_ms + character.duration_ms;
    // A message's times stay within its audio, so that they add up over messages.
    if (socket_.settings.sync_alignment) end = std::min(end, to);
    message.alignment.push_back({character.text, start - from, end > start ? end - start : 0});
  }
  if (!message.alignment.empty()) {
    if (!std::exchange(normalized_started_, true)) message.normalized_alignment.push_back({" ", 0, 0});
    message.normalized_alignment.insert(message.normalized_alignment.end(), message.alignment.begin(),
                                        message.alignment.end());
  }
  sent_bytes_ += size;
  audible_ = true;
  next_message_ =
      socket_.home.now() + std::chrono::milliseconds(to - from) / std::max(1U, socket_.behaviour.pace);
  out_.clear();
  tts::append_output(out_, message, socket_.behaviour.spelling);
  if (!socket_.send(out_)) held_ = true;
}

std::uint32_t speech_context::milliseconds(std::size_t bytes) const {
  return static_cast<std::uint32_t>(bytes * 1000 / (socket_.format.rate * socket_.format.sample_bytes()));
}

}  // namespace tandem::lab
