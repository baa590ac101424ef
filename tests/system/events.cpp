#include "protocols/json.hpp"
#include "tests/system/event_reader.hpp"

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// Hears much in any audio, never twice the same, and nothing at its end.
class wordy_ears final : public lab::recogniser {
 public:
  explicit wordy_ears(std::string heard) : heard_(std::move(heard)) {}

  std::unique_ptr<lab::recognition> open(unsigned, lab::post_function post) override {
    return std::make_unique<stream>(heard_, std::move(post));
  }

 private:
  struct stream final : lab::recognition {
    stream(const std::string& heard, lab::post_function how) : text(heard), post(std::move(how)) {}
    ~stream() override { *open = false; }
    bool hear(std::span<const std::int16_t>) override { return true; }
    void guess(answer told) override { tell(std::move(told), text + std::to_string(++guesses)); }
    void conclude(answer told) override { tell(std::move(told), {}); }
    void tell(answer told, std::string what) {
      post([alive = open, told = std::move(told), what = std::move(what)] {
        if (*alive) told({what, {}});
      });
    }
    const std::string& text;
    lab::post_function post;
    int guesses = 0;
    std::shared_ptr<bool> open = std::make_shared<bool>(true);
  };

  std::string heard_;
};

std::string member(std::string data, std::string_view key) {
  json::document parsed;
  REQUIRE(parsed.parse({data.data(), data.size()}) == json::fault::none);
  return std::string(json::text_or(parsed.root(), key));
}

std::uint16_t api(const running_engine& of) { return of.engine->admin_port(); }

}  // namespace

TEST_CASE("whoever watches sees an echo call from its start to its end, in order") {
  running_engine running({.call_control = true});
  event_reader all(api(running), "/v1/events");
  REQUIRE(becomes([&] { return all.begun(); }));
  known_caller caller(telnyx::codec::pcmu);
  auto over = running.place(caller);
  REQUIRE(becomes([&] { return all.count("call.answered") == 1; }));
  const auto id = running.view->newest_call().id;
  event_reader one(api(running), "/v1/calls/" + id + "/events", "0");
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  REQUIRE(becomes([&] { return all.count("call.ended") == 1 && one.ended(); }));
  CHECK(all.names() == events_of_one_turn);
  CHECK(one.names() == events_of_one_turn);
  CHECK_FALSE(all.ended());

  const auto seen = all.events();
  std::string at;
  for (const auto& each : seen) {
    CAPTURE(each.name);
    CAPTURE(each.data);
    CHECK(each.id.starts_with(id.substr(0, id.rfind('-')) + "-e"));
    CHECK(member(each.data, "call_id") == id);
    CHECK(member(each.data, "at") >= at);
    at = member(each.data, "at");
    if (each.name == "transcript.final" || each.name == "agent.reply") {
      CHECK(member(each.data, "text") == "hello there");
    }
    if (each.name == "speech.finished") CHECK(member(each.data, "heard_text").starts_with("hello"));
    if (each.name == "call.started") CHECK(member(each.data, "from") == "+13125550100");
    if (each.name == "call.ended") CHECK(member(each.data, "end_reason") == "caller_hung_up");
  }

  // Who comes back with the id of the last event that was seen gets the rest.
  const auto third = std::find_if(seen.begin(), seen.end(),
                                  [](const auto& each) { return each.name == "transcript.final"; });
  for (const auto& path : {std::string("/v1/events"), "/v1/calls/" + id + "/events"}) {
    event_reader again(api(running), path, third->id);
    REQUIRE(becomes([&] { return again.count("call.ended") == 1; }));
    CHECK(again.names() ==
          std::vector<std::string>(events_of_one_turn.begin() + 3, events_of_one_turn.end()));
    CHECK(again.events().back().id == seen.back().id);
  }
  CHECK(running.view->ask("GET", "/v1/calls/" + id + "/events").status == 204);
  CHECK(running.view->ask("GET", "/v1/calls/nobody/events").status == 404);
  CHECK(running.left().empty());
  CHECK(running.engine->stop(30s) == 0);
  CHECK(becomes([&] { return all.ended(); }));

  // Another start remembers nothing of it, and says so.
  running.start_again();
  event_reader after(api(running), "/v1/events", seen.back().id);
  REQUIRE(becomes([&] { return after.count("events.missed") == 1; }));
  CHECK(member(after.events().front().data, "last_event_id") == seen.back().id);
}

TEST_CASE("a watcher that reads nothing is cut off, and calls and other watchers notice nothing") {
  // Some of it waits in the sockets.
  running_engine running({.ears = std::make_shared<wordy_ears>(std::string(300'000, 'x'))});
  plain_socket deaf(api(running));
  deaf.send("GET /v1/events HTTP/1.0\r\n\r\n");
  event_reader quick(api(running), "/v1/events");
  REQUIRE(becomes([&] { return quick.begun(); }));
  constexpr std::size_t calls = 4;
  std::vector<std::unique_ptr<staying_caller>> callers;
  std::vector<std::future<lab::call_outcome>> over;
  for (std::size_t i = 0; i < calls; ++i) {
    callers.push_back(std::make_unique<staying_caller>());
    over.push_back(running.place(*callers.back()));
  }
  const auto shown = [&](std::string_view name) {
    return lab::metric(running.view->get("/metrics").value_or(""), name);
  };
  REQUIRE(becomes(
      [&] { return shown(R"(tandem_connection_failures_total{peer="admin",reason="overflow"})") == 1; }));
  CHECK(active(running) == calls);
  const auto partials = quick.count("transcript.partial");
  CHECK(becomes([&] { return quick.count("transcript.partial") >= partials + calls; }));
  CHECK_FALSE(quick.ended());
  for (auto& each : callers) each->leaving = true;
  for (auto& each : over) {
    REQUIRE(each.wait_for(patience) == std::future_status::ready);
    CHECK(each.get().ended_by == "caller");
  }
  REQUIRE(becomes([&] { return quick.count("call.ended") == calls; }));
  CHECK(running.left().empty());
}

TEST_CASE("streams of events want the token, as the other routes do") {
  const std::string token = "0123456789abcdef0123456789abcdef";
  running_engine running({.flags = {"--server.api_token=" + token}});
  for (const auto* path : {"/v1/events", "/v1/calls/nobody/events"}) {
    CHECK(running.view->ask("GET", path).status == 401);
  }
  plain_socket client(api(running));
  client.send("GET /v1/events HTTP/1.0\r\nAuthorization: Bearer " + token + "\r\n\r\n");
  CHECK(client.read_some().starts_with("HTTP/1.1 200"));
}

}  // namespace tandem::test
