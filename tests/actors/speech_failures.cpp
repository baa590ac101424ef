#include "tests/actors/speech_fixture.hpp"

#include <string>

using namespace tandem;
using namespace tandem::test;

TEST_CASE_FIXTURE(speech_fixture, "a silent turn is spoken once more on a fresh socket, then it has failed") {
  spawn();
  tell(actor, speak{1, "Good morning to you.", true});
  host.advance(2400ms);
  CHECK(connector.peers.size() == 1);
  host.advance(200ms);
  REQUIRE(connector.peers.size() == 2);
  CHECK(connector.peers[0]->closed_with == 1000);
  open_socket();
  CHECK(text_of(peer()) == "Good morning to you. ");
  host.advance(2600ms);
  REQUIRE(dialogue->count<speech_failed>() == 1);
  CHECK(dialogue->last<speech_failed>().turn == 1);
  host.advance(10s);
  CHECK(connector.peers.size() == 2);
  CHECK(dialogue->size() == 1);
  CHECK(call->count<provider_failed>() == 0);
}

TEST_CASE_FIXTURE(speech_fixture, "a turn that is spoken at the second attempt is as good as any") {
  spawn();
  tell(actor, speak{1, "Good morning to you.", true});
  finish();
  REQUIRE(connector.peers.size() == 2);
  open_socket();
  const auto audio = synthesise("Good morning to you.");
  finish();
  host.advance(1s);
  return_mark();
  CHECK(carrier.audio() == audio);
  CHECK(dialogue->last<speech_finished>().heard_text == "Good morning to you.");
}

TEST_CASE_FIXTURE(speech_fixture, "a reply and its fallback without a sound end all speech") {
  spawn();
  for (std::uint32_t turn = 1; turn <= 2; ++turn) {
    CHECK(call->count<provider_failed>() == 0);
    tell(actor, speak{turn, "Good morning.", true});
    host.advance(2600ms);
    open_socket();
    host.advance(2600ms);
    CHECK(dialogue->count<speech_failed>() == turn);
  }
  REQUIRE(call->count<provider_failed>() == 1);
  CHECK(call->last<provider_failed>().who == peer::speech);
}

TEST_CASE_FIXTURE(speech_fixture, "silent turns with a heard one between them do not end speech") {
  spawn();
  for (std::uint32_t turn = 1; turn <= 5; turn += 2) {
    tell(actor, speak{turn, "Good morning.", true});
    host.advance(2600ms);
    open_socket();
    host.advance(2600ms);
    say(turn + 1, "Sorry?");
    host.advance(5s);
  }
  CHECK(dialogue->count<speech_failed>() == 3);
  CHECK(call->count<provider_failed>() == 0);
}

TEST_CASE_FIXTURE(speech_fixture, "a next turn after a failed one is spoken") {
  spawn();
  tell(actor, speak{1, "One.", true});
  finish();
  open_socket();
  finish();
  CHECK(dialogue->count<speech_failed>() == 1);
  say(2, "Two.");
  host.advance(500ms);
  return_mark();
  CHECK(dialogue->last<speech_finished>().turn == 2);
}

TEST_CASE_FIXTURE(speech_fixture, "a turn whose socket dies goes on behind the last audio that came") {
  spawn();
  tell(actor, speak{1, "Good morning to you. ", false});
  tell(actor, speak{1, "How can I help?", true});
  auto audio = synthesise("Good morning ");
  peer().close(1011, "gone");
  host.advance(130ms);
  REQUIRE(connector.peers.size() == 2);
  open_socket();
  CHECK(text_of(peer()) == " to you. How can I help? ");
  const auto rest = synthesise(" to you. How can I help?");
  finish();
  // The blank behind the last word comes again.
  audio.resize(std::string("Good morning").size() * 400);
  audio.insert(audio.end(), rest.begin(), rest.end());
  host.advance(3s);
  CHECK(carrier.audio() == padded(audio));
  return_mark();
  CHECK(dialogue->last<speech_finished>().heard_text == "Good morning to you. How can I help?");
  CHECK(measure.reconnects(peer::speech).Value() == 1);
  CHECK(call->count<provider_reconnected>() == 1);
}

