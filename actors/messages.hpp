#pragma once

#include "actors/runtime/metrics.hpp"
#include "protocols/call_order.hpp"
#include "protocols/campaigns/record.hpp"
#include "protocols/cluster/report.hpp"
#include "protocols/conversation/record.hpp"
#include "protocols/conversation/turn_events.hpp"
#include "protocols/events/delivery.hpp"
#include "protocols/events/live_event.hpp"
#include "protocols/moment.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/meta/type_name.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

/// Everything that actors say to each other, and who understands what. Commands are in the imperative, events
/// in the past tense. Audio is not here: it goes by direct calls on the call's loop (see audio_path.hpp).
namespace tandem {

struct admission_limits;
struct agent_revision;
class call_pass;
class event_sink;
class link;
struct http_request;
struct call_settings;
namespace telnyx {
struct webhook;
}

// ---- a call's turns: dialogue, scribe, speech, ingress ----

/// The caller has been making voice for so long.
struct voice_started {
  std::uint32_t lasted_ms = 0;
};

/// The caller's voice ended so long ago.
struct voice_ended {
  std::uint32_t ago_ms = 0;
};

/// A key the caller pressed.
struct dtmf_pressed {
  std::string digit;
};

/// What the caller seems to be saying; replaces the former one.
struct transcript_partial {
  std::string text;
};

/// What the caller said since the last commit; may be empty.
struct transcript_committed {
  std::string text;
  /// When it was read, unless that is now, and how long its commit had waited here.
  moment read_at{};
  std::chrono::nanoseconds own{0};
};

/// A commit got no answer.
struct commit_failed {
  std::string why;
};

/// Make a transcript of what the caller has said so far.
struct commit_transcript {
  /// When that fell due, unless that is now.
  moment due{};
};

/// Speak a piece of an agent's turn; `last` ends the turn, with or without text.
struct speak {
  std::uint32_t turn = 0;
  std::string text;
  bool last = false;
};

/// Fall silent at once but keep what was not heard.
struct pause_speech {
  std::uint32_t turn = 0;
};

/// Go on after the last word heard.
struct resume_speech {
  std::uint32_t turn = 0;
};

/// Fall silent at once and forget the rest; answered by `speech_interrupted`.
struct stop_speech {
  std::uint32_t turn = 0;
};

/// The first audio of a turn is on the wire.
struct speech_started {
  std::uint32_t turn = 0;
  moment sent_at{};
  /// When its first word will have been played.
  moment word_due{};
  /// How long it had waited here.
  std::chrono::nanoseconds own{0};
};

/// The first audio of a turn came from the synthesiser.
struct speech_arrived {
  std::uint32_t turn = 0;
  moment read_at{};
  /// When its first text was sent, and since when there had been a connection to send it over.
  moment given_at{};
  moment open_since{};
};

/// So much of a turn the caller can have heard by now.
struct speech_heard {
  std::uint32_t turn = 0;
  std::string heard_text;
  /// When the carrier's mark said so; none when the clock does.
  moment marked_at{};
};

/// The caller has heard the whole turn.
struct speech_finished {
  std::uint32_t turn = 0;
  std::string heard_text;
};

/// The turn was stopped; the caller can have heard so much.
struct speech_interrupted {
  std::uint32_t turn = 0;
  std::string heard_text;
};

/// The turn cannot be spoken.
struct speech_failed {
  std::uint32_t turn = 0;
  std::string why;
};

// ---- a call and its children ----

/// The carrier's stream says which call it carries.
struct stream_started {
  std::string carrier_call_id;
  std::string stream_id;
  std::string from;
  std::string to;
  /// The codec the caller's audio comes in, as Telnyx names it, and its samples per second; 0 = not said.
  std::string codec;
  std::uint32_t rate = 0;
};

/// The carrier's stream ended; the call may live on.
struct stream_stopped {
  std::string why;
  /// Whether the carrier said so; otherwise the connection broke, and the carrier may come back.
  bool orderly = false;
};

/// A provider's connection is there again, or another provider's in its place.
struct provider_reconnected {
  peer who = peer::scribe;
  /// `first` or `standby`.
  std::string provider{};
  /// Whether it was another one before; at a call's begin, whether it is not the first one.
  bool elsewhere = false;
};

/// A provider cannot be used any more.
struct provider_failed {
  peer who = peer::scribe;
  std::string why;
};

/// A turn is complete.
struct turn_finished {
  turn_record turn;
};

/// Keep this with the call's metadata.
struct call_noted {
  std::string key;
  std::string text;
};

/// The call is on hold, for so long at most, or is not any more.
struct hold_changed {
  bool on_hold = false;
  turns::holder by = turns::holder::api;
  std::chrono::milliseconds time{0};
};

/// For so long a caller who says nothing is not gone.
struct silence_expected {
  std::chrono::milliseconds time{0};
};

/// Add to what the call has used.
struct usage_grew {
  call_usage by;
};

/// End the call for this reason; ending it again changes nothing.
struct end_call {
  std::string reason;
};

/// What somebody outside may do to a call.
enum class call_wish : std::uint8_t { say, hang_up, transfer, press_keys, play, play_on, stop_playing };

/// Do this to a call; `text` is what to say, whom to transfer to, which keys to press or the URL of a sound,
/// which is played once, or on and on until it is stopped.
struct control_call {
  call_wish wish = call_wish::say;
  std::string text;
};

/// The caller is to wait, or has made us wait: see `turns::hold_call`.
struct hold_call {
  turns::holder by = turns::holder::api;
  std::string text{};
  std::string sound{};
  std::chrono::milliseconds time{0};
};

/// The call goes on.
struct end_hold {
  turns::holder by = turns::holder::api;
};

/// Whether it is being done; if not, why.
struct control_ruling {
  bool accepted = false;
  call_state state = call_state::ended;
  std::string why;
};

/// Change these of the agent's settings, by name; the reply under way goes on.
struct change_agent {
  std::vector<std::pair<std::string, std::string>> settings;
};

/// Whether they are changed; if not, what is wrong with them, or why there is nobody whose they are.
struct agent_ruling {
  bool accepted = false;
  std::string fault;
  std::string why;
  call_record call;
};

/// Revise the agent so: of the node, for new calls; of a call, from its next turn on. Never leaves the
/// process.
struct revise_agent {
  std::shared_ptr<const agent_revision> what;
  /// Of the node, whether the calls that go on are told as well.
  bool live = false;
};

/// The call ends: send this before it is over, whatever is answered. Never leaves the process.
struct send_farewell {
  std::shared_ptr<const http_request> request;
};

/// Take over this open stream of the carrier; the newest wins. Never leaves the process.
struct attach_stream {
  std::shared_ptr<link> stream;
  /// What it has said already, when it comes from another call.
  std::optional<stream_started> started{};
  /// The carrier's call that it has to name when it has said nothing yet; empty = any.
  std::string carrier_call_id{};
  /// Whether no other one can come for the call.
  bool is_sole = false;
};

/// May somebody listen in to the call now?
struct may_listen {};

/// Whether somebody may, in samples per second; if not, why.
struct listen_ruling {
  bool accepted = false;
  /// As many do as may.
  bool is_full = false;
  call_state state = call_state::ended;
  std::string why;
  std::uint32_t rate = 0;
};

/// Somebody listens in to the call over this open link; `by` is `token`, `session` or `local`, and `place`
/// is kept as long. Never leaves the process.
struct attach_listener {
  std::shared_ptr<link> stream;
  std::string by;
  std::shared_ptr<void> place{};
};

/// Another node is to have the call: at its next pause, or now whatever is being said.
struct give_call_away {
  bool at_once = false;
};

/// The call is another node's by now: end quietly and leave alone what is that one's, such as the leg and the
/// record.
struct forsake_call {};

/// The dialogue is another one than it was: its value is to be kept anew.
struct talk_changed {};

/// An event of Call Control. Never leaves the process.
struct webhook_received {
  std::shared_ptr<const telnyx::webhook> event;
};

// ---- the node ----

using call_actor = caf::typed_actor<  //
    caf::reacts_to<webhook_received>, caf::reacts_to<attach_stream>,
    caf::reacts_to<end_call>,                             // from the node
    caf::reacts_to<give_call_away>,                       //
    caf::reacts_to<forsake_call>,                         //
    caf::replies_to<control_call>::with<control_ruling>,  // from the API
    caf::replies_to<change_agent>::with<agent_ruling>,    //
    caf::replies_to<revise_agent>::with<control_ruling>,  // from the node
    caf::replies_to<hold_call>::with<control_ruling>,     //
    caf::replies_to<end_hold>::with<control_ruling>,      //
    caf::replies_to<may_listen>::with<listen_ruling>,     //
    caf::reacts_to<attach_listener>,                      //
    caf::reacts_to<stream_started>, caf::reacts_to<stream_stopped>,
    caf::reacts_to<dtmf_pressed>,                                           // from ingress
    caf::reacts_to<provider_reconnected>, caf::reacts_to<provider_failed>,  // from scribe, speech
    caf::reacts_to<turn_finished>, caf::reacts_to<call_noted>, caf::reacts_to<usage_grew>,
    caf::reacts_to<hold_changed>, caf::reacts_to<silence_expected>, caf::reacts_to<talk_changed>,
    caf::reacts_to<send_farewell>>;  // from dialogue, …

/// Takes the carrier's stream at the door, or learns that it did not come: a call, or who waits for the
/// stream to say which one it is for.
using stream_taker = caf::typed_actor<caf::reacts_to<attach_stream>, caf::reacts_to<end_call>>;

/// Give the stream to the call that it belongs to, and end this one.
struct hand_over_stream {
  call_actor to;
};

/// May this stream come in? An empty call id stands for the fixed token, or for a softphone.
struct open_stream {
  std::string call_id;
  /// Where the connection is, and whether it has to stay there.
  std::uint32_t loop = 0;
  bool can_move = true;
  /// Whether it comes from a softphone in place of the carrier: it is a new call's, and no other's ever.
  bool is_softphone = false;
};

/// The answer to `open_stream`.
struct stream_ruling {
  /// `none` when the stream may come in.
  refusal why = refusal::none;
  /// Whether the call it names is unknown or over.
  bool unknown_call = false;
  /// Who takes it and on which loop.
  stream_taker taker;
  std::uint32_t loop = 0;
  /// Bytes that may wait to be written to it.
  std::uint64_t write_bound = 0;
  /// When a refused stream may try again.
  std::uint32_t retry_after_seconds = 0;
  /// The call that began with it; empty when none did.
  std::string new_call_id{};
};

/// A stream on the fixed token said which call it carries. Answered by the call that owns it: the one that
/// asks, one that was there before, or none when it has ended.
struct identify_call {
  std::string call_id;
  std::string carrier_call_id;
};

/// A call's stream has broken off or fallen silent, so that another one may come for it; or there is one
/// again.
struct stream_missed {
  std::string call_id;
  bool missed = false;
};

/// Who owns the call with this id (ours or the carrier's)?
struct find_owner {
  std::string id;
};

/// The owner of a call; an empty handle when nobody owns it.
struct call_owner {
  std::string node;
  std::string call_id;
  call_actor call;
};

/// Whose leg this was is over, and nothing of it is left to be hung up: it is down, or it is not ours any
/// more.
struct leg_settled {
  std::string call_id;
};

/// The call is another node's from now on, or always was: its leg is not to be looked after here, and what
/// comes for it goes there.
struct call_moved {
  std::string call_id;
};

/// A webhook that reached another node first. Whoever has its call takes it; with `begins` it is a caller who
/// has no call yet, and is to be taken here if there is room.
struct take_webhook {
  std::shared_ptr<const telnyx::webhook> event;
  bool begins = false;
};

/// Whether it was taken.
struct webhook_ruling {
  bool taken = false;
};

/// Go on with this call, whose lease is this node's now: another node gave it away, or is gone.
struct adopt_call {
  std::string call_id;
  std::string carrier_call_id;
  /// See `call_value`; empty when the former owner left none, and then only the carrier knows of the call.
  std::string value;
  std::shared_ptr<const call_pass> pass;
  /// Whether the former owner has fallen silent without ending, so that nobody closes the leg's stream.
  bool former_is_silent = false;
};

/// Whether it goes on here. Otherwise its leg is looked after, and its lease is to be ended.
struct adoption_ruling {
  bool taken = false;
  std::string why;
};

/// All calls that began so far are other nodes' by now: see `forsake_call`.
struct forsake_calls {};

/// Place a call.
struct place_call {
  call_order order;
  /// Its id, when that is known already; empty = the node makes one.
  std::string id{};
  /// Whether it is this node's, since another one has chosen it; otherwise the least loaded one places it.
  bool here = false;
};

/// The answer to `place_call`.
struct placed_call {
  /// `none` when there is room.
  refusal why = refusal::none;
  std::uint32_t retry_after_seconds = 0;
  /// What is wrong with the order; empty when nothing is.
  std::string fault;
  /// The call, when neither of them says no.
  call_record call;
};

/// How is the node?
struct describe_node {};

/// How the node is.
struct node_description {
  std::uint32_t calls = 0;
  std::uint32_t max_calls = 0;
  /// Why a call that came now would be refused.
  refusal outlook = refusal::none;
};

/// From now on make calls from these settings, under these limits; calls in progress keep theirs. Never
/// leaves the process.
struct apply_settings {
  std::shared_ptr<const call_settings> calls;
  std::shared_ptr<const admission_limits> limits;
};

/// Which agent do new calls get?
struct describe_agent {};

/// The agent that new calls get.
struct agent_description {
  std::shared_ptr<const call_settings> calls;
  /// Whether it was revised since the settings were read.
  bool is_revised = false;
};

/// The answer to `revise_agent`.
struct revision_ruling {
  /// What is wrong, and nothing is changed; empty when nothing is.
  std::string fault;
  agent_description now;
  /// Calls that go on and took it, and those that keep theirs: they end, or were given a value of their own.
  std::uint32_t applied_to = 0;
  std::uint32_t kept = 0;
};

/// Take no new calls, and give those that go on to other nodes; answered when the last one is gone.
struct drain_node {
  /// When whoever asks ends what is left; 0 = never. Calls that found no pause are given away before that.
  std::chrono::milliseconds within{0};
};

/// End every call now.
struct end_all_calls {
  std::string reason;
};

/// Owns the calls: admits them, places them on loops, finds them.
using node_actor = caf::typed_actor<                                                      //
    caf::reacts_to<webhook_received>, caf::replies_to<open_stream>::with<stream_ruling>,  // from the gateway
    caf::replies_to<identify_call>::with<call_owner>, caf::reacts_to<stream_missed>,      // from calls
    caf::reacts_to<leg_settled>, caf::reacts_to<call_moved>,                              //
    caf::replies_to<take_webhook>::with<webhook_ruling>,  // from the switchboard
    caf::replies_to<adopt_call>::with<adoption_ruling>, caf::reacts_to<forsake_calls>,  //
    caf::replies_to<place_call>::with<placed_call>,                                     // from the API
    caf::replies_to<find_owner>::with<call_owner>,                                      //
    caf::replies_to<describe_node>::with<node_description>, caf::reacts_to<apply_settings>,
    caf::replies_to<describe_agent>::with<agent_description>,  //
    caf::replies_to<revise_agent>::with<revision_ruling>,      //
    caf::replies_to<drain_node>::with<node_description>, caf::reacts_to<end_all_calls>>;

// ---- services ----

/// A Call Control command, ready to send.
struct carrier_command {
  /// Empty for `dial`.
  std::string carrier_call_id;
  /// `answer`, `reject`, `hangup` …; `dial` places a call, `status` asks how a leg is.
  std::string action;
  /// JSON; carries `command_id`, so it may be sent again. Empty for `status`.
  std::string body;
};

/// What became of a command: accepted, or why not.
struct command_outcome {
  bool accepted = false;
  /// Telnyx' error code, or empty.
  std::string code;
  std::string detail;
  /// Of `dial`: the new leg.
  std::string carrier_call_id{};
  /// Of `status`: whether the leg is up; one that is unknown is not.
  bool is_alive = false;
  /// Of `status`: whether nobody's command has given the leg a client state.
  bool is_unclaimed = false;
};

/// Which legs of the connection are up? Goes on where a former page ended when `after` is not empty.
struct list_legs {
  std::string after;
};

/// A leg that is up.
struct known_leg {
  std::string carrier_call_id;
  std::string client_state;
  /// Its name in the carrier's list of events.
  std::string leg_id{};
  /// Whether nobody's command has given it a client state.
  bool is_unclaimed = false;
};

/// A page of legs.
struct leg_page {
  /// False when the carrier could not be asked.
  bool complete = false;
  std::vector<known_leg> legs;
  /// Where the next page begins; empty at the last.
  std::string after;
};

/// What has happened to this leg so far?
struct trace_leg {
  std::string leg_id;
};

/// What the carrier's list of events says of a leg; nothing when the list could not be had.
struct leg_trace {
  /// `incoming` or `outgoing`.
  std::string direction;
  std::string from;
  std::string to;
  /// Whether somebody has done something with it already, or it is over.
  bool is_handled = false;
};

/// Sends Call Control commands, again when they may be lost.
using carrier_actor =
    caf::typed_actor<caf::replies_to<carrier_command>::with<command_outcome>,
                     caf::replies_to<list_legs>::with<leg_page>, caf::replies_to<trace_leg>::with<leg_trace>>;

/// A call is new or has changed.
struct call_changed {
  call_record call;
};

/// A turn of a call is complete.
struct turn_added {
  std::string call_id;
  turn_record turn;
};

/// Something happened to a call.
struct event_added {
  call_event event;
};

/// Remember this new call, or what is known of it by now; answered when it will outlive the process.
struct keep_call {
  call_record call;
};

/// Delete what is known of the calls of this caller, by number, that have ended.
struct forget_caller {
  std::string number;
};

/// Whether a change will outlive the process; `false` may yet become true.
struct change_kept {
  bool durable = false;
};

/// The ends of these calls are in the store.
struct calls_saved {
  std::vector<std::string> call_ids;
};

/// Which calls are there, newest first? An empty state means any; the cursor is the one a former page gave.
struct list_calls {
  std::string state;
  std::uint32_t limit = 50;
  std::string cursor;
};

/// A page of calls; an empty cursor means that it was the last one.
struct call_page {
  std::vector<call_record> calls;
  std::string cursor;
  /// Whether the store was asked; without it only calls that go on, or ended just now, are known.
  bool complete = true;
};

/// Which call has this id?
struct find_call {
  std::string id;
};

/// A call and its turns, if there is one.
struct call_history {
  std::vector<call_record> call;
  std::vector<turn_record> turns;
  /// Whether the store was asked, or need not be.
  bool complete = true;
};

/// Remembers calls, turns and events.
using records_actor = caf::typed_actor<  //
    caf::reacts_to<call_changed>, caf::reacts_to<turn_added>,
    caf::reacts_to<event_added>,                     // from calls
    caf::replies_to<keep_call>::with<change_kept>,   //
    caf::reacts_to<calls_saved>,                     // from the store
    caf::reacts_to<call_moved>,                      // from who parts with a call
    caf::replies_to<list_calls>::with<call_page>,    // from the API
    caf::replies_to<find_call>::with<call_history>,  //
    caf::replies_to<forget_caller>::with<change_kept>>;

/// Everything is in the store that an earlier process left behind.
struct store_caught_up {};

// ---- events ----

/// Something happens to a call.
struct event_happened {
  live_event event;
  /// Of another node's call, as that node names the event; empty = this node's own.
  std::string id{};
  /// How many events of that node before it were left out, since too many were on their way.
  std::uint32_t missed = 0;
};

/// From now on give what happens to this sink, until nobody reads it or its call has ended. Never leaves the
/// process.
struct watch_events {
  std::shared_ptr<event_sink> to;
  /// Only what happens to this call, unless it is empty.
  std::string call_id;
  /// That call is known to have ended, so that there is only what is remembered.
  bool is_over = false;
  /// The id of the last event that was seen; empty = what happened before is not wanted.
  std::string last_seen;
};

/// What comes of a wish to watch.
enum class watch_outcome : std::uint8_t {
  watching,
  /// The call has ended, and there is nothing of it that was not seen.
  nothing_left,
  too_many
};

/// The answer to `watch_events`.
struct watch_ruling {
  watch_outcome outcome = watch_outcome::too_many;
};

/// What is known of these calls is to go.
struct forget_calls {
  std::vector<std::string> call_ids;
};

/// Is told what happens to another node's calls.
using event_follower = caf::typed_actor<caf::reacts_to<event_happened>>;

/// From now on, or no more, this other node wants to know what happens to this one's calls; whoever follows
/// says so again and again, and is sent so much in between (see `credit_rules`).
struct follow_events {
  event_follower follower;
  bool follows = true;
};

/// What nodes ask each other for events.
using event_source = caf::typed_actor<caf::reacts_to<follow_events>>;

/// Another node's events can be had here, or cannot any more.
struct events_elsewhere {
  std::string node;
  event_source source;
};

/// Tells those who watch what happens to calls, and remembers the newest of it.
using events_actor = caf::typed_actor<                                 //
    caf::reacts_to<event_happened>,                                    // from calls
    caf::replies_to<watch_events>::with<watch_ruling>,                 // from the API
    caf::reacts_to<forget_calls>,                                      // from the store
    caf::reacts_to<follow_events>, caf::reacts_to<events_elsewhere>>;  // from other nodes, the switchboard

/// Post this event to the operator's server.
struct post_event {
  std::string id;
  /// Its place among this start's events.
  std::int64_t n = 0;
  live_event event;
};

/// What an earlier process left to be posted; not complete when the store could not be read.
struct deliveries_read {
  std::vector<delivery> found;
  bool complete = false;
};

/// Posts events to the operator's server, each again until it is taken or given up.
using courier_actor = caf::typed_actor<                                 //
    caf::reacts_to<post_event>, caf::reacts_to<forget_calls>,           // from events
    caf::reacts_to<store_caught_up>, caf::reacts_to<deliveries_read>>;  // from the store

// ---- campaigns ----

/// May this number be called?
struct check_number {
  std::string number;
};

/// Whether it may, and whether that is known: without the store nobody knows who is on the do-not-call list.
struct number_ruling {
  bool may_be_called = true;
  bool is_known = true;
};

/// Put these numbers on the do-not-call list.
struct bar_numbers {
  std::vector<std::string> numbers;
  /// `api`, or the id of the call in which it was wished for.
  std::string source;
};

/// Take this number off the list.
struct unbar_number {
  std::string number;
};

/// Who is on the list, by number, behind this one?
struct list_barred {
  std::uint32_t limit = 50;
  std::string after;
};

/// A page of the list; an empty cursor means that it was the last one.
struct barred_page {
  std::vector<campaigns::barred_number> numbers;
  std::string cursor;
  /// False while the store could not be read.
  bool complete = true;
};

/// Call these numbers.
struct start_campaign {
  campaigns::plan how;
  std::vector<campaigns::entry> numbers;
  std::uint32_t duplicates = 0;
};

/// What somebody outside may do to a campaign.
enum class campaign_wish : std::uint8_t { pause, resume, stop };

/// Do this to a campaign.
struct steer_campaign {
  std::string id;
  campaign_wish wish = campaign_wish::pause;
};

/// Which campaign has this id?
struct find_campaign {
  std::string id;
};

/// What came of a wish about a campaign.
enum class campaign_outcome : std::uint8_t {
  done,
  unknown,
  /// It is not in a state in which that can be.
  wrong_state,
  /// There are too many open ones, or they have too many numbers.
  too_many,
  /// The store could not be asked, or what was wished for may be forgotten.
  store_away
};

/// The answer, with the campaign as far as there is one.
struct campaign_ruling {
  campaign_outcome outcome = campaign_outcome::store_away;
  campaigns::campaign_record campaign;
};

/// Which campaigns are there, newest first? The cursor is the one a former page gave.
struct list_campaigns {
  std::uint32_t limit = 50;
  std::string cursor;
};

/// A page of campaigns; an empty cursor means that it was the last one.
struct campaign_page {
  std::vector<campaigns::campaign_record> found;
  std::string cursor;
  /// Whether the store was asked; without it only open campaigns are known.
  bool complete = true;
};

/// How far are the numbers of a campaign, behind this place? An empty state means any.
struct list_numbers {
  std::string campaign_id;
  std::string state;
  std::uint32_t limit = 50;
  std::uint32_t after = 0;
};

/// A page of numbers; no cursor (0) means that it was the last one.
struct number_page {
  campaign_outcome outcome = campaign_outcome::store_away;
  std::vector<campaigns::entry> numbers;
  std::uint32_t cursor = 0;
};

struct begin_campaigns;

/// Go on with what was waiting for the store. Never leaves the process.
struct store_answered {
  std::shared_ptr<const std::function<void()>> go_on;
};

/// Calls lists of numbers, and knows who must not be called.
using campaigns_actor = caf::typed_actor<                    //
    caf::replies_to<check_number>::with<number_ruling>,      // from the API
    caf::replies_to<bar_numbers>::with<change_kept>,         // and from calls
    caf::replies_to<unbar_number>::with<change_kept>,        //
    caf::replies_to<list_barred>::with<barred_page>,         //
    caf::replies_to<start_campaign>::with<campaign_ruling>,  //
    caf::replies_to<steer_campaign>::with<campaign_ruling>,  //
    caf::replies_to<find_campaign>::with<campaign_ruling>,   //
    caf::replies_to<list_campaigns>::with<campaign_page>,    //
    caf::replies_to<list_numbers>::with<number_page>,        //
    caf::reacts_to<forget_caller>,                           //
    caf::reacts_to<begin_campaigns>,                         //
    caf::reacts_to<store_caught_up>,                         // from the store
    caf::reacts_to<store_answered>>;

// ---- a test conversation ----

/// What one side says in it; of the caller perhaps the keys that they press.
struct rehearsed_turn {
  speaker by = speaker::caller;
  std::string text;
  bool is_keys = false;
};

/// Answer as the agent of these settings would, if this had been said so far. Never leaves the process.
struct rehearse {
  std::shared_ptr<const call_settings> calls;
  /// What the operator's server is told that the call is called.
  std::string id;
  std::vector<rehearsed_turn> so_far;
};

/// What the agent replies, and what comes of it.
struct rehearsed_reply {
  std::string text;
  turns::reply_end how;
  std::vector<turns::note> notes;
  /// What it would have done beside speaking, which is not done here.
  std::vector<std::string> left_out;
  /// Why there is no reply, or not all of it; empty when there is.
  std::string failure;
};

/// An agent that needs nobody replies to everything from the beginning on, its greeting first; one that asks
/// a server, only to what was said last.
struct rehearsal {
  std::vector<rehearsed_reply> replies;
  std::uint64_t input_tokens = 0;
  std::uint64_t output_tokens = 0;
};

/// Holds one conversation without a call, and ends.
using rehearsal_actor = caf::typed_actor<caf::replies_to<rehearse>::with<rehearsal>>;

}  // namespace tandem

