#include "protocols/conversation/call_value.hpp"

#include "protocols/conversation/snapshot.hpp"
#include "protocols/json.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace tandem {

constexpr std::array<std::string_view, 2> names(call_direction) { return {"incoming", "outgoing"}; }
constexpr std::array<std::string_view, 3> names(call_state) { return {"ringing", "connected", "ended"}; }

namespace {

using notes = std::vector<turns::note>;

constexpr std::string_view unreadable = "the call cannot be read: ";

/// A conversation's levels, and this one's around it.
constexpr std::size_t depth = 18;

/// In microseconds; beyond, seconds as a floating number are not exact.
constexpr std::int64_t longest_stt = 1'000'000'000'000;

std::int64_t number_of(wall_time at) { return at.time_since_epoch().count(); }
wall_time time_of(std::int64_t milliseconds) { return wall_time(std::chrono::milliseconds(milliseconds)); }

/// The record as it is written: whole numbers alone.
struct record_form {
  std::string id;
  std::string node;
  std::string carrier_call_id;
  call_direction direction = call_direction::incoming;
  std::string from;
  std::string to;
  call_state state = call_state::ringing;
  std::int64_t started_at = 0;
  std::int64_t answered_at = 0;
  std::string agent;
  notes metadata;
  std::int64_t stt_microseconds = 0;
  std::uint64_t tts_characters = 0;
  std::uint64_t llm_input_tokens = 0;
  std::uint64_t llm_output_tokens = 0;

  static void describe(auto& a, auto& self) {
    a("id", self.id);
    a("node", self.node);
    a("carrier_call_id", self.carrier_call_id);
    a("direction", self.direction);
    a("from", self.from);
    a("to", self.to);
    a("state", self.state);
    a("started_at", self.started_at);
    a("answered_at", self.answered_at);
    a("agent", self.agent);
    a("metadata", self.metadata);
    a("stt_microseconds", self.stt_microseconds);
    a("tts_characters", self.tts_characters);
    a("llm_input_tokens", self.llm_input_tokens);
    a("llm_output_tokens", self.llm_output_tokens);
  }
};

struct leg_form {
  bool controlled = false;
  bool answered = false;
  bool transferring = false;
  std::string answered_by;
  bool ends_at_machine = true;
  std::string codec;
  std::string stream_id;
  std::uint32_t owner = 0;

  static void describe(auto& a, auto& self) {
    a("controlled", self.controlled);
    a("answered", self.answered);
    a("transferring", self.transferring);
    a("answered_by", self.answered_by);
    a("ends_at_machine", self.ends_at_machine);
    a("codec", self.codec);
    a("stream_id", self.stream_id);
    a("owner", self.owner);
  }
};

struct form {
  record_form record;
  leg_form leg;
  std::uint32_t turns = 0;
  std::uint32_t events = 0;
  std::uint32_t reconnects = 0;
  notes agent;
  std::vector<std::string> own_settings;
  std::int64_t written_at = 0;

