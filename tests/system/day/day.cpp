#include "tests/gateway/store/postgres_server.hpp"
#include "tests/system/day/books.hpp"
#include "tests/system/event_reader.hpp"

#include <csignal>
#include <fstream>

/// A day in the life of an engine: everything that happens to calls, then its books against the lab's.
namespace tandem::test {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t campaign_size = 100;
constexpr std::size_t concurrency = 20;
constexpr std::uint32_t attempts = 2;

// The lab's ears hear "hello there" in whatever is said.
constexpr const char* dialogue = R"({
  "version": 1, "greeting": "Hello.", "start": "ask",
  "nodes": {"ask": {"prompt": "Yes?", "reprompts": ["What?"], "intents": [
    {"name": "bye", "keywords": ["hello there"], "reply": "Bye.", "then": "hang_up"}]}},
  "give_up": {"reply": "Sorry."}
})";

const records::price_table prices{
    .currency = "USD", .carrier_minute = 0.6, .stt_hour = 36, .tts_1000_characters = 100};

class day {
 public:
  explicit day(const std::string& store)
      : it_([line = line_](lab::carrier_options& options) { line->install(line, options); }, flags(store)) {}

  void morning();
  void campaign();
  void evening();

 private:
  std::vector<std::string> flags(const std::string& store) const;

  // What happens.
  std::future<lab::call_outcome> ring_up(std::string_view from, day_person& who);
  void call_us(std::string_view from, day_person::manner how);
  std::string call(std::string_view number, const std::string& more = {});
  void press_keys();
  void be_transferred();
  void steer_menu();
  void stay_with_agent();
  void pause();
  void restart();
  void kill();

  std::string connected_call();
  std::int64_t finished() {
    return it_.campaign_count(campaign_, "done") + it_.campaign_count(campaign_, "failed");
  }
  void note_life(bool killed, wall_time died);
  static wall_time now() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }

  temporary_folder folder_;
  std::shared_ptr<day_line> line_ = std::make_shared<day_line>();
  controlled_engine it_;
  std::string campaign_;
  std::vector<day_life> lives_;
};

std::vector<std::string> day::flags(const std::string& store) const {
  std::ofstream(folder_ / "dialogue.json") << dialogue;
  std::vector<std::string> all{"--agent.kind=script",
                               "--agent.script=" + (folder_ / "dialogue.json"),
                               "--turns.endpoint_ms=300",
                               "--limits.max_calls=60",
                               "--store.recordings=" + (folder_ / "recordings"),
                               "--store.journal=" + folder_.path(),
                               "--prices.currency=" + prices.currency,
                               "--prices.carrier_minute=" + std::to_string(prices.carrier_minute),
                               "--prices.stt_hour=" + std::to_string(prices.stt_hour),
                               "--prices.tts_1000_characters=" + std::to_string(prices.tts_1000_characters)};
  if (!store.empty()) all.push_back("--store.url=" + store);
  return all;
}

std::future<lab::call_outcome> day::ring_up(std::string_view from, day_person& who) {
  auto over = std::make_shared<std::promise<lab::call_outcome>>();
  it_.running.loops.run([&] {
    it_.running.telnyx.place(std::string(from), std::string(numbers::ours), telnyx::codec::pcmu, who,
                             [over](const lab::call_outcome& how) { over->set_value(how); });
  });
  return over->get_future();
}

void day::call_us(std::string_view from, day_person::manner how) {
  auto& caller = line_->add(how);
  auto over = ring_up(from, caller);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK_FALSE(caller.gave_up);
}

/// Calls a number; our id of the call.
std::string day::call(std::string_view number, const std::string& more) {
  const auto made = it_.place(std::string(number), more);
  REQUIRE_MESSAGE(made.status == 201, made.body);
  return controlled_engine::text_of(made.body, "id");
}

/// The one call that goes on, once somebody is on the line.
std::string day::connected_call() {
  REQUIRE(becomes([&] { return connected(it_.running); }));
  return it_.running.view->newest_call().id;
}

void day::morning() {
  press_keys();
  call_us(numbers::farewell_sayer, day_person::manner::says_goodbye);
  be_transferred();
  // Nobody has to wait for the one before.
  std::vector<std::string> ids;
  for (const auto number : {numbers::busy, numbers::silent, numbers::leaver, numbers::goodbye})
    ids.push_back(call(number));
  ids.push_back(call(numbers::machine, R"(,"machine_detection":"premium")"));
  for (const auto& id : ids) REQUIRE(it_.becomes_text(id, "state", "ended"));
  steer_menu();
  stay_with_agent();
  CHECK(it_.running.left().empty());
}