#include "actors/cluster/messages.hpp"

namespace tandem {

/// Here is who places calls, and who knows where they are when that is not here; none on a node that is
/// alone.
struct begin_campaigns {
  node_actor node;
  switchboard_actor switchboard{};
};

// ---- supervision ----

/// From now on the node cannot do without this service. Never leaves the process.
struct watch_service {
  actor_kind kind = actor_kind::node;
  caf::actor service;
};

/// Notices when one of the node's services ends.
using supervisor_actor = caf::typed_actor<caf::reacts_to<watch_service>>;

// ---- a call's children ----

/// Speaks an agent's turns and knows what was heard of them.
using speech_actor = caf::typed_actor<caf::reacts_to<speak>, caf::reacts_to<pause_speech>,
                                      caf::reacts_to<resume_speech>, caf::reacts_to<stop_speech>>;

/// Turns the caller's audio into transcripts.
using scribe_actor = caf::typed_actor<caf::reacts_to<commit_transcript>>;

/// The caller is there: greet, listen, answer. Dialogue and the two it commands know each other only from
/// here on.
struct begin_dialogue {
  scribe_actor scribe;
  speech_actor speech;
  /// What is known of the call by now.
  call_record call{};
  /// Whether the dialogue was rebuilt for another owner of the call, so that agent, scribe and speech know
  /// nothing of what is under way.
  bool taken_over = false;
};

/// The call ends for this reason; your own end follows.
struct call_ending {
  std::string reason;
};

/// Owns the carrier's stream: order, codec, keys, marks, voice activity.
using ingress_actor = caf::typed_actor<caf::reacts_to<attach_stream>, caf::reacts_to<hand_over_stream>,
                                       caf::reacts_to<attach_listener>, caf::reacts_to<call_ending>>;

/// Nobody took the caller whom we wanted to transfer.
struct transfer_failed {};

/// An answering machine took the call; its greeting goes on, or is over, perhaps with a beep.
struct machine_heard {
  bool greeting_over = false;
  bool beep = false;
};

/// Let this agent answer from the next question on. Never leaves the process.
struct use_agent {
  std::shared_ptr<const call_settings> settings;
};

/// Say this between two turns.
struct say_words {
  std::string text;
};

/// What is the dialogue by now?
struct describe_dialogue {};

/// Everything that a dialogue is, its agent included: another one that is spawned with it goes on
/// identically.
struct dialogue_value {
  /// See `conversation::to_json`.
  std::string json;
  /// Whether nobody speaks, and nobody is about to: nothing would be lost if it went on elsewhere.
  bool pauses = false;
};

/// Decides whose turn it is and asks the agent.
using dialogue_actor = caf::typed_actor<
    caf::reacts_to<begin_dialogue>, caf::reacts_to<provider_failed>, caf::reacts_to<say_words>,
    caf::reacts_to<transfer_failed>, caf::reacts_to<machine_heard>, caf::reacts_to<use_agent>,
    caf::reacts_to<call_ending>, caf::reacts_to<hold_call>, caf::reacts_to<end_hold>,
    caf::replies_to<describe_dialogue>::with<dialogue_value>,  // from the call
                                                               //
    caf::reacts_to<voice_started>, caf::reacts_to<voice_ended>, caf::reacts_to<dtmf_pressed>,  // from ingress
    caf::reacts_to<transcript_partial>, caf::reacts_to<transcript_committed>, caf::reacts_to<commit_failed>,
    caf::reacts_to<speech_arrived>, caf::reacts_to<speech_started>, caf::reacts_to<speech_heard>,
    caf::reacts_to<speech_finished>, caf::reacts_to<speech_interrupted>, caf::reacts_to<speech_failed>>;

}  // namespace tandem

