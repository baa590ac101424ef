#include "actors/courier.hpp"

#include "actors/delivery_store.hpp"
#include "actors/events.hpp"
#include "tests/actors/fake_http.hpp"
#include "tests/actors/fixture.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// A store that has what it was given at once; it outlives the actors, as a disk does.
struct fake_delivery_store final : delivery_store {
  void write(store_change change, std::function<void(bool)>) override {
    auto& one = std::get<delivery_change>(change);
    const std::pair key(one.what.call_id, one.what.n);
    if (one.waits) {
      waiting[key] = one.what;
    } else {
      waiting.erase(key);
    }
  }
  void read_deliveries(std::size_t,
                       std::function<void(std::optional<std::vector<delivery>>)> answer) override {
    ++reads;
    std::vector<delivery> found;
    for (const auto& [key, each] : waiting) found.push_back(each);
    answer(away ? std::nullopt : std::optional(found));
  }

  std::map<std::pair<std::string, std::int64_t>, delivery> waiting;
  std::size_t reads = 0;
  bool away = false;
};

struct courier_fixture : fixture {
  courier_fixture() {
    how.url = "http://receiver/hook";
    how.id_prefix = "n-1-";
    how.sign = [this](std::string_view text) {
      signed_texts.emplace_back(text);
      return std::array<std::uint8_t, 32>{0xab};
    };
    start();
  }
  ~courier_fixture() {
    subject = courier_actor{};
    end_all();
  }

  void start() {
    if (subject) end(subject);
    http.answers.clear();
    http.requests.clear();
    subject = owned(spawn_courier(host, how, store, http, measure));
    host.run();
  }

  void happens(const std::string& call_id, std::int64_t n, event_kind kind = event_kind::agent_reply) {
    live_event event{.call_id = call_id,
                     .at = std::chrono::time_point_cast<std::chrono::milliseconds>(host.wall_clock()),
                     .kind = kind,
                     .turn = 1,
                     .text = "Yes."};
    tell(subject, post_event{"n-1-" + std::to_string(n), n, std::move(event)});
  }

  void answer(std::size_t request, unsigned status) {
    // A copy, since what it does may add to them.
    const auto done = http.answers.at(request);
    done({.status = status, .failure = status == 0 ? "refused" : ""});
    host.run();
  }

  /// Which request this is: `n-1-7`.
  std::string id(std::size_t request) const {
    const auto& body = http.requests.at(request).body;
    return body.substr(7, body.find('"', 7) - 7);
  }

  double count(webhook_outcome what) { return measure.webhooks(what).Value(); }

  courier_settings how;
  fake_delivery_store store;
  fake_http http;
  courier_actor subject;
  std::vector<std::string> signed_texts;
};

}  // namespace

TEST_CASE_FIXTURE(courier_fixture,
                  "an event is posted, signed with its time, and leaves the store when taken") {
  happens("n-1-a", 7);
  REQUIRE(http.requests.size() == 1);
  const auto& sent = http.requests[0];
  CHECK(sent.method == "POST");
  CHECK(sent.url == "http://receiver/hook");
  CHECK(sent.to == peer::events);
  CHECK(sent.body.starts_with(R"({"id":"n-1-7","event":"agent.reply","call_id":"n-1-a","at":")"));
  CHECK(sent.body.ends_with(R"(,"turn":1,"text":"Yes."})"));
  const auto seconds = std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(host.wall_clock().time_since_epoch()).count());
  CHECK(signed_texts == std::vector{seconds + "." + sent.body});
  CHECK(sent.headers.at(1) == std::pair<std::string, std::string>(
                                  "Tandem-Signature", "t=" + seconds + ",v1=ab" + std::string(62, '0')));
  CHECK(store.waiting.size() == 1);
  CHECK(measure.webhooks_waiting->Value() == 1);
  answer(0, 204);
  CHECK(store.waiting.empty());
  CHECK(count(webhook_outcome::delivered) == 1);
  CHECK(measure.webhooks_waiting->Value() == 0);
  CHECK(http.open == 0);
}

TEST_CASE_FIXTURE(courier_fixture, "without a secret nothing is signed") {
  how.sign = {};
  start();
  happens("n-1-a", 1);
  CHECK(http.requests.at(0).headers.size() == 1);
}

