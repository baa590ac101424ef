#pragma once

// How messages are taken apart and put together; the end of messages.hpp, which declares them and includes
// this.

namespace tandem {

template <class Inspector>
auto inspect(Inspector& f, call_usage& x) {
  return f(caf::meta::type_name("call_usage"), x.stt_seconds, x.tts_characters, x.llm_input_tokens,
           x.llm_output_tokens);
}

template <class Inspector>
auto inspect(Inspector& f, call_cost& x) {
  return f(caf::meta::type_name("call_cost"), x.currency, x.carrier, x.stt, x.tts, x.llm);
}

template <class Inspector>
auto inspect(Inspector& f, call_event& x) {
  return f(caf::meta::type_name("call_event"), x.call_id, x.n, x.at, x.name, x.data);
}

template <class Inspector>
auto inspect(Inspector& f, call_record& x) {
  return f(caf::meta::type_name("call_record"), x.id, x.node, x.carrier_call_id, x.direction, x.from, x.to,
           x.state, x.started_at, x.answered_at, x.ended_at, x.end_reason, x.agent, x.metadata, x.usage,
           x.cost);
}

template <class Inspector>
auto inspect(Inspector& f, turn_timing& x) {
  return f(caf::meta::type_name("turn_timing"), x.stt_final, x.endpoint, x.first_token, x.first_sentence,
           x.first_audio, x.on_wire, x.heard, x.heard_by_clock, x.own);
}

template <class Inspector>
auto inspect(Inspector& f, turn_record& x) {
  return f(caf::meta::type_name("turn_record"), x.n, x.role, x.text, x.heard_text, x.interrupted,
           x.started_at, x.ended_at, x.latency_ms, x.timing);
}

template <class Inspector>
auto inspect(Inspector& f, voice_started& x) {
  return f(caf::meta::type_name("voice_started"), x.lasted_ms);
}

template <class Inspector>
auto inspect(Inspector& f, voice_ended& x) {
  return f(caf::meta::type_name("voice_ended"), x.ago_ms);
}

template <class Inspector>
auto inspect(Inspector& f, dtmf_pressed& x) {
  return f(caf::meta::type_name("dtmf_pressed"), x.digit);
}

template <class Inspector>
auto inspect(Inspector& f, transcript_partial& x) {
  return f(caf::meta::type_name("transcript_partial"), x.text);
}

template <class Inspector>
auto inspect(Inspector& f, transcript_committed& x) {
  return f(caf::meta::type_name("transcript_committed"), x.text, x.read_at, x.own);
}

template <class Inspector>
auto inspect(Inspector& f, commit_failed& x) {
  return f(caf::meta::type_name("commit_failed"), x.why);
}

template <class Inspector>
auto inspect(Inspector& f, commit_transcript& x) {
  return f(caf::meta::type_name("commit_transcript"), x.due);
}

template <class Inspector>
auto inspect(Inspector& f, speak& x) {
  return f(caf::meta::type_name("speak"), x.turn, x.text, x.last);
}

template <class Inspector>
auto inspect(Inspector& f, pause_speech& x) {
  return f(caf::meta::type_name("pause_speech"), x.turn);
}

template <class Inspector>
auto inspect(Inspector& f, resume_speech& x) {
  return f(caf::meta::type_name("resume_speech"), x.turn);
}

template <class Inspector>
auto inspect(Inspector& f, stop_speech& x) {
  return f(caf::meta::type_name("stop_speech"), x.turn);
}

template <class Inspector>
auto inspect(Inspector& f, speech_arrived& x) {
  return f(caf::meta::type_name("speech_arrived"), x.turn, x.read_at, x.given_at, x.open_since);
}

template <class Inspector>
auto inspect(Inspector& f, speech_started& x) {
  return f(caf::meta::type_name("speech_started"), x.turn, x.sent_at, x.word_due, x.own);
}

template <class Inspector>
auto inspect(Inspector& f, speech_finished& x) {
  return f(caf::meta::type_name("speech_finished"), x.turn, x.heard_text);
}

template <class Inspector>
auto inspect(Inspector& f, speech_interrupted& x) {
  return f(caf::meta::type_name("speech_interrupted"), x.turn, x.heard_text);
}

template <class Inspector>
auto inspect(Inspector& f, speech_failed& x) {
  return f(caf::meta::type_name("speech_failed"), x.turn, x.why);
}

template <class Inspector>
auto inspect(Inspector& f, stream_started& x) {
  return f(caf::meta::type_name("stream_started"), x.carrier_call_id, x.stream_id, x.from, x.to, x.codec,
           x.rate);
}

template <class Inspector>
auto inspect(Inspector& f, stream_stopped& x) {
  return f(caf::meta::type_name("stream_stopped"), x.why, x.orderly);
}

template <class Inspector>
auto inspect(Inspector& f, provider_reconnected& x) {
  return f(caf::meta::type_name("provider_reconnected"), x.who, x.provider, x.elsewhere);
}

template <class Inspector>
auto inspect(Inspector& f, provider_failed& x) {
  return f(caf::meta::type_name("provider_failed"), x.who, x.why);
}

template <class Inspector>
auto inspect(Inspector& f, turn_finished& x) {
  return f(caf::meta::type_name("turn_finished"), x.turn);
}

template <class Inspector>
auto inspect(Inspector& f, usage_grew& x) {
  return f(caf::meta::type_name("usage_grew"), x.by);
}

template <class Inspector>
auto inspect(Inspector& f, end_call& x) {
  return f(caf::meta::type_name("end_call"), x.reason);
}

template <class Inspector>
auto inspect(Inspector& f, open_stream& x) {
  return f(caf::meta::type_name("open_stream"), x.call_id, x.loop, x.can_move, x.is_softphone);
}

template <class Inspector>
auto inspect(Inspector& f, stream_ruling& x) {
  return f(caf::meta::type_name("stream_ruling"), x.why, x.unknown_call, x.taker, x.loop, x.write_bound,
           x.retry_after_seconds, x.new_call_id);
}

template <class Inspector>
auto inspect(Inspector& f, identify_call& x) {
  return f(caf::meta::type_name("identify_call"), x.call_id, x.carrier_call_id);
}

template <class Inspector>
auto inspect(Inspector& f, stream_missed& x) {
  return f(caf::meta::type_name("stream_missed"), x.call_id, x.missed);
}

template <class Inspector>
auto inspect(Inspector& f, find_owner& x) {
  return f(caf::meta::type_name("find_owner"), x.id);
}

template <class Inspector>
auto inspect(Inspector& f, call_owner& x) {
  return f(caf::meta::type_name("call_owner"), x.node, x.call_id, x.call);
}

template <class Inspector>
auto inspect(Inspector& f, describe_node&) {
  return f(caf::meta::type_name("describe_node"));
}

template <class Inspector>
auto inspect(Inspector& f, hand_over_stream& x) {
  return f(caf::meta::type_name("hand_over_stream"), x.to);
}

template <class Inspector>
auto inspect(Inspector& f, node_description& x) {
  return f(caf::meta::type_name("node_description"), x.calls, x.max_calls, x.outlook);
}

template <class Inspector>
auto inspect(Inspector& f, drain_node& x) {
  return f(caf::meta::type_name("drain_node"), x.within);
}

template <class Inspector>
auto inspect(Inspector& f, end_all_calls& x) {
  return f(caf::meta::type_name("end_all_calls"), x.reason);
}

template <class Inspector>
auto inspect(Inspector& f, carrier_command& x) {
  return f(caf::meta::type_name("carrier_command"), x.carrier_call_id, x.action, x.body);
}

template <class Inspector>
auto inspect(Inspector& f, command_outcome& x) {
  return f(caf::meta::type_name("command_outcome"), x.accepted, x.code, x.detail, x.carrier_call_id,
           x.is_alive, x.is_unclaimed);
}

template <class Inspector>
auto inspect(Inspector& f, call_changed& x) {
  return f(caf::meta::type_name("call_changed"), x.call);
}

template <class Inspector>
auto inspect(Inspector& f, turn_added& x) {
  return f(caf::meta::type_name("turn_added"), x.call_id, x.turn);
}

template <class Inspector>
auto inspect(Inspector& f, event_added& x) {
  return f(caf::meta::type_name("event_added"), x.event);
}

template <class Inspector>
auto inspect(Inspector& f, keep_call& x) {
  return f(caf::meta::type_name("keep_call"), x.call);
}

template <class Inspector>
auto inspect(Inspector& f, forget_caller& x) {
  return f(caf::meta::type_name("forget_caller"), x.number);
}

template <class Inspector>
auto inspect(Inspector& f, change_kept& x) {
  return f(caf::meta::type_name("change_kept"), x.durable);
}

template <class Inspector>
auto inspect(Inspector& f, calls_saved& x) {
  return f(caf::meta::type_name("calls_saved"), x.call_ids);
}

template <class Inspector>
auto inspect(Inspector& f, list_calls& x) {
  return f(caf::meta::type_name("list_calls"), x.state, x.limit, x.cursor);
}

template <class Inspector>
auto inspect(Inspector& f, call_page& x) {
  return f(caf::meta::type_name("call_page"), x.calls, x.cursor, x.complete);
}

template <class Inspector>
auto inspect(Inspector& f, find_call& x) {
  return f(caf::meta::type_name("find_call"), x.id);
}

template <class Inspector>
auto inspect(Inspector& f, call_history& x) {
  return f(caf::meta::type_name("call_history"), x.call, x.turns, x.complete);
}

template <class Inspector>
auto inspect(Inspector& f, begin_dialogue& x) {
  return f(caf::meta::type_name("begin_dialogue"), x.scribe, x.speech, x.call, x.taken_over);
}

template <class Inspector>
auto inspect(Inspector& f, speech_heard& x) {
  return f(caf::meta::type_name("speech_heard"), x.turn, x.heard_text, x.marked_at);
}

template <class Inspector>
auto inspect(Inspector& f, call_noted& x) {
  return f(caf::meta::type_name("call_noted"), x.key, x.text);
}

template <class Inspector>
auto inspect(Inspector& f, control_call& x) {
  return f(caf::meta::type_name("control_call"), x.wish, x.text);
}

template <class Inspector>
auto inspect(Inspector& f, hold_call& x) {
  return f(caf::meta::type_name("hold_call"), x.by, x.text, x.sound, x.time);
}

template <class Inspector>
auto inspect(Inspector& f, end_hold& x) {
  return f(caf::meta::type_name("end_hold"), x.by);
}

template <class Inspector>
auto inspect(Inspector& f, may_listen&) {
  return f(caf::meta::type_name("may_listen"));
}

template <class Inspector>
auto inspect(Inspector& f, listen_ruling& x) {
  return f(caf::meta::type_name("listen_ruling"), x.accepted, x.is_full, x.state, x.why, x.rate);
}

template <class Inspector>
auto inspect(Inspector& f, hold_changed& x) {
  return f(caf::meta::type_name("hold_changed"), x.on_hold, x.by, x.time);
}

template <class Inspector>
auto inspect(Inspector& f, silence_expected& x) {
  return f(caf::meta::type_name("silence_expected"), x.time);
}

template <class Inspector>
auto inspect(Inspector& f, control_ruling& x) {
  return f(caf::meta::type_name("control_ruling"), x.accepted, x.state, x.why);
}

template <class Inspector>
auto inspect(Inspector& f, change_agent& x) {
  return f(caf::meta::type_name("change_agent"), x.settings);
}

template <class Inspector>
auto inspect(Inspector& f, agent_ruling& x) {
  return f(caf::meta::type_name("agent_ruling"), x.accepted, x.fault, x.why, x.call);
}

template <class Inspector>
auto inspect(Inspector& f, machine_heard& x) {
  return f(caf::meta::type_name("machine_heard"), x.greeting_over, x.beep);
}

template <class Inspector>
auto inspect(Inspector& f, leg_settled& x) {
  return f(caf::meta::type_name("leg_settled"), x.call_id);
}

template <class Inspector>
auto inspect(Inspector& f, call_order& x) {
  return f(caf::meta::type_name("call_order"), x.to, x.from, x.agent, x.metadata, x.machine_detection,
           x.ends_at_machine, x.ring_seconds);
}

template <class Inspector>
auto inspect(Inspector& f, place_call& x) {
  return f(caf::meta::type_name("place_call"), x.order, x.id, x.here);
}

template <class Inspector>
auto inspect(Inspector& f, placed_call& x) {
  return f(caf::meta::type_name("placed_call"), x.why, x.retry_after_seconds, x.fault, x.call);
}

template <class Inspector>
auto inspect(Inspector& f, list_legs& x) {
  return f(caf::meta::type_name("list_legs"), x.after);
}

template <class Inspector>
auto inspect(Inspector& f, known_leg& x) {
  return f(caf::meta::type_name("known_leg"), x.carrier_call_id, x.client_state, x.leg_id, x.is_unclaimed);
}

template <class Inspector>
auto inspect(Inspector& f, leg_page& x) {
  return f(caf::meta::type_name("leg_page"), x.complete, x.legs, x.after);
}

template <class Inspector>
auto inspect(Inspector& f, trace_leg& x) {
  return f(caf::meta::type_name("trace_leg"), x.leg_id);
}

template <class Inspector>
auto inspect(Inspector& f, leg_trace& x) {
  return f(caf::meta::type_name("leg_trace"), x.direction, x.from, x.to, x.is_handled);
}

template <class Inspector>
auto inspect(Inspector& f, say_words& x) {
  return f(caf::meta::type_name("say_words"), x.text);
}

template <class Inspector>
auto inspect(Inspector& f, call_ending& x) {
  return f(caf::meta::type_name("call_ending"), x.reason);
}

template <class Inspector>
auto inspect(Inspector& f, transfer_failed&) {
  return f(caf::meta::type_name("transfer_failed"));
}

template <class Inspector>
auto inspect(Inspector& f, describe_dialogue&) {
  return f(caf::meta::type_name("describe_dialogue"));
}

template <class Inspector>
auto inspect(Inspector& f, dialogue_value& x) {
  return f(caf::meta::type_name("dialogue_value"), x.json, x.pauses);
}

template <class Inspector>
auto inspect(Inspector& f, live_event& x) {
  return f(caf::meta::type_name("live_event"), x.call_id, x.at, x.kind, x.turn, x.text, x.provider,
           x.direction, x.from, x.to);
}

template <class Inspector>
auto inspect(Inspector& f, event_happened& x) {
  return f(caf::meta::type_name("event_happened"), x.event, x.id, x.missed);
}

template <class Inspector>
auto inspect(Inspector& f, watch_ruling& x) {
  return f(caf::meta::type_name("watch_ruling"), x.outcome);
}

template <class Inspector>
auto inspect(Inspector& f, forget_calls& x) {
  return f(caf::meta::type_name("forget_calls"), x.call_ids);
}

template <class Inspector>
auto inspect(Inspector& f, give_call_away& x) {
  return f(caf::meta::type_name("give_call_away"), x.at_once);
}

template <class Inspector>
auto inspect(Inspector& f, forsake_call&) {
  return f(caf::meta::type_name("forsake_call"));
}

template <class Inspector>
auto inspect(Inspector& f, talk_changed&) {
  return f(caf::meta::type_name("talk_changed"));
}

template <class Inspector>
auto inspect(Inspector& f, call_moved& x) {
  return f(caf::meta::type_name("call_moved"), x.call_id);
}

template <class Inspector>
auto inspect(Inspector& f, webhook_ruling& x) {
  return f(caf::meta::type_name("webhook_ruling"), x.taken);
}

template <class Inspector>
auto inspect(Inspector& f, adoption_ruling& x) {
  return f(caf::meta::type_name("adoption_ruling"), x.taken, x.why);
}

template <class Inspector>
auto inspect(Inspector& f, forsake_calls&) {
  return f(caf::meta::type_name("forsake_calls"));
}

template <class Inspector>
auto inspect(Inspector& f, follow_events& x) {
  return f(caf::meta::type_name("follow_events"), x.follower, x.follows);
}

template <class Inspector>
auto inspect(Inspector& f, events_elsewhere& x) {
  return f(caf::meta::type_name("events_elsewhere"), x.node, x.source);
}

}  // namespace tandem
