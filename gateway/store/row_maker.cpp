#include "gateway/store/row_maker.hpp"

#include "protocols/campaigns/plan.hpp"

#include <cmath>

namespace tandem {

namespace {

std::int64_t milliseconds(wall_time at) { return at.time_since_epoch().count(); }
wall_time time_of(std::int64_t milliseconds) { return wall_time(std::chrono::milliseconds(milliseconds)); }

/// A text is sealed for its place alone.
std::string place(std::string_view call, std::string_view column, std::int64_t n = 0) {
  return std::string(call).append(1, '/').append(column).append(1, '/').append(std::to_string(n));
}

call_state state_of(std::string_view name) {
  for (auto state : {call_state::ringing, call_state::connected}) {
    if (name == to_string(state)) return state;
  }
  return call_state::ended;
}

}  // namespace

row_maker::row_maker(text_policy numbers, text_policy words, const std::optional<sealer::key>& key,
                     std::string node)
    : node_(std::move(node)), numbers_(numbers), words_(words) {
  if (key) sealer_.emplace(*key);
}

std::string row_maker::kept(std::string_view text, text_policy how, const std::string& context) const {
  if (how == text_policy::omit || text.empty()) return {};
  return how == text_policy::encrypt ? sealer_.value().seal(text, context) : records::storable(text);
}

std::string row_maker::shown(std::string text, bool sealed, const std::string& context) const {
  if (!sealed || text.empty()) return text;
  auto opened = sealer_ ? sealer_->open(text, context) : std::nullopt;
  return opened ? std::move(*opened) : "[sealed]";
}

std::string row_maker::caller_of(std::string_view number) const {
  if (number.empty() || numbers_ == text_policy::omit) return {};
  return numbers_ == text_policy::encrypt ? sealer_.value().fingerprint(number) : records::storable(number);
}

std::int64_t row_maker::sealed_texts() const {
  return (numbers_ == text_policy::encrypt ? records::numbers_sealed : 0) |
         (words_ == text_policy::encrypt ? records::words_sealed : 0);
}

records::row row_maker::make(const store_change& change, std::int64_t revision) const {
  return std::visit([&](const auto& each) { return make_row(each, revision); }, change);
}

records::row row_maker::make_row(const call_record& call, std::int64_t revision) const {
  records::call_row row;
  row.id = records::storable(call.id);
  row.place = records::place_of(call.started_at, call.id);
  row.revision = revision;
  row.sealed = sealed_texts();
  row.node = records::storable(call.node);
  row.carrier_call_id = records::storable(call.carrier_call_id);
  row.direction = to_string(call.direction);
  row.from_number = kept(call.from, numbers_, place(row.id, "from"));
  row.to_number = kept(call.to, numbers_, place(row.id, "to"));
  row.caller = caller_of(call.direction == call_direction::incoming ? call.from : call.to);
  row.state = to_string(call.state);
  row.started_at = milliseconds(call.started_at);
  row.answered_at = milliseconds(call.answered_at);
  row.ended_at = milliseconds(call.ended_at);
  row.end_reason = records::storable(call.end_reason);
  row.agent = records::storable(call.agent);
  row.metadata = call.metadata.empty()
                     ? std::string()
                     : kept(records::to_json(call.metadata), words_, place(row.id, "metadata"));
  row.stt_ms = std::llround(call.usage.stt_seconds * 1000);
  row.tts_characters = static_cast<std::int64_t>(call.usage.tts_characters);
  row.llm_input_tokens = static_cast<std::int64_t>(call.usage.llm_input_tokens);
  row.llm_output_tokens = static_cast<std::int64_t>(call.usage.llm_output_tokens);
  row.currency = call.cost.currency;
  row.cost_carrier = call.cost.carrier;
  row.cost_stt = call.cost.stt;
  row.cost_tts = call.cost.tts;
  row.cost_llm = call.cost.llm;
  return row;
}

records::row row_maker::make_row(const turn_change& change, std::int64_t revision) const {
  const auto& turn = change.turn;
  records::turn_row row;
  row.call_id = records::storable(change.call_id);
  row.n = turn.n;
  row.revision = revision;
  row.sealed = words_ == text_policy::encrypt ? records::words_sealed : 0;
  row.role = to_string(turn.role);
  row.text = kept(turn.text, words_, place(row.call_id, "text", turn.n));
  row.heard_text = kept(turn.heard_text, words_, place(row.call_id, "heard", turn.n));
  row.interrupted = turn.interrupted ? 1 : 0;
  row.started_at = milliseconds(turn.started_at);
  row.ended_at = milliseconds(turn.ended_at);
  row.latency_ms = turn.latency_ms;
  if (turn.timing != turn_timing{}) append_json(row.timing, turn.timing);
  return row;
}

records::row row_maker::make_row(const call_event& event, std::int64_t revision) const {
  records::event_row row;
  row.call_id = records::storable(event.call_id);
  row.n = event.n;
  row.revision = revision;
  row.sealed = words_ == text_policy::encrypt ? records::words_sealed : 0;
  row.at = milliseconds(event.at);
  row.name = records::storable(event.name);
  row.data = kept(event.data, words_, place(row.call_id, "event", event.n));
  return row;
}

records::row row_maker::make_row(const caller_gone& gone, std::int64_t revision) const {
  return records::forget_row{caller_of(gone.number), revision};
}

records::row row_maker::make_row(const campaigns::campaign_record& campaign, std::int64_t revision) const {
  records::campaign_row row;
  row.id = records::storable(campaign.id);
  row.place = records::place_of(campaign.created_at, campaign.id);
  row.revision = revision;
  row.node = records::storable(campaign.node);
  row.state = to_string(campaign.state);
  row.why = records::storable(campaign.why);
  row.closed = campaign.closed ? 1 : 0;
  row.created_at = milliseconds(campaign.created_at);
  row.ended_at = milliseconds(campaign.ended_at);
  std::string settings;
  append_json(settings, campaign.how);
  row.settings = records::storable(settings);
  row.duplicates = campaign.duplicates;
  row.pending = campaign.numbers.pending;
  row.calling = campaign.numbers.calling;
  row.done = campaign.numbers.done;
  row.failed = campaign.numbers.failed;
  row.do_not_call = campaign.numbers.do_not_call;
  return row;
}

records::row row_maker::make_row(const entry_change& change, std::int64_t revision) const {
  const auto& number = change.number;
  records::entry_row row;
  row.campaign_id = records::storable(change.campaign_id);
  row.n = number.n;
  row.revision = revision;
  row.sealed = sealed_texts();
  // What is left out of the records is still needed to call.
  const auto needed = [&](text_policy how) {
    return how == text_policy::omit && !number.is_settled() ? text_policy::plain : how;
  };
  row.number = kept(number.number, needed(numbers_), place(row.campaign_id, "number", row.n));
  row.caller = caller_of(number.number);
  row.time_zone = records::storable(number.time_zone);
  if (!number.metadata.empty())
    row.metadata =
        kept(records::to_json(number.metadata), needed(words_), place(row.campaign_id, "metadata", row.n));
  row.state = to_string(number.state);
  row.attempts = number.attempts;
  row.due_at = milliseconds(number.due_at);
  row.call_id = records::storable(number.call_id);
  row.end_reason = records::storable(number.end_reason);
  return row;
}

records::row row_maker::make_row(const bar_change& change, std::int64_t revision) const {
  const auto& number = change.number;
  records::barred_row row;
  // Whoever leaves numbers out of the records must keep these, or they would be called.
  const auto how = numbers_ == text_policy::omit ? text_policy::plain : numbers_;
  row.caller = how == text_policy::plain ? records::storable(number.number) : caller_of(number.number);
  row.revision = revision;
  row.sealed = sealed_texts();
  row.number = kept(number.number, how, place(row.caller, "barred"));
  row.since = milliseconds(number.since);
  row.source = records::storable(number.source);
  row.barred = change.barred ? 1 : 0;
  return row;
}

records::row row_maker::make_row(const delivery_change& change, std::int64_t revision) const {
  const auto& what = change.what;
  records::delivery_row row;
  row.call_id = records::storable(what.call_id);
  row.n = what.n;
  row.revision = revision;
  row.sealed = sealed_texts();
  row.node = node_;
  row.at = milliseconds(what.at);
  // What is to be left out is not in it; see `kept_part`.
  if (change.waits) {
    row.body = kept(what.body, row.sealed != 0 ? text_policy::encrypt : text_policy::plain,
                    place(row.call_id, "delivery", row.n));
  }
  row.waits = change.waits ? 1 : 0;
  return row;
}

call_record row_maker::read(records::call_row row) const {
  const bool numbers = (row.sealed & records::numbers_sealed) != 0;
  const bool words = (row.sealed & records::words_sealed) != 0;
  call_record call;
  call.from = shown(std::move(row.from_number), numbers, place(row.id, "from"));
  call.to = shown(std::move(row.to_number), numbers, place(row.id, "to"));
  call.metadata = records::members_of(shown(std::move(row.metadata), words, place(row.id, "metadata")));
  call.node = std::move(row.node);
  call.carrier_call_id = std::move(row.carrier_call_id);
  call.direction = row.direction == to_string(call_direction::incoming) ? call_direction::incoming
                                                                        : call_direction::outgoing;
  call.state = state_of(row.state);
  call.started_at = time_of(row.started_at);
  call.answered_at = time_of(row.answered_at);
  call.ended_at = time_of(row.ended_at);
  call.end_reason = std::move(row.end_reason);
  call.agent = std::move(row.agent);
  call.usage.stt_seconds = static_cast<double>(row.stt_ms) / 1000;
  call.usage.tts_characters = static_cast<std::uint64_t>(row.tts_characters);
  call.usage.llm_input_tokens = static_cast<std::uint64_t>(row.llm_input_tokens);
  call.usage.llm_output_tokens = static_cast<std::uint64_t>(row.llm_output_tokens);
  call.cost = {std::move(row.currency), row.cost_carrier, row.cost_stt, row.cost_tts, row.cost_llm};
  call.id = std::move(row.id);
  return call;
}

turn_record row_maker::read(records::turn_row row) const {
  const bool words = (row.sealed & records::words_sealed) != 0;
  turn_record turn;
  turn.n = static_cast<std::uint32_t>(row.n);
  turn.role = row.role == to_string(speaker::caller) ? speaker::caller : speaker::agent;
  turn.text = shown(std::move(row.text), words, place(row.call_id, "text", row.n));
  turn.heard_text = shown(std::move(row.heard_text), words, place(row.call_id, "heard", row.n));
  turn.interrupted = row.interrupted != 0;
  turn.started_at = time_of(row.started_at);
  turn.ended_at = time_of(row.ended_at);
  turn.latency_ms = static_cast<std::int32_t>(row.latency_ms);
  turn.timing = read_timing(row.timing);
  return turn;
}

call_event row_maker::read(records::event_row row) const {
  const bool words = (row.sealed & records::words_sealed) != 0;
  call_event event;
  event.n = static_cast<std::uint32_t>(row.n);
  event.at = time_of(row.at);
  event.name = std::move(row.name);
  event.data = shown(std::move(row.data), words, place(row.call_id, "event", row.n));
  if (event.data.empty() || event.data == "[sealed]") event.data = "{}";
  event.call_id = std::move(row.call_id);
  return event;
}

campaigns::campaign_record row_maker::read(const records::campaign_row& row) const {
  campaigns::campaign_record campaign;
  campaign.id = row.id;
  campaign.node = row.node;
  campaign.state = campaigns::campaign_state_of(row.state);
  campaign.why = row.why;
  campaign.closed = row.closed != 0;
  campaign.created_at = time_of(row.created_at);
  campaign.ended_at = time_of(row.ended_at);
  std::string settings = row.settings;
  json::document parsed;
  if (parsed.parse({settings.data(), settings.size()}) == json::fault::none) {
    if (auto how = campaigns::read_plan(parsed.root())) campaign.how = std::move(*how);
  }
  campaign.duplicates = static_cast<std::uint32_t>(row.duplicates);
  campaign.numbers = {.pending = static_cast<std::uint32_t>(row.pending),
                      .calling = static_cast<std::uint32_t>(row.calling),
                      .done = static_cast<std::uint32_t>(row.done),
                      .failed = static_cast<std::uint32_t>(row.failed),
                      .do_not_call = static_cast<std::uint32_t>(row.do_not_call)};
  return campaign;
}

campaigns::entry row_maker::read(records::entry_row row) const {
  const bool numbers = (row.sealed & records::numbers_sealed) != 0;
  const bool words = (row.sealed & records::words_sealed) != 0;
  campaigns::entry number;
  number.n = static_cast<std::uint32_t>(row.n);
  number.number = shown(std::move(row.number), numbers, place(row.campaign_id, "number", row.n));
  number.time_zone = std::move(row.time_zone);
  number.metadata =
      records::members_of(shown(std::move(row.metadata), words, place(row.campaign_id, "metadata", row.n)));
  number.state = campaigns::entry_state_of(row.state);
  number.attempts = static_cast<std::uint32_t>(row.attempts);
  number.due_at = time_of(row.due_at);
  number.call_id = std::move(row.call_id);
  number.end_reason = std::move(row.end_reason);
  return number;
}

campaigns::barred_number row_maker::read(records::barred_row row) const {
  const bool sealed = (row.sealed & records::numbers_sealed) != 0;
  return {.number = shown(std::move(row.number), sealed, place(row.caller, "barred")),
          .since = time_of(row.since),
          .source = std::move(row.source)};
}

delivery row_maker::read(records::delivery_row row) const {
  delivery out{.call_id = row.call_id,
               .n = row.n,
               .at = time_of(row.at),
               .body = shown(std::move(row.body), row.sealed != 0, place(row.call_id, "delivery", row.n))};
  if (out.body == "[sealed]") out.body.clear();
  return out;
}

std::pair<std::string, bool> row_maker::make_ledger(std::string_view text, std::string_view call_id) const {
  // Both numbers and words are in it.
  auto how = sealed_texts() != 0 ? text_policy::encrypt : text_policy::plain;
  if (words_ == text_policy::omit || numbers_ == text_policy::omit) how = text_policy::omit;
  auto out = kept(text, how, place(call_id, "ledger"));
  return {std::move(out), how == text_policy::encrypt};
}

std::string row_maker::read_ledger(std::string kept, bool sealed, std::string_view call_id) const {
  auto out = shown(std::move(kept), sealed, place(call_id, "ledger"));
  return sealed && out == "[sealed]" ? std::string() : out;
}

}  // namespace tandem