TEST_CASE_FIXTURE(courier_fixture,
                  "what is refused is posted again, signed anew, and what comes behind it waits") {
  happens("n-1-a", 1);
  happens("n-1-a", 2);
  happens("n-1-b", 3);
  REQUIRE(http.requests.size() == 2);
  CHECK(id(1) == "n-1-3");
  answer(0, 500);
  host.advance(999ms);
  CHECK(http.requests.size() == 2);
  host.advance(1ms);
  REQUIRE(http.requests.size() == 3);
  CHECK(id(2) == "n-1-1");
  CHECK(signed_texts[2] != signed_texts[0]);
  answer(2, 0);
  host.advance(2s);
  answer(3, 200);
  CHECK(id(4) == "n-1-2");
  CHECK(count(webhook_outcome::failed) == 2);
  CHECK(store.waiting.size() == 2);
}

TEST_CASE_FIXTURE(courier_fixture,
                  "what was not taken is posted after the next start, in order, and nothing twice") {
  happens("n-1-a", 1);
  happens("n-1-a", 2);
  answer(0, 503);
  how.id_prefix = "n-2-";
  start();
  CHECK(http.requests.empty());
  happens("n-2-a", 1);
  tell(subject, store_caught_up{});
  REQUIRE(http.requests.size() == 2);
  CHECK(id(1) == "n-1-1");
  answer(1, 200);
  CHECK(id(2) == "n-1-2");
  answer(2, 200);
  answer(0, 200);
  CHECK(http.requests.size() == 3);
  CHECK(store.waiting.empty());
}

TEST_CASE_FIXTURE(courier_fixture, "a store that cannot be read is asked again") {
  happens("n-1-a", 1);
  how.id_prefix = "n-2-";
  store.away = true;
  start();
  tell(subject, store_caught_up{});
  CHECK(store.reads == 1);
  store.away = false;
  host.advance(5s);
  CHECK(store.reads == 2);
  CHECK(http.requests.size() == 1);
}

TEST_CASE_FIXTURE(courier_fixture, "what cannot be posted is given up, counted, and leaves the store") {
  how.rules = {.bound = 2, .patience = 1h};
  start();
  happens("n-1-a", 1);
  for (std::int64_t n = 2; n <= 4; ++n) happens("n-1-b", n);
  CHECK(count(webhook_outcome::given_up) == 2);
  CHECK(store.waiting.size() == 2);
  host.advance(2h);
  answer(0, 500);
  CHECK(count(webhook_outcome::given_up) == 3);
  store.waiting[{"n-0-a", 1}] = {.call_id = "n-0-a", .n = 1, .at = {}, .body = ""};
  tell(subject, store_caught_up{});
  CHECK(count(webhook_outcome::given_up) == 4);
  CHECK_FALSE(store.waiting.contains({"n-0-a", 1}));
}

TEST_CASE_FIXTURE(courier_fixture,
                  "what must not be kept is not posted, and calls that are forgotten are not either") {
  how.privacy = {.keeps_numbers = true, .keeps_words = false};
  start();
  happens("n-1-a", 1);
  happens("n-1-a", 2);
  CHECK(http.requests.at(0).body.find("Yes.") == std::string::npos);
  tell(subject, forget_calls{{"n-1-a"}});
  answer(0, 500);
  host.advance(1h);
  CHECK(http.requests.size() == 1);
}

TEST_CASE_FIXTURE(courier_fixture,
                  "the hub gives it every event but passing ones, and it ends with the hub") {
  auto hub = owned(spawn_events(host, {.id_prefix = "n-1-"}, subject));
  tell(hub, event_happened{{.call_id = "n-1-a", .kind = event_kind::transcript_partial, .text = "he"}},
       event_happened{{.call_id = "n-1-a", .kind = event_kind::call_ended, .text = "shutdown"}});
  REQUIRE(http.requests.size() == 1);
  CHECK(id(0) == "n-1-2");
  end(hub);
  host.run();
  hub = events_actor{};
  subject = courier_actor{};
  CHECK(comes_to(actor_kind::courier, 0));
  CHECK(store.waiting.size() == 1);
}

}  // namespace tandem::test
