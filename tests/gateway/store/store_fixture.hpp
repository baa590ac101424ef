#pragma once

#include "actors/runtime/metrics.hpp"
#include "gateway/store/database.hpp"
#include "gateway/store/sql_store.hpp"
#include "tests/gateway/store/postgres_server.hpp"
#include "tests/temporary_folder.hpp"

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <spdlog/spdlog.h>

namespace tandem::test {

inline constexpr auto store_patience = std::chrono::seconds(60);

/// A call that has ended; the later the higher its number.
inline call_record ended_call(int number) {
  using namespace std::chrono_literals;
  call_record call;
  call.id = "test-1-" + std::to_string(number);
  call.node = "test";
  call.carrier_call_id = "v3:" + std::to_string(number);
  call.from = "+1312555" + std::to_string(1000 + number % 7);
  call.to = "+13125550142";
  call.state = call_state::ended;
  call.started_at = wall_time(1'700'000'000'000ms) + std::chrono::seconds(number);
  call.answered_at = call.started_at + 1s;
  call.ended_at = call.started_at + 31s;
  call.end_reason = "caller_hung_up";
  call.agent = "echo";
  call.metadata = {{"name", "Zoë \"" + std::to_string(number) + "\""}};
  call.usage = {.stt_seconds = 1.5, .tts_characters = 20, .llm_input_tokens = 3, .llm_output_tokens = 4};
  call.cost = {.currency = "USD", .carrier = 5, .stt = 6, .tts = 7, .llm = 8};
  return call;
}

inline turn_record spoken_turn(std::uint32_t n, std::string text) {
  using namespace std::chrono_literals;
  turn_record turn;
  turn.n = n;
  turn.role = n % 2 == 0 ? speaker::agent : speaker::caller;
  turn.heard_text = text.substr(0, 3);
  turn.text = std::move(text);
  turn.interrupted = n % 2 == 0;
  turn.started_at = wall_time(1'700'000'000'000ms);
  turn.ended_at = turn.started_at + 2s;
  turn.latency_ms = n % 2 == 0 ? 321 : -1;
  if (n % 2 == 0) turn.timing = {.on_wire = 321500us, .heard = 700ms, .heard_by_clock = true, .own = 1400us};
  return turn;
}

inline std::string json_of(const call_record& call) {
  std::string out;
  append_json(out, call);
  return out;
}

inline std::string json_of(const turn_record& turn) {
  std::string out;
  append_json(out, turn);
  return out;
}

/// The store, with what it measures; closed and opened again as a restart would.
class open_store {
 public:
  explicit open_store(store_settings wanted, bool opened = true) : how(std::move(wanted)) {
    spdlog::set_level(spdlog::level::off);
    if (opened) open();
  }

  void open(store_listeners listeners = {}) {
    store = std::make_unique<sql_store>(how, measure);
    store->start(std::move(listeners));
  }
  void close() { store.reset(); }
  void restart() {
    close();
    open();
  }

  /// Whether it was kept.
  bool keep(store_change change) {
    auto promise = std::make_shared<std::promise<bool>>();
    auto kept = promise->get_future();
    store->write(std::move(change), [promise](bool durable) { promise->set_value(durable); });
    return answer_of(kept);
  }

  std::optional<std::vector<call_record>> list(stored_calls query = {}) {
    auto promise = std::make_shared<std::promise<std::optional<std::vector<call_record>>>>();
    auto answer = promise->get_future();
    store->list(std::move(query), [promise](auto calls) { promise->set_value(std::move(calls)); });
    return answer_of(answer);
  }

  std::optional<std::vector<stored_call>> find(const std::string& id) {
    auto promise = std::make_shared<std::promise<std::optional<std::vector<stored_call>>>>();
    auto answer = promise->get_future();
    store->find(id, [promise](auto found) { promise->set_value(std::move(found)); });
    return answer_of(answer);
  }

  std::optional<std::vector<campaigns::campaign_record>> campaigns_of(stored_campaigns query) {
    return read<campaigns::campaign_record>(
        [&](auto answer) { store->read_campaigns(std::move(query), answer); });
  }
  std::optional<std::vector<campaigns::entry>> entries(stored_entries query) {
    return read<campaigns::entry>([&](auto answer) { store->read_entries(std::move(query), answer); });
  }
  std::optional<std::vector<delivery>> deliveries(std::size_t limit = 1000) {
    return read<delivery>([&](auto answer) { store->read_deliveries(limit, answer); });
  }
  std::optional<std::vector<campaigns::barred_number>> barred(std::size_t limit = 1000,
                                                              wall_time since = {}) {
    return read<campaigns::barred_number>([&](auto answer) { store->read_barred(limit, since, answer); });
  }

  /// The numbers of the calls listed.
  std::string numbers(stored_calls query = {}) {
    const auto calls = list(std::move(query));
    REQUIRE(calls);
    std::string out;
    for (const auto& each : *calls) out += (out.empty() ? "" : " ") + each.id.substr(each.id.rfind('-') + 1);
    return out;
  }

  store_settings how;
  prometheus::Registry registry;
  metrics measure{registry};
  std::unique_ptr<sql_store> store;

 private:
  template <class Kind, class Ask>
  static std::optional<std::vector<Kind>> read(Ask ask) {
    auto promise = std::make_shared<std::promise<std::optional<std::vector<Kind>>>>();
    auto answer = promise->get_future();
    ask([promise](std::optional<std::vector<Kind>> found) { promise->set_value(std::move(found)); });
    return answer_of(answer);
  }

  template <class Answer>
  static Answer answer_of(std::future<Answer>& coming) {
    REQUIRE(coming.wait_for(store_patience) == std::future_status::ready);
    return coming.get();
  }
};

/// Whether it becomes so in time.
template <class Condition>
bool comes_true(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + store_patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

/// An empty database of each kind, to run a test on both.
struct empty_database {
  temporary_folder folder{};
  std::string url = "sqlite:" + (folder / "calls.db");

  store_settings settings() const { return {.url = url, .journal = folder / "test.journal", .node = "test"}; }
};

/// Runs the test on SQLite and, where it is installed, on PostgreSQL.
inline void on_every_database(const std::function<void(const empty_database&)>& test) {
  {
    INFO("SQLite");
    test(empty_database());
  }
  if (!postgres_server::installed()) {
    MESSAGE("skipped on PostgreSQL: it is not installed");
    return;
  }
  INFO("PostgreSQL");
  test(empty_database{.url = shared_postgres().make_database()});
}

}  // namespace tandem::test
