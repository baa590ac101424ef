#include "tests/lab/tests/carrier_fixture.hpp"

namespace tandem::lab {

namespace {

using events = std::vector<std::string>;

std::function<void(carrier_options&)> with(second_stream way) {
  return [way](carrier_options& options) { options.second_stream = way; };
}

/// A caller who is streamed to `/a`; the call's id.
std::string streamed(carrier_fixture& one) {
  const auto call = one.caller();
  one.command(call, "answer", one.media("/a"));
  REQUIRE(one.happens("/a started"));
  one.webhook("streaming.started");
  return call;
}

http_answer start(carrier_fixture& one, const std::string& call, const std::string& path) {
  return one.ask("POST", telnyx::command_path(call, "streaming_start"), one.media(path));
}

}  // namespace

TEST_CASE("a second stream replaces the first, which the carrier stops") {
  carrier_fixture one(with(second_stream::replaces));
  const auto call = streamed(one);
  CHECK(start(one, call, "/b").status == 200);
  CHECK(one.happens("/b started"));
  CHECK(one.happens("/a stopped"));
  CHECK(one.happens("/a closed"));
  CHECK(one.webhook("streaming.stopped").stream_url.ends_with("/a"));
  CHECK(one.webhook("streaming.started").stream_url.ends_with("/b"));
  CHECK(one.stream_events(call) ==
        events{"streaming.started /a", "streaming_start", "streaming.stopped /a", "streaming.started /b"});
  // The end of the replaced one's connection is not the call's.
  one.command(call, "streaming_stop");
  CHECK(one.happens("/b closed"));
  CHECK(one.webhook("streaming.stopped").stream_url.ends_with("/b"));
  one.command(call, "hangup");
}

TEST_CASE("a second stream is refused until the carrier has told that the first one is stopped") {
  carrier_fixture one(with(second_stream::refuses));
  const auto call = streamed(one);
  auto answer = start(one, call, "/b");
  CHECK(answer.status == 422);
  CHECK(telnyx::read_answer(answer.status, answer.body).code == "90045");
  one.command(call, "streaming_stop");
  CHECK(one.webhook("streaming.stopped").stream_url.ends_with("/a"));
  CHECK(start(one, call, "/b").status == 200);
  CHECK(one.happens("/b started"));
  CHECK(one.stream_events(call) == events{"streaming.started /a", "streaming_stop", "streaming.stopped /a",
                                          "streaming_start", "streaming.started /b"});
}

TEST_CASE("a stream that is stopped is over, whether the engine at its other end answers or stands still") {
  carrier_fixture one(with(second_stream::refuses));
  const auto call = streamed(one);
  one.loops.run([&] { one.ends.at("/a")->line->pause_reading(true); });
  one.command(call, "streaming_stop");
  CHECK(start(one, call, "/b").status == 200);
  CHECK(one.happens("/b started"));
  CHECK(one.stream_events(call) == events{"streaming.started /a", "streaming_stop", "streaming.stopped /a",
                                          "streaming_start", "streaming.started /b"});
}

TEST_CASE("a second stream waits for the end of the first") {
  carrier_fixture one(with(second_stream::waits));
  const auto call = streamed(one);
  CHECK(start(one, call, "/b").status == 200);
  SUBCASE("which is stopped") { one.command(call, "streaming_stop"); }
  SUBCASE("whose connection the engine closes") {
    one.loops.run([&] { one.ends.at("/a")->line->close(1000, ""); });
  }
  CHECK(one.happens("/b started"));
  CHECK(one.webhook("streaming.stopped").stream_url.ends_with("/a"));
  const auto all = one.stream_events(call);
  CHECK(all[1] == "streaming_start");
  CHECK(all[all.size() - 2] == "streaming.stopped /a");
  CHECK(all.back() == "streaming.started /b");
}

TEST_CASE("a stream that the carrier does not know to be lost is there until it is ended") {
  auto way = second_stream::refuses;
  SUBCASE("for a carrier that replaces it") { way = second_stream::replaces; }
  SUBCASE("for a carrier that refuses another") {}
  SUBCASE("for a carrier that lets another wait") { way = second_stream::waits; }
  carrier_fixture one(with(way));
  const auto call = streamed(one);
  one.loops.run([&] { one.subject.lose_streams(); });
  CHECK(one.happens("/a closed"));
  CHECK(start(one, call, "/b").status == (way == second_stream::refuses ? 422 : 200));
  if (way != second_stream::replaces) {
    CHECK(one.stream_events(call).back() ==
          (way == second_stream::waits ? "streaming_start" : "streaming.started /a"));
    one.command(call, "streaming_stop");
  }
  CHECK(one.webhook("streaming.stopped").stream_url.ends_with("/a"));
  if (way == second_stream::refuses) CHECK(start(one, call, "/b").status == 200);
  CHECK(one.happens("/b started"));
}

TEST_CASE("a stop that names another stream leaves the one that is there") {
  carrier_fixture one;
  const auto call = streamed(one);
  one.command(call, "streaming_stop", R"({"stream_id":"another"})");
  CHECK(start(one, call, "/b").status == 422);
}

TEST_CASE("whoever watches a carrier is told of streams and commands, and may open streams elsewhere") {
  std::vector<std::string> seen;
  carrier_fixture one([&seen](carrier_options& options) {
    options.second_stream = second_stream::replaces;
    options.on_stream = [&seen](const leg_stream& stream, stream_news what) {
      const auto* how = what == stream_news::opened  ? "opened"
                        : what == stream_news::audio ? "audio"
                                                     : "over";
      seen.push_back(std::to_string(stream.number) + stream.url.substr(stream.url.rfind('/')) + " " + how +
                     " " + stream.from);
    };
    options.on_obeyed = [&seen](const obeyed_command& command) { seen.push_back(command.action); };
    options.reroute = [](std::string url) { return url.replace(url.rfind('/'), url.npos, "/elsewhere"); };
  });
  const auto call = one.caller();
  one.command(call, "answer", one.media("/a"));
  REQUIRE(one.happens("/elsewhere started"));
  one.loops.run([&] {
    one.ends.at("/elsewhere")->line->send(R"({"event":"media","media":{"payload":"AAAA"}})");
    one.ends.at("/elsewhere")->line->close(1000, "");
  });
  CHECK(one.webhook("streaming.stopped").stream_url.ends_with("/a"));
  CHECK(one.ask("POST", telnyx::command_path(call, "send_dtmf"), R"({"digits":"?"})").status == 422);
  one.loops.run([&] {
    CHECK(seen == std::vector<std::string>{"answer", "1/a opened +13125550100", "1/a audio +13125550100",
                                           "1/a over +13125550100"});
  });
}

TEST_CASE("a slow API obeys and answers every request") {
  carrier_fixture one([](carrier_options& options) { options.rest_delay = {1ms, 30ms}; });
  const auto call = one.caller();
  one.command(call, "answer");
  CHECK(one.webhook("call.answered").call_control_id == call);
  one.command(call, "send_dtmf", R"({"digits":"1"})");
  one.command(call, "hangup");
  CHECK(one.webhook("call.hangup").call_control_id == call);
}

TEST_CASE("a delay is told as a range of milliseconds") {
  const auto range = read_delay_range("50..300");
  REQUIRE(range);
  CHECK(range->least == 50ms);
  CHECK(range->most == 300ms);
  for (const auto* wrong :
       {"", "50", "..", "50..", "..300", "300..50", "-1..5", "1..60001", "a..b", "1..2..3"}) {
    CAPTURE(wrong);
    CHECK_FALSE(read_delay_range(wrong));
  }
}

}  // namespace tandem::lab
