#include "actors/media/speech_contexts.hpp"

#include <chrono>
#include <utility>

namespace tandem {

namespace {

using namespace std::chrono_literals;

// A cancelled context counts until its final message came, but not for longer.
constexpr auto slot_freed_after = 5s;

}  // namespace

void speech_contexts::socket_opened(const synthesiser_protocol& protocol, moment now) {
  socket_lost();
  protocol_ = &protocol;
  rules_ = protocol.rules();
  sent_ = now;
}

void speech_contexts::socket_lost() {
  present_.reset();
  cancelled_.clear();
}

bool speech_contexts::has_room(moment now) {
  std::erase_if(cancelled_, [now](const cancelled& one) { return one.forgotten_at <= now; });
  // One less than the server allows, so that it never comes to its limit.
  return cancelled_.empty() || cancelled_.size() + 1 < rules_.contexts;
}

void speech_contexts::open(link& socket, std::uint32_t turn, moment now) {
  present_ = context{.name = std::to_string(turn) + '-' + std::to_string(++opened_)};
  protocol_->append_open_context(message_, present_->name);
  send(socket, now);
  news_ = now;
}

void speech_contexts::say(link& socket, std::string_view text, moment now) {
  std::string words(text);
  if (!words.ends_with(' ')) words += ' ';
  protocol_->append_text(message_, present_->name, words);
  send(socket, now);
  news_ = now;
}

void speech_contexts::finish(link& socket, moment now) {
  present_->finished = true;
  close_when_due(socket, now);
}

void speech_contexts::close_when_due(link& socket, moment now) {
  if (!present_->finished || !present_->spoken || std::exchange(present_->closed, true)) return;
  protocol_->append_close_context(message_, present_->name);
  send(socket, now);
}

void speech_contexts::cancel(link& socket, moment now) {
  if (!present_) return;
  if (!present_->closed) {
    protocol_->append_close_context(message_, present_->name);
    send(socket, now);
  }
  cancelled_.push_back({std::move(present_->name), now + slot_freed_after});
  present_.reset();
}

bool speech_contexts::take(link& socket, const tts::output& message, moment now) {
  if (!present_ || message.context != present_->name) {
    if (message.is_final) {
      std::erase_if(cancelled_, [&](const cancelled& one) { return one.name == message.context; });
    }
    return false;
  }
  if (!message.audio.empty()) {
    present_->spoken = true;
    news_ = now;
    close_when_due(socket, now);
  }
  if (message.is_final) present_.reset();
  return true;
}

void speech_contexts::tick(link& socket, moment now) {
  if (now < wake_up()) return;
  // A context that was not opened would be opened by this, so without one it is for the socket.
  protocol_->append_keep_alive(message_,
                               present_ && !present_->closed ? std::string_view(present_->name) : "");
  send(socket, now);
}

moment speech_contexts::wake_up() const { return sent_ + rules_.keepalive; }

void speech_contexts::send(link& socket, moment now) {
  socket.send(message_);
  message_.clear();
  sent_ = now;
}

}  // namespace tandem
