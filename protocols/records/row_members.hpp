#pragma once

#include "protocols/records/row.hpp"

#include <concepts>
#include <type_traits>

/// The one list of each row's members, with the names that they have in the journal and in the tables. A
/// visitor takes each name with a text or a 64-bit number.
namespace tandem::records {

template <class Row, class Visit>
requires std::same_as<std::remove_const_t<Row>, call_row>
void each_member(Row& row, Visit&& visit) {
  visit("id", row.id);
  visit("place", row.place);
  visit("revision", row.revision);
  visit("sealed", row.sealed);
  visit("node", row.node);
  visit("carrier_call_id", row.carrier_call_id);
  visit("direction", row.direction);
  visit("from_number", row.from_number);
  visit("to_number", row.to_number);
  visit("caller", row.caller);
  visit("state", row.state);
  visit("started_at", row.started_at);
  visit("answered_at", row.answered_at);
  visit("ended_at", row.ended_at);
  visit("end_reason", row.end_reason);
  visit("agent", row.agent);
  visit("metadata", row.metadata);
  visit("stt_ms", row.stt_ms);
  visit("tts_characters", row.tts_characters);
  visit("llm_input_tokens", row.llm_input_tokens);
  visit("llm_output_tokens", row.llm_output_tokens);
  visit("currency", row.currency);
  visit("cost_carrier", row.cost_carrier);
  visit("cost_stt", row.cost_stt);
  visit("cost_tts", row.cost_tts);
  visit("cost_llm", row.cost_llm);
}

template <class Row, class Visit>
requires std::same_as<std::remove_const_t<Row>, turn_row>
void each_member(Row& row, Visit&& visit) {
  visit("call_id", row.call_id);
  visit("n", row.n);
  visit("revision", row.revision);
  visit("sealed", row.sealed);
  visit("role", row.role);
  visit("text", row.text);
  visit("heard_text", row.heard_text);
  visit("interrupted", row.interrupted);
  visit("started_at", row.started_at);
  visit("ended_at", row.ended_at);
  visit("latency_ms", row.latency_ms);
  visit("timing", row.timing);
}

template <class Row, class Visit>
requires std::same_as<std::remove_const_t<Row>, event_row>
void each_member(Row& row, Visit&& visit) {
  visit("call_id", row.call_id);
  visit("n", row.n);
  visit("revision", row.revision);
  visit("sealed", row.sealed);
  visit("at", row.at);
  visit("name", row.name);
  visit("data", row.data);
}

template <class Row, class Visit>
requires std::same_as<std::remove_const_t<Row>, forget_row>
void each_member(Row& row, Visit&& visit) {
  visit("caller", row.caller);
  visit("revision", row.revision);
}

template <class Row, class Visit>
requires std::same_as<std::remove_const_t<Row>, campaign_row>
void each_member(Row& row, Visit&& visit) {
  visit("id", row.id);
  visit("place", row.place);
  visit("revision", row.revision);
  visit("node", row.node);
  visit("state", row.state);
  visit("why", row.why);
  visit("closed", row.closed);
  visit("created_at", row.created_at);
  visit("ended_at", row.ended_at);
  visit("settings", row.settings);
  visit("duplicates", row.duplicates);
  visit("pending", row.pending);
  visit("calling", row.calling);
  visit("done", row.done);
  visit("failed", row.failed);
  visit("do_not_call", row.do_not_call);
}

template <class Row, class Visit>
requires std::same_as<std::remove_const_t<Row>, entry_row>
void each_member(Row& row, Visit&& visit) {
  visit("campaign_id", row.campaign_id);
  visit("n", row.n);
  visit("revision", row.revision);
  visit("sealed", row.sealed);
  visit("number", row.number);
  visit("caller", row.caller);
  visit("time_zone", row.time_zone);
  visit("metadata", row.metadata);
  visit("state", row.state);
  visit("attempts", row.attempts);
  visit("due_at", row.due_at);
  visit("call_id", row.call_id);
  visit("end_reason", row.end_reason);
}

template <class Row, class Visit>
requires std::same_as<std::remove_const_t<Row>, barred_row>
void each_member(Row& row, Visit&& visit) {
  visit("caller", row.caller);
  visit("revision", row.revision);
  visit("sealed", row.sealed);
  visit("number", row.number);
  visit("since", row.since);
  visit("source", row.source);
  visit("barred", row.barred);
}

template <class Row, class Visit>
requires std::same_as<std::remove_const_t<Row>, delivery_row>
void each_member(Row& row, Visit&& visit) {
  visit("call_id", row.call_id);
  visit("n", row.n);
  visit("revision", row.revision);
  visit("sealed", row.sealed);
  visit("node", row.node);
  visit("at", row.at);
  visit("body", row.body);
  visit("waits", row.waits);
}

}  // namespace tandem::records