  static void describe(auto& a, auto& self) {
    a("record", self.record);
    a("leg", self.leg);
    a("turns", self.turns);
    a("events", self.events);
    a("reconnects", self.reconnects);
    a("agent", self.agent);
    a("own_settings", self.own_settings);
    a("written_at", self.written_at);
  }
};

record_form form_of(const call_record& record) {
  record_form out{.id = record.id,
                  .node = record.node,
                  .carrier_call_id = record.carrier_call_id,
                  .direction = record.direction,
                  .from = record.from,
                  .to = record.to,
                  .state = record.state,
                  .started_at = number_of(record.started_at),
                  .answered_at = number_of(record.answered_at),
                  .agent = record.agent,
                  .metadata = {},
                  .stt_microseconds = std::llround(record.usage.stt_seconds * 1e6),
                  .tts_characters = record.usage.tts_characters,
                  .llm_input_tokens = record.usage.llm_input_tokens,
                  .llm_output_tokens = record.usage.llm_output_tokens};
  for (const auto& [key, text] : record.metadata) out.metadata.push_back({key, text});
  return out;
}

call_record record_of(record_form&& from) {
  call_record out;
  out.id = std::move(from.id);
  out.node = std::move(from.node);
  out.carrier_call_id = std::move(from.carrier_call_id);
  out.direction = from.direction;
  out.from = std::move(from.from);
  out.to = std::move(from.to);
  out.state = from.state;
  out.started_at = time_of(from.started_at);
  out.answered_at = time_of(from.answered_at);
  out.agent = std::move(from.agent);
  for (auto& [key, text] : from.metadata) out.metadata.emplace_back(std::move(key), std::move(text));
  out.usage = {static_cast<double>(from.stt_microseconds) / 1e6, from.tts_characters, from.llm_input_tokens,
               from.llm_output_tokens};
  return out;
}

/// What no call can be like; empty when it can.
std::string_view contradiction(const form& read) {
  if (read.record.id.empty()) return "record.id is empty";
  if (read.record.state == call_state::ended) return "record.state says that the call has ended";
  if (read.record.metadata.size() > call_value::max_metadata) return "record.metadata has too many keys";
  if (read.record.stt_microseconds < 0 || read.record.stt_microseconds > longest_stt)
    return "record.stt_microseconds is no time that a call can take";
  if (telnyx::codec_of(read.leg.codec) == telnyx::codec::unknown) return "leg.codec is none that is known";
  if (read.leg.controlled && read.record.carrier_call_id.empty())
    return "record.carrier_call_id is empty and the leg is controlled";
  if (read.agent.size() > call_value::max_settings) return "agent has too many settings";
  if (read.own_settings.size() > call_value::max_settings) return "own_settings has too many names";
  return {};
}

}  // namespace

std::string call_value::to_json() const {
  snapshot_writer out(moment{});
  out("version", version);
  const form written{.record = form_of(record),
                     .leg = {.controlled = leg.controlled,
                             .answered = leg.answered,
                             .transferring = leg.transferring,
                             .answered_by = leg.answered_by,
                             .ends_at_machine = leg.ends_at_machine,
                             .codec = std::string(telnyx::to_string(leg.codec)),
                             .stream_id = leg.stream_id,
                             .owner = leg.owner},
                     .turns = counts.turns,
                     .events = counts.events,
                     .reconnects = counts.reconnects,
                     .agent = agent,
                     .own_settings = own_settings,
                     .written_at = number_of(written_at)};
  form::describe(out, written);
  auto text = std::move(out).finish();
  if (talk.empty()) return text;
  text.back() = ',';
  return text.append(R"("conversation":)").append(talk) += '}';
}

tl::expected<call_value, std::string> call_value::from_json(std::string_view text) {
  const auto refuse = [](std::string_view why) {
    return tl::unexpected(std::string(unreadable).append(why));
  };
  std::string copy(text);
  json::document document;
  if (const auto fault = document.parse(copy, {max_json, depth}); fault != json::fault::none)
    return refuse(json::to_string(fault));
  const auto& root = document.root();
  const auto found = json::integer(root, "version");
  if (!found) return refuse("it has no version");
  if (*found != version)
    return tl::unexpected("the call has version " + std::to_string(*found) + "; this build reads only " +
                          std::to_string(version));
  form read;
  snapshot_reader in(root, moment{});
  form::describe(in, read);
  if (!in.fault().empty()) return refuse(in.fault());
  if (const auto why = contradiction(read); !why.empty()) return refuse(why);
  call_value result;
  if (const auto* talk = json::find(root, "conversation")) {
    if (!talk->IsObject()) return refuse("conversation is no object");
    rapidjson::StringBuffer buffer;
    json::writer out(buffer);
    talk->Accept(out);
    result.talk.assign(buffer.GetString(), buffer.GetSize());
    if (const auto known = conversation::from_json(result.talk, moment{}); !known)
      return tl::unexpected(known.error());
  }
  result.record = record_of(std::move(read.record));
  result.leg = {.controlled = read.leg.controlled,
                .answered = read.leg.answered,
                .transferring = read.leg.transferring,
                .answered_by = std::move(read.leg.answered_by),
                .ends_at_machine = read.leg.ends_at_machine,
                .codec = telnyx::codec_of(read.leg.codec),
                .stream_id = std::move(read.leg.stream_id),
                .owner = read.leg.owner};
  result.counts = {read.turns, read.events, read.reconnects};
  result.agent = std::move(read.agent);
  result.own_settings = std::move(read.own_settings);
  result.written_at = time_of(read.written_at);
  return result;
}

}  // namespace tandem
