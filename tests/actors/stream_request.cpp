#include "actors/stream_request.hpp"

#include "protocols/json.hpp"
#include "tests/actors/fixture.hpp"

#include <set>
#include <string>
#include <vector>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// What the carrier makes of a start on a leg that has a stream.
enum class way { replaces, refuses, waits };

/// A carrier with one leg that is streamed to somebody else, and takes 150 ms for everything. It obeys a
/// command id once.
struct request_fixture : fixture, leg_commander {
  void send_command(carrier_command command, std::function<void(const command_outcome&)> done) override {
    auto body = command.body;
    json::document document;
    REQUIRE(document.parse(body) == json::fault::none);
    const auto id = std::string(json::text_or(document.root(), "command_id"));
    const auto named = std::string(json::text_or(document.root(), "stream_id"));
    sent.push_back(command);
    CHECK(command.carrier_call_id == "v3:a");
    later(command.action == "streaming_stop" ? stop_takes : 150ms, [this, command, id, named, done] {
      auto outcome = obey(command.action, id, named);
      if (lost_answers == 0) return done(outcome);
      --lost_answers;
      later(9s, [done] { done({false, "", "no answer"}); });
    });
  }
  timer after(std::chrono::nanoseconds wait, std::function<void()> call) override {
    return host.at(host.now() + wait, std::move(call));
  }
  moment now() const override { return host.now(); }

  void later(std::chrono::milliseconds wait, std::function<void()> call) {
    pending.push_back(host.at(host.now() + wait, std::move(call)));
  }

  command_outcome obey(const std::string& action, const std::string& id, const std::string& named) {
    if (leg_is_gone) return {false, "90018", "Call has already ended"};
    if (obeys_nothing) return {.accepted = true};
    if (!seen.insert(id).second) return {.accepted = true};
    if (action == "streaming_stop") {
      if (!named.empty() && named != streamed) return {.accepted = true};
      end_stream();
      return {.accepted = true};
    }
    if (streamed.empty() || carrier == way::replaces) {
      if (!streamed.empty()) end_stream();
      connect();
    } else if (carrier == way::refuses) {
      return {false, "90045", "Media streaming is in use"};
    } else {
      is_waiting = true;
    }
    return {.accepted = true};
  }

  void end_stream() {
    if (streamed.empty()) return;
    streamed.clear();
    if (tells_stops) later(150ms, [this] { request.on_stopped(); });
    if (std::exchange(is_waiting, false)) connect();
  }

  void connect() {
    streamed = "new";
    if (!streams) return;
    later(150ms, [this] {
      if (streamed != "new") return;
      ++came;
      request.came();
    });
  }

  void ask(bool may_have_another = true, std::string other = "old") {
    request.ask({.carrier_call_id = "v3:a",
                 .url = "wss://b.example.com/telnyx/media/token",
                 .codec = codec,
                 .label = "label",
                 .may_have_another = may_have_another,
                 .other_stream = std::move(other)});
  }

  /// Nobody is left at the old stream's other end.
  void ask_for_stranded() {
    request.ask({.carrier_call_id = "v3:a",
                 .url = "wss://b.example.com/telnyx/media/token",
                 .label = "label",
                 .may_have_another = true,
                 .other_stream = "old",
                 .other_is_stranded = true});
  }

  std::size_t commands(std::string_view action) const {
    std::size_t found = 0;
    for (const auto& each : sent) found += each.action == action;
    return found;
  }

  way carrier = way::replaces;
  telnyx::codec codec = telnyx::codec::pcmu;
  std::string streamed = "old";
  bool is_waiting = false;
  bool tells_stops = true;
  bool streams = true;
  std::chrono::milliseconds stop_takes = 150ms;
  bool leg_is_gone = false;
  bool obeys_nothing = false;
  int lost_answers = 0;
  int came = 0;
  int ids = 0;
  std::set<std::string> seen;
  std::vector<carrier_command> sent;
  std::vector<std::string> failures;
  std::vector<timer> pending;
  stream_request request{
      *this,
      {.command_id = [this](std::string_view action) { return std::string(action) + std::to_string(++ids); },
       .failed = [this](const std::string& code,
                        const std::string& why) { failures.push_back(code.empty() ? why : code); }}};
};

using reasons = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(request_fixture, "a stream is taken anew, whatever the carrier makes of a second one") {
  for (auto each : {way::replaces, way::refuses, way::waits}) {
    for (const auto* other : {"old", ""}) {
      CAPTURE(static_cast<int>(each));
      CAPTURE(other);
      carrier = each;
      streamed = "old";
      came = 0;
      sent.clear();
      ask(true, other);
      host.advance(4s);
      CHECK(came == 1);
      CHECK_FALSE(request.is_open());
      CHECK(commands("streaming_start") == (each == way::refuses ? 2 : 1));
      CHECK(commands("streaming_stop") == (each == way::replaces ? 0 : 1));
      host.advance(60s);
      CHECK(streamed == "new");
      CHECK(came == 1);
    }
  }
  CHECK(failures.empty());
}