/// A caller presses keys, a program that watches answers them, and the caller hangs up.
void day::press_keys() {
  auto& caller = line_->add(day_person::manner::stays);
  auto over = ring_up(numbers::presser, caller);
  const auto id = connected_call();
  event_reader watcher(it_.running.engine->admin_port(), "/v1/calls/" + id + "/events", "0");
  const std::pair<std::string_view, std::string> choices[] = {{"1", "We open at nine."},
                                                              {"0", "One moment."}};
  std::size_t pressed = 0;
  for (const auto& [key, answer] : choices) {
    caller.press(key);
    REQUIRE(becomes([&, wanted = ++pressed] { return watcher.count("dtmf") == wanted; }));
    const auto events = watcher.events();
    const auto newest = std::ranges::find(events.rbegin(), events.rend(), "dtmf", &event_reader::seen::name);
    CHECK(newest->data.find("\"" + std::string(key) + "\"") != std::string::npos);
    CHECK(it_.api("POST", "/v1/calls/" + id + "/say", R"({"text":")" + answer + "\"}").status == 202);
    REQUIRE(becomes([&, spoken = answer] {
      return it_.api("GET", "/v1/calls/" + id + "/transcript").body.find(spoken) != std::string::npos;
    }));
  }
  caller.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  REQUIRE(becomes([&] { return watcher.ended(); }));
}

/// A caller is given to a colleague, and they talk on without the engine.
void day::be_transferred() {
  auto& caller = line_->add(day_person::manner::stays);
  auto over = ring_up(numbers::transferred, caller);
  const auto id = connected_call();
  const auto to = R"({"to":")" + std::string(numbers::colleague) + "\"}";
  CHECK(it_.api("POST", "/v1/calls/" + id + "/transfer", to).status == 202);
  REQUIRE(it_.becomes_text(id, "state", "ended"));
  CHECK(it_.legs() == 2);
  caller.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  REQUIRE(becomes([&] { return it_.legs() == 0; }));
}

