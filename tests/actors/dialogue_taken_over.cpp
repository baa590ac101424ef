#include "actors/agents/agent_overrides.hpp"
#include "actors/call_books.hpp"
#include "actors/dialogue.hpp"
#include "protocols/conversation/call_value.hpp"
#include "tests/actors/fixture.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// A dialogue with what stands around it.
struct owner_side {
  probe<call_actor> call;
  probe<scribe_actor> scribe;
  probe<speech_actor> speech;
  dialogue_actor subject;
};

/// A call that moves from one owner to another.
struct moving_fixture : fixture {
  moving_fixture() : records(spawn_probe<actor_kind::records, records_actor>()) {
    settings.agent.kind = "echo";
    settings.turns.fallback_reply = "Pardon?";
    settings.turns.silence = 600s;
    shared.records = records.handle;
    record.id = "a-1-1";
    record.node = "a";
    record.carrier_call_id = "v3:a";
    record.state = call_state::connected;
    record.usage.stt_seconds = 12.5;
  }
  ~moving_fixture() { records.handle = records_actor{}; }

  owner_side spawn(std::shared_ptr<const call_settings> with, std::string_view value, bool taken_over) {
    owner_side made{spawn_probe<actor_kind::call, call_actor>(),
                    spawn_probe<actor_kind::scribe, scribe_actor>(),
                    spawn_probe<actor_kind::speech, speech_actor>(),
                    {}};
    made.subject =
        owned(spawn_dialogue(host, made.call.handle, std::move(with), measure, nullptr, {}, value));
    host.run();
    tell(made.subject, begin_dialogue{made.scribe.handle, made.speech.handle, record, taken_over});
    return made;
  }

  owner_side first() { return spawn(shared_settings(), {}, false); }

  /// The caller has said something, and the reply is audible.
  void converse(owner_side& with, const std::string& text) {
    tell(with.subject, voice_started{100});
    host.advance(800ms);
    tell(with.subject, voice_ended{0});
    host.advance(450ms);
    tell(with.subject, transcript_committed{text});
    host.advance(200ms);
    REQUIRE(with.speech->count<speak>() > 0);
    tell(with.subject, speech_started{with.speech->last<speak>().turn});
  }

  std::string value_of(const owner_side& of) {
    caf::scoped_actor self(system);
    auto request = self->request(of.subject, 5s, describe_dialogue{});
    host.run();
    std::string out;
    request.receive([&](dialogue_value& value) { out = std::move(value.json); }, [](const caf::error&) {});
    return out;
  }

  /// The whole call, as it goes from node to node.
  call_value value_of_call(const owner_side& of) {
    call_value out;
    out.record = record;
    out.leg = {.controlled = true, .answered = true, .stream_id = "s"};
    out.counts = {.turns = 3, .events = 7, .reconnects = 1};
    for (const auto& [key, text] : overrides_of(settings)) out.agent.push_back({key, text});
    out.talk = value_of(of);
    auto read = call_value::from_json(out.to_json());
    REQUIRE_MESSAGE(read, read.error());
    return std::move(*read);
  }

  /// The same call at another node, whose configuration has another agent.
  owner_side move(const call_value& value) {
    call_settings there = settings;
    there.agent.kind = "quiet";
    there.turns.fallback_reply = "What?";
    std::vector<std::pair<std::string, std::string>> agent;
    for (const auto& [key, text] : value.agent) agent.emplace_back(key, text);
    auto with = with_overrides(std::make_shared<const call_settings>(there), agent);
    REQUIRE_MESSAGE(with, with.error());
    CHECK((*with)->turns.fallback_reply == "Pardon?");
    return spawn(*with, value.talk, true);
  }

  void end(owner_side& which) {
    fixture::end(which.subject);
    for (const auto& each :
         {caf::actor_cast<caf::actor>(which.call.handle), caf::actor_cast<caf::actor>(which.scribe.handle),
          caf::actor_cast<caf::actor>(which.speech.handle)})
      fixture::end(each);
  }

  probe<records_actor> records;
  call_record record;
};

}  // namespace

