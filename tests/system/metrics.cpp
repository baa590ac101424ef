#include "tests/system/interrupting_caller.hpp"
#include "tests/system/shown_metrics.hpp"

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

lab::call_outcome outcome_of(std::future<lab::call_outcome>& over) {
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  return over.get();
}

}  // namespace

TEST_CASE("the metrics say of calls and frames what the carrier and the recogniser saw") {
  running_engine running({});
  CHECK(shown_metrics(running).calls("caller_hung_up") == 0);
  known_caller first(telnyx::codec::pcmu), second(telnyx::codec::pcmu);
  std::vector<std::future<lab::call_outcome>> over;
  for (auto* who : {&first, &second}) over.push_back(running.place(*who));
  lab::phone_counts seen;
  for (auto& each : over) {
    const auto how = outcome_of(each);
    seen.frames_sent += how.counts.frames_sent;
    seen.audio_bytes_received += how.counts.audio_bytes_received;
    seen.clears += how.counts.clears;
  }
  CHECK(running.left().empty());
  const shown_metrics shown(running);
  CHECK(shown("tandem_calls_total") == 2);
  CHECK(shown.calls("caller_hung_up") == 2);
  CHECK(shown(R"(tandem_audio_frames_total{direction="inbound",outcome="ok"})") ==
        static_cast<double>(seen.frames_sent));
  for (const auto* outcome : {"late", "lost", "dropped"}) {
    CHECK(shown(std::string(R"(tandem_audio_frames_total{direction="inbound",outcome=")") + outcome +
                "\"}") == 0);
  }
  CHECK(shown(R"(tandem_audio_frames_total{direction="outbound",outcome="ok"})") * 160 ==
        static_cast<double>(seen.audio_bytes_received));
  // Commits and signs of life may be all silence, which no carrier frame is in.
  const auto chunks = static_cast<double>(running.heard.chunks);
  const auto delays = shown("tandem_media_delay_seconds_count");
  CHECK(delays <= chunks);
  CHECK(delays >= chunks - 4);
  CHECK(shown("tandem_interruptions_total") == 0);
  CHECK(seen.clears == 0);
  CHECK(shown(R"(tandem_turn_seconds_count{stage="total"})") == 2);
  CHECK(shown("tandem_reconnects_total") == 0);
  CHECK(shown("tandem_call_memory_bytes") == 0);
}

TEST_CASE("calls that end differently count differently") {
  running_engine running({.flags = {"--limits.silence_seconds=2"}});
  staying_caller silent;
  auto over = running.place(silent);
  CHECK(outcome_of(over).ended_by != "caller");
  staying_caller hasty;
  hasty.leaving = true;
  over = running.place(hasty);
  CHECK(outcome_of(over).ended_by == "caller");
  CHECK(running.left().empty());
  const shown_metrics shown(running);
  CHECK(shown.calls("caller_silent") == 1);
  CHECK(shown.calls("caller_hung_up") == 1);
  CHECK(shown("tandem_calls_total") == 2);
}

TEST_CASE("a node without a cluster tells of itself where all nodes are asked for") {
  running_engine running({});
  const auto shown = running.view->get("/metrics?scope=cluster").value_or("");
  CHECK(lab::metric(shown, R"(tandem_cluster_node_calls{node="test"})") == 0);
  CHECK(lab::metric(shown, R"(tandem_cluster_node_takes_calls{node="test"})") == 1);
  CHECK(lab::metric(shown, R"(tandem_cluster_node_memory_bytes{node="test"})") > 1e6);
  CHECK(shown.find("tandem_calls_total") == std::string::npos);
  CHECK(running.view->get("/metrics?scope=node").value_or("").find("tandem_calls_active") !=
        std::string::npos);
  CHECK(running.view->ask("GET", "/metrics?scope=galaxy").status == 400);
}

TEST_CASE("the metrics say who is connected") {
  running_engine running({});
  staying_caller callers[3];
  std::vector<std::future<lab::call_outcome>> over;
  for (auto& each : callers) over.push_back(running.place(each));
  const auto connections = [&](const std::string& peer) {
    return shown_metrics(running)("tandem_connections{peer=\"" + peer + "\"}");
  };
  REQUIRE(becomes([&] { return connections("telnyx") == 3 && connections("scribe") == 3; }));
  CHECK(becomes([&] {
    return connections("scribe") + connections("speech") == static_cast<double>(running.speech.clients());
  }));
  CHECK(connections("admin") == 1);
  CHECK(shown_metrics(running)("tandem_actors{kind=\"call\"}") == 3);
  CHECK(shown_metrics(running)("tandem_call_memory_bytes") > 3 * 20000);
  for (auto& each : callers) each.leaving = true;
  for (auto& each : over) CHECK(outcome_of(each).ended_by == "caller");
  CHECK(running.left().empty());
  CHECK(becomes([&] { return connections("telnyx") == 0; }));
}

TEST_CASE("a reply that the caller ends with words is one interruption, in metrics, record and on the line") {
  running_engine running(
      {.flags = {"--agent.greeting=Good morning and welcome to this long greeting which goes "
                 "on for quite a while so that there is time to cut it short."}});
  interrupting_caller caller;
  auto over = running.place(caller);
  CHECK(becomes([&] { return shown_metrics(running)("tandem_interruptions_total") == 1; }));
  caller.leaving = true;
  const auto how = outcome_of(over);
  CHECK(running.left().empty());
  const auto call = running.view->ended_call(20s);
  const auto interrupted =
      std::count_if(call.turns.begin(), call.turns.end(), [](const auto& turn) { return turn.interrupted; });
  const shown_metrics shown(running);
  CHECK(interrupted == 1);
  CHECK(shown("tandem_interruptions_total") == 1);
  CHECK(shown("tandem_interruption_seconds_count") == static_cast<double>(how.counts.clears));
}

TEST_CASE("a recogniser that breaks off is a reconnect and a session more") {
  running_engine running({});
  staying_caller caller;
  auto over = running.place(caller);
  REQUIRE(becomes([&] { return !running.heard.empty(); }));
  running.speech.inject({.what = lab::speech_fault::kind::drop, .speech = false});
  const auto reconnects = [&] { return shown_metrics(running)(R"(tandem_reconnects_total{peer="scribe"})"); };
  CHECK(becomes([&] { return reconnects() == 1; }));
  caller.leaving = true;
  outcome_of(over);
  CHECK(running.left().empty());
  CHECK(reconnects() == 1);
  CHECK(running.heard.sessions.size() == 2);
  CHECK(running.engine->said("reason=caller_hung_up"));
  CHECK(running.engine->said("reconnects=1"));
}

}  // namespace tandem::test