/// The other end is a menu, which the engine steers by keys.
void day::steer_menu() {
  const auto id = call(numbers::menu);
  REQUIRE(it_.becomes_text(id, "state", "connected"));
  REQUIRE(becomes(
      [&] { return it_.api("POST", "/v1/calls/" + id + "/dtmf", R"({"digits":"2#"})").status == 202; }));
  REQUIRE(becomes([&] { return it_.placed->count("send_dtmf") == 1; }));
  CHECK(it_.api("POST", "/v1/calls/" + id + "/hangup", "{}").status == 202);
  REQUIRE(it_.becomes_text(id, "state", "ended"));
  REQUIRE(becomes([&] { return it_.legs() == 0; }));
  CHECK(line_->legs().back().keys == "2#");
}

/// A transfer that nobody takes leaves the caller with the agent.
void day::stay_with_agent() {
  const auto id = call(numbers::untransferred);
  REQUIRE(it_.becomes_text(id, "state", "connected"));
  const auto to = R"({"to":")" + std::string(numbers::busy) + "\"}";
  REQUIRE(becomes([&] { return it_.api("POST", "/v1/calls/" + id + "/transfer", to).status == 202; }));
  REQUIRE(becomes([&] {
    return it_.api("GET", "/v1/calls/" + id).body.find(R"("transfer_failed":"user_busy")") !=
           std::string::npos;
  }));
  CHECK(it_.text(id, "state") == "connected");
  line_->at(numbers::untransferred).leaving = true;
  REQUIRE(it_.becomes_text(id, "state", "ended"));
}

void day::campaign() {
  std::string order = R"({"from":")" + std::string(numbers::ours) + R"(","concurrency":)" +
                      std::to_string(concurrency) + R"(,"machine_detection":"premium","retry":{"attempts":)" +
                      std::to_string(attempts) + R"(,"on":{"busy":1}},"numbers":[)";
  for (std::size_t n = 0; n < campaign_size; ++n)
    order += (n == 0 ? "\"" : ",\"") + numbers::of_campaign(n) + "\"";
  const auto made = it_.api("POST", "/v1/campaigns", order + "]}");
  REQUIRE_MESSAGE(made.status == 201, made.body);
  campaign_ = controlled_engine::text_of(made.body, "id");
  pause();
  restart();
  kill();
  REQUIRE(becomes([&] { return it_.campaign_state(campaign_) == "finished"; }));
}

/// Those who are on the line come to their end, and nobody else is called; others may call us.
void day::pause() {
  REQUIRE(becomes([&] { return finished() >= 15; }));
  CHECK(it_.api("POST", "/v1/campaigns/" + campaign_ + "/pause").status == 202);
  REQUIRE(becomes([&] { return it_.campaign_count(campaign_, "calling") == 0; }));
  CHECK(finished() < std::int64_t{campaign_size});
  const auto dialled = it_.placed->count("dial");
  call_us(numbers::interrupter, day_person::manner::leaves);
  CHECK(it_.legs() == 0);
  CHECK(it_.placed->count("dial") == dialled);
  CHECK(it_.campaign_state(campaign_) == "paused");
  CHECK(it_.api("POST", "/v1/campaigns/" + campaign_ + "/resume").status == 202);
}

/// The process ends once its calls have, and the next one goes on.
void day::restart() {
  REQUIRE(becomes([&] { return finished() >= 40 && it_.legs() >= concurrency / 2; }));
  CHECK(it_.running.engine->stop(60s) == 0);
  CHECK(it_.legs() == 0);
  note_life(false, now());
  it_.running.start_again();
}

/// The process dies under a full campaign and a caller, and the next one finds another who rings already.
void day::kill() {
  auto& caller = line_->add(day_person::manner::stays);
  auto over = ring_up(numbers::cut_off, caller);
  const auto is_connected = [&] {
    const auto calls = it_.api("GET", "/v1/calls?state=connected").body;
    return calls.find(numbers::cut_off) != std::string::npos;
  };
  REQUIRE(becomes(is_connected));
  REQUIRE(becomes([&] { return finished() >= 60 && it_.legs() > concurrency / 2; }));
  const auto died = now();
  it_.kill();
  note_life(true, died);
  auto& early = line_->add(day_person::manner::leaves);
  auto talked = ring_up(numbers::early, early);
  it_.running.start_again();
  for (auto* each : {&over, &talked}) REQUIRE(each->wait_for(patience) == std::future_status::ready);
  CHECK(over.get().ended_by == "engine");
  CHECK(talked.get().ended_by == "caller");
}

/// What the lab has counted once the process, or its last call, is gone.
void day::note_life(bool killed, wall_time died) {
  REQUIRE(becomes([&] { return it_.running.speech.clients() == 0; }));
  day_life life{.died = died, .killed = killed};
  {
    std::lock_guard guard(it_.running.heard.mutex);
    life.heard_bytes = it_.running.heard.bytes;
  }
  {
    std::lock_guard guard(it_.running.asked.mutex);
    life.characters = it_.running.asked.characters;
  }
  lives_.push_back(life);
}

/// Nothing goes on any more, and the books are compared.
void day::evening() {
  REQUIRE(becomes([&] { return it_.legs() == 0; }));
  CHECK(it_.running.left().empty());
  CHECK(line_->given_up() == 0);
  note_life(false, now());
  const auto metrics = it_.running.view->get("/metrics").value_or("");
  for (const auto* name : {"tandem_store_waiting_records", "tandem_store_journal_bytes",
                           "tandem_store_records_lost_total", "tandem_recording_lost_seconds_total"})
    CHECK_MESSAGE(lab::metric(metrics, name) == 0, name);
  CHECK(it_.campaign_count(campaign_, "total") == campaign_size);
  CHECK(it_.campaign_count(campaign_, "pending") == 0);
  CHECK(it_.campaign_count(campaign_, "calling") == 0);
  day_books books{.lives = lives_,
                  .legs = line_->legs(),
                  .calls = told_calls(*it_.running.view),
                  .numbers = told_numbers(*it_.running.view, campaign_),
                  .prices = prices,
                  .concurrency = concurrency,
                  .attempts = attempts,
                  .folder = folder_ / "recordings"};
  CHECK(books.numbers.size() == campaign_size);
  CHECK(it_.running.engine->stop(30s) == 0);
  audit(books);
}

void live_through(const std::string& store) {
  day one(store);
  one.morning();
  one.campaign();
  one.evening();
}

}  // namespace

TEST_CASE("after a day in the life SQLite's books agree with the carrier's" *
          doctest::skip(leaves_out_long())) {
  live_through({});
}

TEST_CASE("after a day in the life PostgreSQL's books agree with the carrier's" *
          doctest::skip(!postgres_server::installed() || leaves_out_long())) {
  postgres_server server;
  live_through(server.make_database());
}

}  // namespace tandem::test
