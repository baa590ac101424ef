#include "protocols/telnyx/media.hpp"

#include "protocols/base64.hpp"
#include "protocols/telnyx/plain_media.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace tandem::telnyx {
namespace {

using result = tl::expected<stream_event, json::fault>;

constexpr std::array<std::pair<codec, std::string_view>, 6> codecs{{{codec::pcmu, "PCMU"},
                                                                    {codec::pcma, "PCMA"},
                                                                    {codec::g722, "G722"},
                                                                    {codec::opus, "OPUS"},
                                                                    {codec::amr_wb, "AMR-WB"},
                                                                    {codec::l16, "L16"}}};

tl::unexpected<json::fault> bad_field() { return tl::unexpected(json::fault::bad_field); }

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::uint32_t count(const json::value& object, std::string_view key) {
  const auto number = json::integer(object, key).value_or(0);
  return number > 0 && number <= std::numeric_limits<std::uint32_t>::max()
             ? static_cast<std::uint32_t>(number)
             : 0;
}

/// Decodes base64 over itself: `payload` points into `text`, which is the caller's to change.
std::optional<std::span<const std::uint8_t>> decode_payload(std::span<char> text, std::string_view payload) {
  if (payload.empty()) return std::span<const std::uint8_t>();
  auto* const begin = reinterpret_cast<std::uint8_t*>(text.data() + (payload.data() - text.data()));
  const auto size = base64::decode(payload, {begin, payload.size()});
  if (!size) return std::nullopt;
  return std::span<const std::uint8_t>(begin, *size);
}

/// The events of one frame; every one that carries a member of its own name is given it as `body`.
class decoder {
 public:
  decoder(std::span<char> text, const json::value& root)
      : text_(text), root_(root), stream_id_(json::text_or(root, "stream_id")) {}

  result decode() const {
    const auto name = json::text(root_, "event");
    if (!name) return bad_field();
    if (*name == "connected") return first_frame();
    if (*name == "error") return error();
    const bool known =
        *name == "media" || *name == "mark" || *name == "dtmf" || *name == "start" || *name == "stop";
    if (!known) return unknown{*name};
    const json::value* body = json::find(root_, *name);
    if (*name == "stop") return ended(body);
    if (!body || !body->IsObject()) return bad_field();
    if (*name == "media") return audio(*body);
    if (*name == "mark") return marked(*body);
    return *name == "dtmf" ? digit(*body) : started(*body);
  }

 private:
  std::optional<std::int64_t> sequence() const { return json::integer(root_, "sequence_number"); }

  result first_frame() const {
    connected event{.version = json::text_or(root_, "version")};
    if (const json::value* body = json::find(root_, "connected")) {
      event.auth_token = json::text_or(*body, "x-telnyx-streaming-auth-token");
    }
    return event;
  }

  result audio(const json::value& body) const {
    const auto payload = json::text(body, "payload");
    if (!payload) return bad_field();
    const auto bytes = decode_payload(text_, *payload);
    if (!bytes) return tl::unexpected(json::fault::bad_base64);
    return media{.sequence = sequence(),
                 .stream_id = stream_id_,
                 .source = track_of(json::text_or(body, "track")),
                 .chunk = json::integer(body, "chunk"),
                 .timestamp = json::integer(body, "timestamp"),
                 .payload = *bytes};
  }

  result marked(const json::value& body) const {
    const auto name = json::text(body, "name");
    if (!name) return bad_field();
    return mark{.sequence = sequence(), .stream_id = stream_id_, .name = *name};
  }

  result digit(const json::value& body) const {
    constexpr std::string_view keys = "0123456789*#ABCD";
    const auto digit = json::text(body, "digit");
    if (!digit || digit->size() != 1 || keys.find(upper(digit->front())) == keys.npos) return bad_field();
    return dtmf{.sequence = sequence(),
                .stream_id = stream_id_,
                .digit = upper(digit->front()),
                .occurred_at = json::text_or(root_, "occurred_at")};
  }

  result started(const json::value& body) const {
    start event{.sequence = sequence(),
                .stream_id = stream_id_,
                .user_id = json::text_or(body, "user_id"),
                .call_control_id = json::text_or(body, "call_control_id"),
                .call_session_id = json::text_or(body, "call_session_id"),
                .from = json::text_or(body, "from"),
                .to = json::text_or(body, "to"),
                .client_state = client_state(body)};
    if (const json::value* format = json::find(body, "media_format")) {
      event.format = {.encoding = codec_of(json::text_or(*format, "encoding")),
                      .sample_rate = count(*format, "sample_rate"),
                      .channels = count(*format, "channels")};
    }
    const json::value* parameters = json::find(body, "custom_parameters");
    if (parameters && parameters->IsObject()) {
      for (const auto& member : parameters->GetObject()) {
        if (const auto value = json::text(member.value))
          event.parameters.push_back({*json::text(member.name), *value});
      }
    }
    return event;
  }

  std::string_view client_state(const json::value& body) const {
    const auto bytes = decode_payload(text_, json::text_or(body, "client_state"));
    return bytes ? std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size())
                 : std::string_view();
  }

  result ended(const json::value* body) const {
    stop event{.sequence = sequence(), .stream_id = stream_id_};
    if (body) {
      event.user_id = json::text_or(*body, "user_id");
      event.call_control_id = json::text_or(*body, "call_control_id");
    }
    return event;
  }

  result error() const {
    stream_error event{.stream_id = stream_id_};
    if (const json::value* body = json::find(root_, "payload")) {
      event.code = json::integer(*body, "code").value_or(0);
      event.title = json::text_or(*body, "title");
      event.detail = json::text_or(*body, "detail");
    }
    return event;
  }

  std::span<char> text_;
  const json::value& root_;
  std::string_view stream_id_;
};

}  // namespace

std::string_view to_string(codec name) {
  const auto* found =
      std::find_if(codecs.begin(), codecs.end(), [&](const auto& each) { return each.first == name; });
  return found == codecs.end() ? "unknown" : found->second;
}

codec codec_of(std::string_view name) {
  for (const auto& [codec, wire] : codecs) {
    if (std::equal(name.begin(), name.end(), wire.begin(), wire.end(),
                   [](char a, char b) { return upper(a) == b; })) {
      return codec;
    }
  }
  return codec::unknown;
}

std::string_view to_string(track name) {
  switch (name) {
    case track::inbound:
      return "inbound";
    case track::outbound:
      return "outbound";
    case track::unknown:
      break;
  }
  return "unknown";
}

track track_of(std::string_view name) {
  if (name == "inbound") return track::inbound;
  return name == "outbound" ? track::outbound : track::unknown;
}

tl::expected<stream_event, json::fault> decode_event(std::span<char> text) {
  if (const auto frame = read_plain_media(text)) {
    if (!*frame) return tl::unexpected(frame->error());
    return **frame;
  }
  json::document document;
  const json::fault fault = document.parse(text);
  if (fault != json::fault::none) return tl::unexpected(fault);
  return decoder(text, document.root()).decode();
}

void append_media(std::string& out, std::span<const std::uint8_t> payload) {
  constexpr std::string_view head = R"({"event":"media","media":{"payload":")";
  constexpr std::string_view tail = R"("}})";
  out.reserve(out.size() + head.size() + base64::encoded_size(payload.size()) + tail.size());
  out += head;
  base64::append(out, payload);
  out += tail;
}

void append_mark(std::string& out, std::string_view name) {
  out += R"({"event":"mark","mark":{"name":)";
  json::append_quoted(out, name);
  out += "}}";
}

void append_clear(std::string& out) { out += R"({"event":"clear"})"; }

}  // namespace tandem::telnyx
