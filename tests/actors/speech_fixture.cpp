#include "tests/actors/speech_fixture.hpp"

#include <utility>

namespace tandem::test {

speech_fixture::speech_fixture() { path->playout = &carrier; }

speech_fixture::~speech_fixture() = default;

void speech_fixture::spawn(bool open) {
  actor = owned(spawn_speech(host, call.handle, dialogue.handle, path, settings, shared));
  host.run();
  if (open) open_socket();
}

std::vector<asked> speech_fixture::sent_to(const fake_peer& peer) {
  std::vector<asked> all;
  for (auto text : peer.sent) {
    const auto size = text.size();
    text.push_back('\0');
    const auto message = tts::decode_client({text.data(), size});
    REQUIRE(message);
    all.push_back({std::string(message->context.value_or("")), std::string(message->text.value_or("")),
                   message->flush, message->close_context});
  }
  return all;
}

std::string speech_fixture::context() {
  std::string found;
  for (const auto& each : sent_to(peer())) {
    if (each.flush) found = each.context;
  }
  return found;
}

std::string speech_fixture::text_of(const fake_peer& peer) {
  std::string all;
  for (const auto& each : sent_to(peer)) {
    if (each.flush) all += each.text;
  }
  return all;
}

std::size_t speech_fixture::closes(const fake_peer& peer) {
  std::size_t count = 0;
  for (const auto& each : sent_to(peer)) count += each.close;
  return count;
}

bytes speech_fixture::synthesise(std::string_view text, std::optional<std::string> name, bool aligned) {
  const bytes audio = next_audio(text.size() * 400);
  tts::output message;
  const auto into = name ? *name : context();
  message.context = into;
  message.audio = audio;
  for (std::size_t i = 0; aligned && i < text.size(); ++i) {
    message.alignment.push_back({text.substr(i, 1), static_cast<std::uint32_t>(50 * i), 50});
  }
  send(message);
  return audio;
}

void speech_fixture::finish(std::optional<std::string> name) {
  tts::output message;
  const auto into = name ? *name : context();
  message.context = into;
  message.is_final = true;
  send(message);
}

void speech_fixture::send(const tts::output& message) {
  std::string text;
  tts::append_output(text, message, tts::spelling::camel_case);
  peer().text(text);
  host.run();
}

void speech_fixture::fail_with(const tts::error& error) {
  std::string text;
  tts::append_error(text, error, tts::spelling::camel_case);
  peer().text(text);
  host.run();
}

bytes speech_fixture::say(std::uint32_t turn, const std::string& text) {
  tell(actor, speak{turn, text, true});
  auto audio = synthesise(text);
  finish();
  return audio;
}

void speech_fixture::return_mark() {
  REQUIRE(!carrier.marks.empty());
  path->speech->mark_returned(carrier.marks.back());
  host.run();
}

bytes speech_fixture::next_audio(std::size_t size) {
  bytes audio(size);
  for (auto& each : audio) each = static_cast<std::uint8_t>(++last_byte_ % 251);
  return audio;
}

std::shared_ptr<call_pass> speech_fixture::need_pass() {
  auto permitted = std::make_shared<leases::permission>();
  permitted->set(moment::max());
  auto pass = std::make_shared<call_pass>(std::move(permitted));
  path->pass.set(pass);
  return pass;
}

}  // namespace tandem::test