TEST_CASE_FIXTURE(request_fixture,
                  "a stream in place of a stranded one comes at once, whatever the carrier") {
  for (auto each : {way::replaces, way::refuses, way::waits}) {
    CAPTURE(static_cast<int>(each));
    carrier = each;
    streamed = "old";
    came = 0;
    sent.clear();
    ask_for_stranded();
    host.advance(400ms);
    CHECK(came == 1);
    CHECK_FALSE(request.is_open());
    CHECK(commands("streaming_start") == 1);
    CHECK(commands("streaming_stop") == 1);
    host.advance(60s);
    CHECK(streamed == "new");
    CHECK(came == 1);
    CHECK(sent.size() == 2);
  }
  CHECK(failures.empty());
}

TEST_CASE_FIXTURE(request_fixture, "a start that overtakes the stranded stream's stop comes again after it") {
  for (auto each : {way::replaces, way::refuses, way::waits}) {
    for (const auto slow : {200ms, 400ms}) {
      CAPTURE(static_cast<int>(each));
      CAPTURE(slow.count());
      carrier = each;
      stop_takes = slow;
      streamed = "old";
      came = 0;
      sent.clear();
      ask_for_stranded();
      host.advance(slow + 500ms);
      CHECK(came == 1);
      CHECK(commands("streaming_start") == (each == way::refuses ? 2 : 1));
      host.advance(60s);
      CHECK(commands("streaming_stop") == 1);
      CHECK(streamed == "new");
      CHECK(came == 1);
    }
  }
  CHECK(failures.empty());
}

TEST_CASE_FIXTURE(request_fixture,
                  "a stranded stream is replaced soon though nobody says that it is stopped") {
  tells_stops = false;
  carrier = way::refuses;
  stop_takes = 300ms;
  ask_for_stranded();
  host.advance(900ms);
  CHECK(came == 1);
  CHECK(commands("streaming_start") == 2);
  CHECK(commands("streaming_stop") == 1);
}

TEST_CASE_FIXTURE(request_fixture, "a refusal that comes after the word of the stop is answered at once") {
  carrier = way::refuses;
  stop_takes = 200ms;
  ask_for_stranded();
  host.advance(100ms);
  request.on_stopped();
  host.advance(400ms);
  CHECK(came == 1);
  CHECK(commands("streaming_start") == 2);
  CHECK(commands("streaming_stop") == 1);
  host.advance(60s);
  CHECK(streamed == "new");
}

TEST_CASE_FIXTURE(request_fixture, "a stranded stream whose stop does nothing is stopped whatever its id") {
  carrier = way::refuses;
  request.ask({.carrier_call_id = "v3:a",
               .url = "wss://b",
               .label = "label",
               .may_have_another = true,
               .other_stream = "of another id",
               .other_is_stranded = true});
  host.advance(4s);
  CHECK(came == 1);
  CHECK(commands("streaming_stop") == 2);
  CHECK(failures.empty());
}

TEST_CASE_FIXTURE(request_fixture,
                  "a stranded stream without a known id is nothing that could be stopped alone") {
  request.ask(
      {.carrier_call_id = "v3:a", .url = "wss://b", .may_have_another = true, .other_is_stranded = true});
  host.advance(400ms);
  CHECK(came == 1);
  CHECK(commands("streaming_stop") == 0);
}

TEST_CASE_FIXTURE(request_fixture, "a leg that nobody streams gets its stream at once") {
  streamed.clear();
  ask(false, "");
  host.advance(400ms);
  CHECK(came == 1);
  CHECK(sent.size() == 1);
}

