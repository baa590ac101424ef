#include "tests/lab/speech_session.hpp"

#include <algorithm>
#include <utility>

namespace tandem::lab {

speech_session::speech_session(const speech_behaviour& behaviour, voice& mouth, worker_pool& workers,
                               std::shared_ptr<link> client, std::string_view key, std::string_view target,
                               std::function<void()> gone, std::function<void(std::string_view)> asked)
    : client_(std::move(client)),
      gone_(std::move(gone)),
      asked_(std::move(asked)),
      socket_{behaviour,
              mouth,
              workers,
              client_->home(),
              {},
              {},
              [this](std::string_view text) { return failed_ || client_->send(text); }},
      last_input_(client_->home().now()) {
  client_->start(*this);
  begin(key, target);
}

void speech_session::begin(std::string_view key, std::string_view target) {
  if (!socket_.behaviour.api_key.empty() && key != socket_.behaviour.api_key)
    return fail("invalid_api_key", "Invalid API key");
  auto settings = tts::parse_target(target);
  if (!settings) return fail("invalid_request", settings.error());
  socket_.settings = *settings;
  auto format = sound_format_of(settings->output_format);
  if (!format)
    return fail("invalid_output_format", "The lab speaks ulaw_8000, alaw_8000, pcm_8000, pcm_16000");
  socket_.format = *format;
  wait_for_client();
}

void speech_session::on_text(std::span<char> text) {
  if (failed_ || ending_) return;
  auto message = tts::decode_client(text);
  if (!message) return fail("invalid_request", "We are sorry, something went wrong: the message is not JSON");
  last_input_ = socket_.home.now();
  if (message->close_socket) {
    ending_ = true;
    for (auto& [id, each] : contexts_) each->close();
    if (contexts_.empty()) client_->close(1000, "");
    return;
  }
  auto* each = context(*message);
  if (!each) return;
  each->last_input = last_input_;
  if (message->voice && *message->voice != each->voice)
    return fail(
        "invalid_voice_settings",
        "voice_settings field must be provided in the first message and then either be not provided or not "
        "change.",
        message->context.value_or(""));
  if (message->text && !each->add(*message->text))
    return fail("text_too_long", "Too much text waits to be spoken.", message->context.value_or(""));
  if (asked_ && message->text) asked_(*message->text);
  if (message->flush) each->flush();
  if (message->close_context) each->close();
}

speech_context* speech_session::context(const tts::client_message& message) {
  auto id = std::string(message.context.value_or(""));
  auto found = contexts_.find(id);
  if (found != contexts_.end() && !found->second->ended()) return found->second.get();
  // A keepalive of the socket, and the end of what is over already, open nothing.
  auto keeps_socket = !message.context && message.text && message.text->empty() && !message.flush;
  if (keeps_socket || message.close_context) return nullptr;
  if (found == contexts_.end() && contexts_.size() >= tts::max_contexts) {
    fail("max_active_conversations",
         "Maximum simultaneous contexts per WebSocket connection exceeded (5). Please close an existing "
         "context "
         "before opening a new one.",
         id);
    return nullptr;
  }
  auto made = std::make_unique<speech_context>(id, socket_, [this, id] {
    // From inside of the context, which must not end there.
    socket_.home.post([this, open = open_, id] {
      if (*open) forget(id);
    });
  });
  if (message.voice) made->voice = *message.voice;
  return (contexts_[id] = std::move(made)).get();
}

void speech_session::forget(const std::string& id) {
  auto found = contexts_.find(id);
  if (found != contexts_.end() && found->second->ended()) contexts_.erase(found);
  if (ending_ && contexts_.empty() && !failed_) client_->close(1000, "");
}

void speech_session::wait_for_client() {
  auto timeout = std::chrono::seconds(socket_.settings.inactivity_timeout);
  auto first = contexts_.empty() ? last_input_ : moment::max();
  for (const auto& [id, each] : contexts_)
    if (!each->closing()) first = std::min(first, each->last_input);
  // Closing contexts alone: they end by themselves.
  if (first == moment::max()) first = last_input_;
  if (socket_.home.now() >= first + timeout)
    return fail("input_timeout_exceeded", "Have not received a new text input within the timeout of " +
                                              std::to_string(timeout.count()) +
                                              ".0 seconds. Streaming input terminated.");
  idle_ = socket_.home.at(first + timeout, [this] { wait_for_client(); });
}

void speech_session::fail(std::string_view code, std::string_view message, std::string_view context) {
  std::string out;
  tts::append_error(out, {.code_text = code, .message = message, .close_code = 1008, .context = context},
                    socket_.behaviour.spelling);
  client_->send(out);
  failed_ = true;
  idle_.cancel();
  client_->close(1008, code);
}

void speech_session::on_writable() {
  for (auto& [id, each] : contexts_) each->resume();
}

void speech_session::on_closed(const link_closed&) { gone_(); }

}  // namespace tandem::lab