TEST_CASE_FIXTURE(speech_fixture, "a word that a dying socket cut in two is spoken once") {
  spawn();
  tell(actor, speak{1, "Good morning to everybody.", true});
  auto audio = synthesise("Good morning to every");
  peer().close(1011, "gone");
  host.advance(130ms);
  REQUIRE(connector.peers.size() == 2);
  open_socket();
  CHECK(text_of(peer()) == " everybody. ");
  const auto rest = synthesise(" everybody.");
  finish();
  audio.resize(std::string("Good morning to").size() * 400);
  audio.insert(audio.end(), rest.begin(), rest.end());
  host.advance(3s);
  CHECK(carrier.audio() == padded(audio));
  return_mark();
  CHECK(dialogue->last<speech_finished>().heard_text == "Good morning to everybody.");
}

TEST_CASE_FIXTURE(speech_fixture, "a turn whose second socket dies plays what there is and has failed") {
  spawn();
  tell(actor, speak{1, "Good morning to you.", true});
  synthesise("Good morning ");
  peer().close(1006, "reset");
  host.advance(130ms);
  open_socket();
  peer().close(1006, "reset");
  CHECK(dialogue->count<speech_failed>() == 0);
  host.advance(1s);
  return_mark();
  REQUIRE(dialogue->count<speech_failed>() == 1);
  CHECK(dialogue->last<speech_heard>().heard_text == "Good morning");
  CHECK(dialogue->count<speech_finished>() == 0);
}

TEST_CASE_FIXTURE(speech_fixture, "audio that came without alignment is not spoken again") {
  spawn();
  tell(actor, speak{1, "Good morning to you.", true});
  synthesise("Good morning ", {}, false);
  peer().close(1006, "reset");
  host.advance(10s);
  CHECK(dialogue->count<speech_failed>() == 1);
  CHECK(carrier.audio().size() == 33 * 160);
}

TEST_CASE_FIXTURE(speech_fixture, "a socket that dies behind the last audio costs nothing") {
  spawn();
  tell(actor, speak{1, "Good morning to you.", true});
  const auto audio = synthesise("Good morning to you.");
  peer().close(1008, "input_timeout_exceeded");
  host.advance(1s);
  return_mark();
  CHECK(carrier.audio() == audio);
  CHECK(dialogue->count<speech_finished>() == 1);
  CHECK(connector.peers.size() == 1);
}

TEST_CASE_FIXTURE(speech_fixture, "a missing final message ends the turn when all its words have come") {
  spawn();
  tell(actor, speak{1, "Good morning to you.", true});
  synthesise("Good morning to you.");
  host.advance(2400ms);
  CHECK(dialogue->count<speech_finished>() == 0);
  host.advance(200ms);
  return_mark();
  CHECK(dialogue->count<speech_finished>() == 1);
  CHECK(connector.peers.size() == 1);
}

TEST_CASE_FIXTURE(speech_fixture, "a final message ends the turn though the alignment misses words") {
  spawn();
  tell(actor, speak{1, "Good morning to you.", true});
  synthesise("Good ");
  synthesise("morning to you.", {}, false);
  finish();
  host.advance(1s);
  return_mark();
  CHECK(dialogue->last<speech_finished>().heard_text == "Good morning to you.");
  CHECK(connector.peers.size() == 1);
}

TEST_CASE_FIXTURE(speech_fixture,
                  "a message may be as big as a call's buffers, and half a minute of speech") {
  const std::pair<std::size_t, std::size_t> cases[] = {
      {65536, 262144}, {524288, 524288}, {std::size_t{1} << 30, tts::max_message}};
  for (const auto& [buffers, bound] : cases) {
    settings.limits.buffer_bytes = buffers;
    spawn(false);
    CHECK(peer().request.message_bound == bound);
  }
}