TEST_CASE_FIXTURE(request_fixture, "an order says the codec's rate and labels the leg") {
  streamed.clear();
  codec = telnyx::codec::l16;
  ask(false, "");
  CHECK(sent.at(0).body.find(R"("stream_bidirectional_sampling_rate":16000)") != std::string::npos);
  CHECK(sent.at(0).body.find(R"("stream_url":"wss://b.example.com/telnyx/media/token")") !=
        std::string::npos);
  CHECK(sent.at(0).body.find(R"("client_state":"bGFiZWw=")") != std::string::npos);
  host.advance(60s);
}

TEST_CASE_FIXTURE(request_fixture, "a stream comes also when nobody says that the old one is stopped") {
  tells_stops = false;
  SUBCASE("to a carrier that refuses") { carrier = way::refuses; }
  SUBCASE("to a carrier that waits") { carrier = way::waits; }
  ask();
  host.advance(5s);
  CHECK(came == 1);
  CHECK(failures.empty());
}

TEST_CASE_FIXTURE(request_fixture, "a stream comes also when answers are lost") {
  for (auto each : {way::replaces, way::refuses, way::waits}) {
    for (int lost = 1; lost <= 2; ++lost) {
      CAPTURE(static_cast<int>(each));
      CAPTURE(lost);
      carrier = each;
      streamed = "old";
      came = 0;
      lost_answers = lost;
      ask();
      host.advance(60s);
      CHECK(came == 1);
      CHECK(streamed == "new");
      CHECK_FALSE(request.is_open());
    }
  }
  CHECK(failures.empty());
}

TEST_CASE_FIXTURE(request_fixture, "a stream comes also when the answer to the stop is lost") {
  carrier = way::refuses;
  SUBCASE("and that is told") {}
  SUBCASE("and that is not told") { tells_stops = false; }
  ask();
  host.advance(200ms);
  lost_answers = 1;
  host.advance(60s);
  CHECK(came == 1);
  CHECK(failures.empty());
}

TEST_CASE_FIXTURE(request_fixture, "what is late or told twice of the old stream does not end the new one") {
  carrier = way::refuses;
  ask();
  host.advance(4s);
  REQUIRE(came == 1);
  const auto before = sent.size();
  request.on_stopped();
  request.on_stopped();
  request.on_failed("connection_failed");
  host.advance(60s);
  CHECK(sent.size() == before);
  CHECK_FALSE(request.is_open());
  CHECK(failures.empty());
}

TEST_CASE_FIXTURE(request_fixture,
                  "the end of the old stream is told before it was asked for, and changes nothing") {
  carrier = way::refuses;
  ask();
  request.on_stopped();
  request.on_failed("connection_failed");
  host.advance(4s);
  CHECK(came == 1);
  CHECK(failures.empty());
}

TEST_CASE_FIXTURE(request_fixture, "an old stream that fails while the new one waits for it lets that come") {
  carrier = way::waits;
  ask();
  host.advance(500ms);
  request.on_failed("connection_failed");
  REQUIRE(request.is_open());
  end_stream();
  host.advance(500ms);
  CHECK(came == 1);
  CHECK(commands("streaming_stop") == 0);
}

TEST_CASE_FIXTURE(request_fixture, "a stream that fails is no use asking further for at once") {
  streamed.clear();
  streams = false;
  ask(false, "");
  host.advance(500ms);
  request.on_failed("connection_failed");
  CHECK(failures == reasons{"connection_failed"});
  host.advance(60s);
  CHECK(sent.size() == 1);
}

TEST_CASE_FIXTURE(request_fixture, "the leg's end is told once, whichever step is told of it") {
  SUBCASE("the start") { leg_is_gone = true; }
  SUBCASE("the stop") { carrier = way::refuses; }
  ask();
  host.advance(200ms);
  leg_is_gone = true;
  host.advance(60s);
  CHECK(failures == reasons{"90018"});
  CHECK_FALSE(request.is_open());
}

TEST_CASE_FIXTURE(request_fixture, "an order that is cancelled in the middle asks for nothing more") {
  carrier = way::refuses;
  const auto step = [this](std::chrono::milliseconds so_far) {
    ask();
    host.advance(so_far);
    request.cancel();
    const auto before = sent.size();
    host.advance(60s);
    CHECK(sent.size() == before);
    streamed = "old";
  };
  step(0ms);
  step(200ms);
  step(350ms);
  CHECK(failures.empty());
}

TEST_CASE_FIXTURE(request_fixture,
                  "a carrier that says yes and does nothing is asked a few times, and that is told") {
  obeys_nothing = true;
  ask();
  host.advance(120s);
  CHECK(failures == reasons{"no stream came"});
  CHECK(commands("streaming_start") == 4);
  CHECK(commands("streaming_stop") == 1);
  std::set<std::string> bodies;
  for (const auto& each : sent) bodies.insert(each.body);
  CHECK(bodies.size() == sent.size());
}

TEST_CASE_FIXTURE(request_fixture, "a carrier whose old stream cannot be stopped is asked a few times") {
  struct stuck final : leg_commander {
    explicit stuck(request_fixture& of) : it(of) {}
    void send_command(carrier_command command, std::function<void(const command_outcome&)> done) override {
      ++count;
      const bool stop = command.action == "streaming_stop";
      it.later(150ms, [done, stop] {
        done(stop ? command_outcome{.accepted = true} : command_outcome{false, "90045", "in use"});
      });
    }
    timer after(std::chrono::nanoseconds wait, std::function<void()> call) override {
      return it.after(wait, std::move(call));
    }
    moment now() const override { return it.now(); }
    request_fixture& it;
    int count = 0;
  } carrier_side(*this);
  stream_request one(carrier_side, {.command_id = [](std::string_view action) { return std::string(action); },
                                    .failed = [this](const std::string& code,
                                                     const std::string&) { failures.push_back(code); }});
  one.ask({.carrier_call_id = "v3:a", .url = "wss://b", .may_have_another = true});
  host.advance(120s);
  CHECK(failures == reasons{"90045"});
  CHECK(carrier_side.count == 8);
}

}  // namespace tandem::test