TEST_CASE_FIXTURE(moving_fixture,
                  "a reply goes on with its new owner behind what was heard of it, as one turn") {
  auto one = first();
  converse(one, "I would like a table for two");
  const auto turn = one.speech->last<speak>().turn;
  tell(one.subject, speech_heard{turn, "I would like"});
  auto other = move(value_of_call(one));
  REQUIRE(other.speech->count<speak>() == 1);
  const auto rest = other.speech->last<speak>();
  CHECK(rest.turn == turn);
  // The carrier had " a" in stock.
  CHECK(rest.text == "table for two");
  CHECK(rest.last);
  tell(other.subject, speech_started{turn});
  SUBCASE("to its end") {
    tell(other.subject, speech_heard{turn, "table"}, speech_finished{turn, "table for two"});
    const auto said = other.call->last<turn_finished>().turn;
    CHECK(said.text == "I would like a table for two");
    CHECK(said.heard_text == said.text);
    CHECK_FALSE(said.interrupted);
  }
  SUBCASE("until the caller cuts it short") {
    tell(other.subject, speech_interrupted{turn, "table"});
    CHECK(other.call->last<turn_finished>().turn.heard_text == "I would like a table");
  }
  SUBCASE("until nothing more of it is spoken") {
    tell(other.subject, speech_interrupted{turn, ""});
    CHECK(other.call->last<turn_finished>().turn.heard_text == "I would like a");
  }
  end(one);
  end(other);
}

TEST_CASE_FIXTURE(moving_fixture, "a call goes on with its new owner as it would have with the old one") {
  auto one = first();
  converse(one, "hello there");
  tell(one.subject, speech_finished{one.speech->last<speak>().turn, "hello there"});
  host.advance(1s);
  auto other = move(value_of_call(one));
  CHECK(other.speech->count<speak>() == 0);
  one.call->clear();
  for (auto* each : {&one, &other}) {
    converse(*each, "a table for two");
    tell(each->subject, speech_finished{each->speech->last<speak>().turn, "a table for two"});
  }
  const auto turns = one.call->all<turn_finished>();
  const auto moved = other.call->all<turn_finished>();
  REQUIRE(turns.size() == 2);
  REQUIRE(moved.size() == 2);
  for (std::size_t i = 0; i < turns.size(); ++i) {
    CHECK(moved[i].turn.n == turns[i].turn.n);
    CHECK(moved[i].turn.text == turns[i].turn.text);
    CHECK(moved[i].turn.heard_text == turns[i].turn.heard_text);
  }
  CHECK(other.speech->last<speak>().turn == one.speech->last<speak>().turn);
  end(one);
  end(other);
}

TEST_CASE_FIXTURE(moving_fixture, "a greeting that had not begun is said once by the new owner") {
  settings.turns.greeting = "Good morning and welcome.";
  owner_side one{spawn_probe<actor_kind::call, call_actor>(),
                 spawn_probe<actor_kind::scribe, scribe_actor>(),
                 spawn_probe<actor_kind::speech, speech_actor>(),
                 {}};
  one.subject = owned(spawn_dialogue(host, one.call.handle, shared_settings(), measure));
  auto other = move(value_of_call(one));
  CHECK(other.speech->count<speak>() == 1);
  end(one);
  end(other);
}

TEST_CASE_FIXTURE(moving_fixture, "a call on hold is on hold with its new owner, who says so again") {
  auto one = first();
  tell(one.subject, hold_call{.by = turns::holder::api, .time = 60s});
  host.advance(20s);
  auto other = move(value_of_call(one));
  REQUIRE(other.call->count<hold_changed>() == 1);
  const auto held = other.call->last<hold_changed>();
  CHECK(held.on_hold);
  CHECK(held.by == turns::holder::api);
  CHECK(held.time == 40s);
  tell(other.subject, end_hold{turns::holder::api});
  CHECK_FALSE(other.call->last<hold_changed>().on_hold);
  end(one);
  end(other);
}

TEST_CASE_FIXTURE(moving_fixture, "the books of a call go on where its former owner's ended") {
  auto one = first();
  const auto value = value_of_call(one);
  end(one);
  {
    call_books books(value, shared, wall_time{});
    CHECK(books.record().node == "test-node");
    CHECK(books.record().usage.stt_seconds == 12.5);
    CHECK(books.counts() == value.counts);
    CHECK(measure.calls_active->Value() == 1);
    books.reason(end_reason::caller_hung_up);
    books.close(wall_time{});
  }
  host.run();
  CHECK(measure.calls_active->Value() == 0);
  REQUIRE(records->count<event_added>() == 1);
  CHECK(records->last<event_added>().event.n == value.counts.events + 1);
  CHECK(records->last<call_changed>().call.id == "a-1-1");
}

}  // namespace tandem::test
