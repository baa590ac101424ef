#include "protocols/elevenlabs/provider.hpp"

namespace tandem::elevenlabs {

namespace {

using namespace std::chrono_literals;

provider_endpoint endpoint(std::string url, std::string_view api_key) {
  provider_endpoint where{.url = std::move(url), .headers = {}};
  if (!api_key.empty()) where.headers.emplace_back("xi-api-key", api_key);
  return where;
}

class scribe_protocol final : public recogniser_protocol {
 public:
  provider_endpoint open(const recogniser_session& wanted) const override {
    scribe::settings session;
    session.model_id = wanted.model;
    session.audio_format = wanted.audio_format;
    session.language_code = wanted.language;
    session.commit = wanted.server_commits ? scribe::commit_strategy::vad : scribe::commit_strategy::manual;
    if (wanted.server_commits)
      session.vad_silence_threshold_secs = std::chrono::duration<double>(wanted.server_silence).count();
    std::string url(wanted.url);
    url += url.find('?') == std::string::npos ? '?' : '&';
    return endpoint(url + scribe::query(session), wanted.api_key);
  }

  recogniser_rules rules() const override {
    return {.least_commit = 300ms,
            // A commit between these two can stall the session.
            .commit_guard = 33'500ms,
            .automatic_commit = 36'500ms,
            // A session is closed that is sent nothing for 15 s.
            .keepalive = 5s,
            .speed = 4};
  }

  void append_audio(std::string& out, std::span<const std::uint8_t> audio, bool commit, int sample_rate,
                    std::string_view previous_text) const override {
    scribe::append_audio_chunk(out, audio, commit, sample_rate, previous_text);
  }

  tl::expected<scribe::server_message, json::fault> decode(std::span<char> text) const override {
    return scribe::decode_message(text);
  }
};

class speech_protocol final : public synthesiser_protocol {
 public:
  provider_endpoint open(const synthesiser_session& wanted) const override {
    tts::settings socket;
    socket.voice = wanted.voice;
    socket.model_id = wanted.model;
    socket.output_format = wanted.audio_format;
    return endpoint(std::string(wanted.url) + tts::target(socket), wanted.api_key);
  }

  synthesiser_rules rules() const override { return {.contexts = tts::max_contexts, .keepalive = 10s}; }

  void append_open_context(std::string& out, std::string_view context) const override {
    tts::append_open_context(out, context);
  }

  void append_text(std::string& out, std::string_view context, std::string_view text) const override {
    tts::append_text(out, context, text, true);
  }

  void append_keep_alive(std::string& out, std::string_view context) const override {
    tts::append_keep_alive(out, context);
  }

  void append_close_context(std::string& out, std::string_view context) const override {
    tts::append_close_context(out, context);
  }

  tl::expected<tts::server_message, json::fault> decode(std::span<char> text) const override {
    return tts::decode_message(text);
  }
};

}  // namespace

const recogniser_protocol& recogniser() {
  static const scribe_protocol only;
  return only;
}

const synthesiser_protocol& synthesiser() {
  static const speech_protocol only;
  return only;
}

}  // namespace tandem::elevenlabs