#include "actors/cluster/inspect.hpp"
#include "actors/inspect.hpp"

CAF_BEGIN_TYPE_ID_BLOCK(tandem, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(tandem, (tandem::call_usage))
CAF_ADD_TYPE_ID(tandem, (tandem::call_record))
CAF_ADD_TYPE_ID(tandem, (tandem::turn_record))
CAF_ADD_TYPE_ID(tandem, (tandem::voice_started))
CAF_ADD_TYPE_ID(tandem, (tandem::voice_ended))
CAF_ADD_TYPE_ID(tandem, (tandem::dtmf_pressed))
CAF_ADD_TYPE_ID(tandem, (tandem::transcript_partial))
CAF_ADD_TYPE_ID(tandem, (tandem::transcript_committed))
CAF_ADD_TYPE_ID(tandem, (tandem::commit_failed))
CAF_ADD_TYPE_ID(tandem, (tandem::commit_transcript))
CAF_ADD_TYPE_ID(tandem, (tandem::speak))
CAF_ADD_TYPE_ID(tandem, (tandem::pause_speech))
CAF_ADD_TYPE_ID(tandem, (tandem::resume_speech))
CAF_ADD_TYPE_ID(tandem, (tandem::stop_speech))
CAF_ADD_TYPE_ID(tandem, (tandem::speech_arrived))
CAF_ADD_TYPE_ID(tandem, (tandem::speech_started))
CAF_ADD_TYPE_ID(tandem, (tandem::speech_finished))
CAF_ADD_TYPE_ID(tandem, (tandem::speech_interrupted))
CAF_ADD_TYPE_ID(tandem, (tandem::speech_failed))
CAF_ADD_TYPE_ID(tandem, (tandem::stream_started))
CAF_ADD_TYPE_ID(tandem, (tandem::stream_stopped))
CAF_ADD_TYPE_ID(tandem, (tandem::provider_reconnected))
CAF_ADD_TYPE_ID(tandem, (tandem::provider_failed))
CAF_ADD_TYPE_ID(tandem, (tandem::turn_finished))
CAF_ADD_TYPE_ID(tandem, (tandem::usage_grew))
CAF_ADD_TYPE_ID(tandem, (tandem::end_call))
CAF_ADD_TYPE_ID(tandem, (tandem::open_stream))
CAF_ADD_TYPE_ID(tandem, (tandem::stream_ruling))
CAF_ADD_TYPE_ID(tandem, (tandem::identify_call))
CAF_ADD_TYPE_ID(tandem, (tandem::find_owner))
CAF_ADD_TYPE_ID(tandem, (tandem::call_owner))
CAF_ADD_TYPE_ID(tandem, (tandem::describe_node))
CAF_ADD_TYPE_ID(tandem, (tandem::node_description))
CAF_ADD_TYPE_ID(tandem, (tandem::drain_node))
CAF_ADD_TYPE_ID(tandem, (tandem::end_all_calls))
CAF_ADD_TYPE_ID(tandem, (tandem::carrier_command))
CAF_ADD_TYPE_ID(tandem, (tandem::command_outcome))
CAF_ADD_TYPE_ID(tandem, (tandem::call_changed))
CAF_ADD_TYPE_ID(tandem, (tandem::turn_added))
CAF_ADD_TYPE_ID(tandem, (tandem::list_calls))
CAF_ADD_TYPE_ID(tandem, (tandem::call_page))
CAF_ADD_TYPE_ID(tandem, (tandem::find_call))
CAF_ADD_TYPE_ID(tandem, (tandem::call_history))
CAF_ADD_TYPE_ID(tandem, (tandem::begin_dialogue))
CAF_ADD_TYPE_ID(tandem, (tandem::speech_heard))
CAF_ADD_TYPE_ID(tandem, (tandem::call_noted))
CAF_ADD_TYPE_ID(tandem, (tandem::hand_over_stream))
CAF_ADD_TYPE_ID(tandem, (tandem::stream_missed))
CAF_ADD_TYPE_ID(tandem, (tandem::call_cost))
CAF_ADD_TYPE_ID(tandem, (tandem::call_event))
CAF_ADD_TYPE_ID(tandem, (tandem::event_added))
CAF_ADD_TYPE_ID(tandem, (tandem::keep_call))
CAF_ADD_TYPE_ID(tandem, (tandem::forget_caller))
CAF_ADD_TYPE_ID(tandem, (tandem::change_kept))
CAF_ADD_TYPE_ID(tandem, (tandem::calls_saved))
CAF_ADD_TYPE_ID(tandem, (tandem::control_call))
CAF_ADD_TYPE_ID(tandem, (tandem::control_ruling))
CAF_ADD_TYPE_ID(tandem, (tandem::leg_settled))
CAF_ADD_TYPE_ID(tandem, (tandem::call_order))
CAF_ADD_TYPE_ID(tandem, (tandem::place_call))
CAF_ADD_TYPE_ID(tandem, (tandem::placed_call))
CAF_ADD_TYPE_ID(tandem, (tandem::list_legs))
CAF_ADD_TYPE_ID(tandem, (tandem::known_leg))
CAF_ADD_TYPE_ID(tandem, (tandem::leg_page))
CAF_ADD_TYPE_ID(tandem, (tandem::trace_leg))
CAF_ADD_TYPE_ID(tandem, (tandem::leg_trace))
CAF_ADD_TYPE_ID(tandem, (tandem::say_words))
CAF_ADD_TYPE_ID(tandem, (tandem::describe_dialogue))
CAF_ADD_TYPE_ID(tandem, (tandem::dialogue_value))
CAF_ADD_TYPE_ID(tandem, (tandem::live_event))
CAF_ADD_TYPE_ID(tandem, (tandem::event_happened))
CAF_ADD_TYPE_ID(tandem, (tandem::watch_ruling))
CAF_ADD_TYPE_ID(tandem, (tandem::forget_calls))
CAF_ADD_TYPE_ID(tandem, (tandem::transfer_failed))
CAF_ADD_TYPE_ID(tandem, (tandem::call_ending))
CAF_ADD_TYPE_ID(tandem, (tandem::change_agent))
CAF_ADD_TYPE_ID(tandem, (tandem::agent_ruling))
CAF_ADD_TYPE_ID(tandem, (tandem::machine_heard))
CAF_ADD_TYPE_ID(tandem, (tandem::hold_call))
CAF_ADD_TYPE_ID(tandem, (tandem::end_hold))
CAF_ADD_TYPE_ID(tandem, (tandem::hold_changed))
CAF_ADD_TYPE_ID(tandem, (tandem::silence_expected))
CAF_ADD_TYPE_ID(tandem, (tandem::may_listen))
CAF_ADD_TYPE_ID(tandem, (tandem::listen_ruling))

CAF_ADD_TYPE_ID(tandem, (tandem::greet_node))
CAF_ADD_TYPE_ID(tandem, (tandem::greeting_ruling))
CAF_ADD_TYPE_ID(tandem, (tandem::node_report))
CAF_ADD_TYPE_ID(tandem, (tandem::say_goodbye))
CAF_ADD_TYPE_ID(tandem, (tandem::goodbye_heard))
CAF_ADD_TYPE_ID(tandem, (tandem::begin_cluster))
CAF_ADD_TYPE_ID(tandem, (tandem::leave_cluster))
CAF_ADD_TYPE_ID(tandem, (tandem::cluster_left))
CAF_ADD_TYPE_ID(tandem, (tandem::list_nodes))
CAF_ADD_TYPE_ID(tandem, (tandem::node_list))
CAF_ADD_TYPE_ID(tandem, (tandem::node_joined))
CAF_ADD_TYPE_ID(tandem, (tandem::node_left))
CAF_ADD_TYPE_ID(tandem, (tandem::watch_cluster))
CAF_ADD_TYPE_ID(tandem, (tandem::node_reported))

CAF_ADD_TYPE_ID(tandem, (tandem::give_call_away))
CAF_ADD_TYPE_ID(tandem, (tandem::forsake_call))
CAF_ADD_TYPE_ID(tandem, (tandem::forsake_calls))
CAF_ADD_TYPE_ID(tandem, (tandem::talk_changed))
CAF_ADD_TYPE_ID(tandem, (tandem::call_moved))
CAF_ADD_TYPE_ID(tandem, (tandem::webhook_ruling))
CAF_ADD_TYPE_ID(tandem, (tandem::adoption_ruling))
CAF_ADD_TYPE_ID(tandem, (tandem::follow_events))
CAF_ADD_TYPE_ID(tandem, (tandem::events_elsewhere))
CAF_ADD_TYPE_ID(tandem, (tandem::claim_call))
CAF_ADD_TYPE_ID(tandem, (tandem::keep_value))
CAF_ADD_TYPE_ID(tandem, (tandem::move_call))
CAF_ADD_TYPE_ID(tandem, (tandem::move_ruling))
CAF_ADD_TYPE_ID(tandem, (tandem::end_lease))
CAF_ADD_TYPE_ID(tandem, (tandem::find_anywhere))
CAF_ADD_TYPE_ID(tandem, (tandem::route_order))
CAF_ADD_TYPE_ID(tandem, (tandem::place_ruling))
CAF_ADD_TYPE_ID(tandem, (tandem::find_door))
CAF_ADD_TYPE_ID(tandem, (tandem::node_door))
CAF_ADD_TYPE_ID(tandem, (tandem::begin_switchboard))
CAF_ADD_TYPE_ID(tandem, (tandem::leave_calls))
CAF_ADD_TYPE_ID(tandem, (tandem::calls_left))
CAF_ADD_TYPE_ID(tandem, (tandem::lease_question))
CAF_ADD_TYPE_ID(tandem, (tandem::lease_promise))
CAF_ADD_TYPE_ID(tandem, (tandem::keep_copy))
CAF_ADD_TYPE_ID(tandem, (tandem::drop_copy))
CAF_ADD_TYPE_ID(tandem, (tandem::find_copies))
CAF_ADD_TYPE_ID(tandem, (tandem::found_copies))
CAF_ADD_TYPE_ID(tandem, (tandem::offer_call))
CAF_ADD_TYPE_ID(tandem, (tandem::offer_ruling))
CAF_ADD_TYPE_ID(tandem, (tandem::forward_webhook))
CAF_END_TYPE_ID_BLOCK(tandem)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::apply_settings)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::attach_stream)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::attach_listener)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::send_farewell)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::use_agent)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::watch_events)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::post_event)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::deliveries_read)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::webhook_received)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::check_number)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::number_ruling)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::bar_numbers)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::unbar_number)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::list_barred)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::barred_page)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::start_campaign)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::steer_campaign)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::campaign_ruling)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::find_campaign)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::list_campaigns)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::campaign_page)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::list_numbers)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::number_page)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::store_caught_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::begin_campaigns)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::store_answered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::revise_agent)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::describe_agent)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::agent_description)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::revision_ruling)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::rehearse)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::rehearsal)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::watch_service)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::take_webhook)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::adopt_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::claim_ruling)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::route_webhook)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::lease_answered)