TEST_CASE_FIXTURE(speech_fixture, "a turn whose audio comes in a message that is too big is given up alone") {
  spawn();
  tell(actor, speak{1, "Good morning.", true});
  for (int tries = 1; tries <= 2; ++tries) {
    CHECK(dialogue->count<speech_failed>() == 0);
    REQUIRE(connector.peers.size() == static_cast<std::size_t>(tries));
    peer().close(0, "read: The WebSocket message exceeded the locally configured limit");
    host.advance(500ms);
    if (tries == 1) open_socket();
  }
  REQUIRE(dialogue->count<speech_failed>() == 1);
  CHECK(call->count<provider_failed>() == 0);
  tell(actor, speak{2, "Sorry?", true});
  host.advance(1s);
  REQUIRE(connector.peers.size() == 3);
  open_socket();
  synthesise("Sorry?");
  finish();
  host.advance(500ms);
  return_mark();
  CHECK(dialogue->last<speech_finished>().turn == 2);
}

TEST_CASE_FIXTURE(speech_fixture, "a turn that stalls in mid-speech goes on behind its last word") {
  spawn();
  tell(actor, speak{1, "Good morning to you.", true});
  synthesise("Good morning ");
  host.advance(2600ms);
  REQUIRE(connector.peers.size() == 2);
  open_socket();
  CHECK(text_of(peer()) == " to you. ");
}

TEST_CASE_FIXTURE(speech_fixture,
                  "a context that the server closes between two sentences is followed by another") {
  spawn();
  tell(actor, speak{1, "One moment.", false});
  const auto first = context();
  synthesise("One moment.");
  finish();
  host.advance(30s);
  CHECK(dialogue->count<speech_failed>() == 0);
  tell(actor, speak{1, "Here it is.", true});
  CHECK(context() != first);
  CHECK(text_of(peer()).ends_with("Here it is. "));
}

TEST_CASE_FIXTURE(speech_fixture, "a turn waits for its socket, but not for ever") {
  spawn(false);
  tell(actor, speak{1, "Good morning to you.", true});
  CHECK(peer().sent.empty());
  peer().close(0, "refused", false);
  host.advance(130ms);
  open_socket();
  CHECK(text_of(peer()) == "Good morning to you. ");
  peer().close(0, "reset");
  for (auto i = 0; i < 10 && dialogue->count<speech_failed>() == 0; ++i) {
    host.advance(1s);
    if (peer().connected()) peer().close(0, "refused", false);
    host.run();
  }
  CHECK(dialogue->count<speech_failed>() == 1);
}

TEST_CASE_FIXTURE(speech_fixture, "an idle socket that closes is replaced when there is something to say") {
  spawn();
  peer().close(1008, "input_timeout_exceeded");
  host.advance(60s);
  CHECK(connector.peers.size() == 1);
  tell(actor, speak{1, "Good morning.", true});
  REQUIRE(connector.peers.size() == 2);
  open_socket();
  CHECK(text_of(peer()) == "Good morning. ");
}

TEST_CASE_FIXTURE(speech_fixture, "errors of account or settings end all speech") {
  for (const std::string code :
       {"invalid_api_key", "voice_id_does_not_exist", "quota_exceeded", "authentication_required"}) {
    CAPTURE(code);
    call->clear();
    dialogue->clear();
    spawn();
    tell(actor, speak{1, "Good morning.", true});
    fail_with({code, "because", 1008, {}});
    CHECK(call->count<provider_failed>() == 1);
    CHECK(call->last<provider_failed>().who == peer::speech);
    CHECK(dialogue->count<speech_failed>() == 1);
    tell(actor, speak{2, "Are you there?", true});
    CHECK(dialogue->count<speech_failed>() == 2);
    end(actor);
  }
}

