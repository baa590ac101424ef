#include "tests/lab/load/speech_end.hpp"

#include "protocols/audio/g711.hpp"
#include "tests/lab/load/providers.hpp"
#include "tests/lab/load/scribe_end.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <vector>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr auto first_audio = 120ms;
/// Four times as fast as it is heard.
constexpr auto message_interval = 60ms;
constexpr std::uint32_t frames_in_message = 12;
constexpr std::uint32_t frames_of_reply = 200;
constexpr std::uint32_t frames_of_common_text = 40;
constexpr std::uint32_t frame_ms = 20;
constexpr std::size_t text_bound = std::size_t{64} * 1024;

}  // namespace

speech_end::speech_end(provider_ward& ward, std::shared_ptr<link> client, std::function<void()> gone)
    : ward_(ward), client_(std::move(client)), gone_(std::move(gone)), next_(ward.home.now()) {
  client_->start(*this);
}

void speech_end::on_text(std::span<char> text) {
  if (over_) return;
  const auto read_at = ward_.home.now();
  const auto message = tts::decode_client(text);
  if (!message) return void(++ward_.figures.strangers);
  if (message->close_socket) ending_ = true;
  const std::string id(message->context.value_or(""));
  const auto says = message->text && message->text->find_first_not_of(' ') != std::string_view::npos;
  if (says) add(contexts_[id], *message->text, read_at);
  const auto known = contexts_.find(id);
  if (message->close_context && known != contexts_.end()) known->second.closing = true;
  pump();
}

void speech_end::add(context& to, std::string_view text, moment read_at) {
  if (const auto number = named_call(text)) to.call = ward_.calls.find(*number);
  const auto common = is_common(text);
  ward_.figures.common += common;
  if ((!to.call && !common) || to.text.size() > text_bound) return void(++ward_.figures.strangers);
  if (to.frames == to.sent) {
    to.text.clear();
    to.frames = to.sent = 0;
    next_ = std::max(next_, ward_.home.now() + first_audio);
  }
  if (to.call && to.frames == 0) {
    std::lock_guard guard(to.call->mutex);
    to.call->text_took.reset();
    to.call->audio_sent.reset();
    if (const auto sent = std::exchange(to.call->transcript_sent, {})) to.call->text_took = read_at - *sent;
  }
  to.text += text;
  to.frames += to.call ? frames_of_reply : frames_of_common_text;
}

bool speech_end::is_common(std::string_view text) const {
  const auto& all = ward_.common_texts;
  return std::any_of(all.begin(), all.end(),
                     [text](const auto& each) { return text.find(each) != text.npos; });
}

void speech_end::pump() {
  while (!held_ && !over_) {
    const auto ready = std::find_if(contexts_.begin(), contexts_.end(), [](const auto& each) {
      return each.second.sent < each.second.frames || each.second.closing;
    });
    if (ready == contexts_.end()) {
      if (ending_) client_->close(1000, "");
      return;
    }
    auto& [id, one] = *ready;
    if (one.sent == one.frames) {
      out_.clear();
      tts::append_output(
          out_, {.context = id, .audio = {}, .alignment = {}, .normalized_alignment = {}, .is_final = true},
          tts::spelling::camel_case);
      contexts_.erase(ready);
      if (!mute_) held_ = !client_->send(out_);
      continue;
    }
    if (ward_.home.now() < next_) {
      pacing_ = ward_.home.at(next_, [this] { pump(); });
      return;
    }
    if (!one.call || !suffer(*one.call)) send_some(id, one);
  }
}

std::vector<std::uint8_t> speech_end::next_audio(const context& of, std::uint32_t count) {
  if (!of.call) return std::vector<std::uint8_t>(count * frame_bytes, g711::ulaw_silence);
  std::vector<std::uint8_t> audio;
  std::lock_guard guard(of.call->mutex);
  for (std::uint32_t n = 0; n < count; ++n) {
    const frame_tag tag{.call = of.call->plan.number,
                        .number = of.call->reply_frames++,
                        .sound = ward_.book.agent_sound(of.sent + n),
                        .sent = load_clock()};
    const auto frame = ward_.book.tagged(tag);
    audio.insert(audio.end(), frame.begin(), frame.end());
  }
  return audio;
}

void speech_end::send_some(const std::string& id, context& of) {
  const auto count = std::min(frames_in_message, of.frames - of.sent);
  const auto audio = next_audio(of, count);
  tts::output message{.context = id, .audio = audio};
  const auto from = of.text.size() * of.sent / of.frames;
  const auto to = of.text.size() * (of.sent + count) / of.frames;
  for (auto at = from; at < to; ++at) {
    // Characters end with frames, so that what is cut off behind a word leaves whole ones.
    const auto start = static_cast<std::uint32_t>((at - from) * count / (to - from)) * frame_ms;
    message.alignment.push_back({std::string_view(of.text).substr(at, 1), start, frame_ms});
  }
  of.sent += count;
  ++messages_;
  next_ = std::max(next_ + message_interval, ward_.home.now());
  if (mute_) return;
  out_.clear();
  tts::append_output(out_, message, tts::spelling::camel_case);
  if (of.call && of.sent == count) {
    std::lock_guard guard(of.call->mutex);
    of.call->audio_sent = ward_.home.now();
  }
  held_ = !client_->send(out_);
}

/// The fault that was planned for the call, once, when it is due; true when nothing more is to be sent now.
bool speech_end::suffer(call_facts& call) {
  const auto& plan = call.plan;
  if (plan.speech == provider_fault::none || messages_ < plan.speech_at) return false;
  {
    std::lock_guard guard(call.mutex);
    if (std::exchange(call.speech_failed, true)) return false;
  }
  switch (plan.speech) {
    case provider_fault::none:
      return false;
    case provider_fault::drop:
      over_ = true;
      gone_();
      return true;
    case provider_fault::close:
      over_ = true;
      client_->close(std::array<std::uint16_t, 3>{1000, 1008, 1011}[plan.seed % 3], "chaos");
      return true;
    case provider_fault::error:
      send_error();
      return true;
    case provider_fault::stall:
      held_ = true;
      client_->pause_reading(true);
      stalled_ = ward_.home.at(ward_.home.now() + std::chrono::milliseconds(500 + plan.seed % 5000), [this] {
        held_ = false;
        client_->pause_reading(false);
        pump();
      });
      return true;
    case provider_fault::silence:
      mute_ = true;
      return false;
    case provider_fault::garbage:
      for (const auto* text : {"{", "[]", "null", R"({"audio":7})", R"({"audio":"=="})",
                               R"({"isFinal":true})", R"({"audio":"AAAA","contextId":"nobody's"})"})
        client_->send(text);
      client_->send(std::string(100'000, '['));
      return false;
  }
  return false;
}

void speech_end::send_error() {
  constexpr std::array codes{"input_timeout_exceeded", "max_active_conversations", "internal_error"};
  out_.clear();
  tts::append_error(out_,
                    {.code_text = codes[messages_ % codes.size()], .message = "chaos", .close_code = 1008},
                    tts::spelling::camel_case);
  client_->send(out_);
  over_ = true;
  client_->close(1008, "chaos");
}

void speech_end::on_writable() {
  held_ = false;
  pump();
}

void speech_end::on_closed(const link_closed&) {
  over_ = true;
  gone_();
}

}  // namespace tandem::lab