TEST_CASE_FIXTURE(speech_fixture, "a refused key at the upgrade ends all speech") {
  spawn(false);
  peer().events->on_closed({0, "HTTP 401", 401, false});
  host.run();
  CHECK(call->count<provider_failed>() == 1);
}

TEST_CASE_FIXTURE(speech_fixture, "other errors cost the socket alone") {
  spawn();
  tell(actor, speak{1, "Good morning.", true});
  fail_with({"max_active_conversations", "too many", 1008, {}});
  host.advance(130ms);
  REQUIRE(connector.peers.size() == 2);
  open_socket();
  CHECK(text_of(peer()) == "Good morning. ");
  CHECK(call->count<provider_failed>() == 0);
}

TEST_CASE_FIXTURE(speech_fixture,
                  "cancelled contexts count until they are final; the fifth gets a fresh socket") {
  spawn();
  for (std::uint32_t turn = 1; turn <= 4; ++turn) {
    tell(actor, speak{turn, "Good morning.", true});
    tell(actor, stop_speech{turn});
  }
  CHECK(connector.peers.size() == 1);
  tell(actor, speak{5, "Good morning.", true});
  REQUIRE(connector.peers.size() == 2);
  CHECK(connector.peers[0]->closed_with == 1000);
  open_socket();
  CHECK(text_of(peer()) == "Good morning. ");
  CHECK(measure.reconnects(peer::speech).Value() == 0);
}

TEST_CASE_FIXTURE(speech_fixture, "a final message, or 5 s, frees a context's slot") {
  spawn();
  for (std::uint32_t turn = 1; turn <= 12; ++turn) {
    tell(actor, speak{turn, "Good morning.", true});
    const auto name = context();
    tell(actor, stop_speech{turn});
    turn % 2 == 0 ? finish(name) : host.advance(3s);
  }
  CHECK(connector.peers.size() == 1);
}

TEST_CASE_FIXTURE(speech_fixture, "commands for a turn that is over change nothing") {
  spawn();
  tell(actor, speak{3, "", true});
  REQUIRE(dialogue->count<speech_finished>() == 1);
  tell(actor, pause_speech{3}, resume_speech{3}, stop_speech{3}, speak{3, "again", true},
       speak{2, "old", true});
  CHECK(dialogue->size() == 1);
  CHECK(peer().sent.empty());
  CHECK(carrier.cleared_at.empty());
}

TEST_CASE_FIXTURE(speech_fixture, "a turn of endless text fails") {
  spawn();
  for (auto i = 0; i < 70; ++i) tell(actor, speak{1, std::string(1000, 'a') + ' ', false});
  CHECK(dialogue->count<speech_failed>() == 1);
  tell(actor, speak{2, "Good morning.", true});
  CHECK(text_of(peer()).ends_with("Good morning. "));
}

TEST_CASE_FIXTURE(speech_fixture, "what is no message of the synthesiser's changes nothing") {
  spawn();
  for (const std::string text :
       {"", "{", "[]", "{\"audio\":7}", "{\"type\":\"flush_done\"}", "{\"audio\":\"?\"}"}) {
    peer().text(text);
  }
  peer().text(std::string(100'000, '['));
  const auto audio = say(1, "Good morning.");
  host.advance(1s);
  CHECK(carrier.audio() == padded(audio));
}

TEST_CASE_FIXTURE(speech_fixture, "what is thrown while playing ends this actor alone") {
  spawn();
  carrier.broken = true;
  tell(actor, speak{1, "Good morning.", true});
  synthesise("Good morning.");
  CHECK(path->speech == nullptr);
  actor = speech_actor{};
  CHECK(live(actor_kind::speech) == 0);
  CHECK(live(actor_kind::dialogue) == 1);
  CHECK(peer().dropped);
  CHECK(measure.playout_buffer_bytes->Value() == 0);
}
