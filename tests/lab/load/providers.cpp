#include "tests/lab/load/providers.hpp"

#include "protocols/url.hpp"
#include "tests/lab/load/scribe_end.hpp"
#include "tests/lab/load/speech_end.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <utility>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view scribe_path = "/v1/speech-to-text/realtime";
constexpr std::string_view speech_path_end = "/multi-stream-input";
constexpr auto probe_interval = 50ms;

std::string query_of(const request_head& head) {
  std::string query;
  for (const auto& [name, value] : head.query) url::append_parameter(query, name, value);
  return query;
}

}  // namespace

/// The clients of one loop.
struct load_providers::room {
  room(asio_loop& loop, const sound_book& book, call_book& calls, std::atomic<bool>& measuring,
       const std::vector<std::string>& common_texts)
      : ward{loop, book, calls, measuring, common_texts, {}} {}

  void probe() {
    const auto due = ward.home.now() + probe_interval;
    timer_ = ward.home.at(due, [this, due] {
      const auto late = std::chrono::duration_cast<std::chrono::microseconds>(ward.home.now() - due);
      if (ward.measuring)
        ward.figures.loop_lag =
            std::max(ward.figures.loop_lag, static_cast<std::uint64_t>(std::max(0L, late.count())));
      probe();
    });
  }

  void leave(std::uint64_t id) {
    // From inside of the client, which must not end there.
    ward.home.post([this, id] { clients.erase(id); });
  }

  void close() {
    closed = true;
    timer_.cancel();
    clients.clear();
  }

  provider_ward ward;
  std::map<std::uint64_t, std::shared_ptr<void>> clients;
  std::uint64_t last = 0;
  bool closed = false;
  timer timer_;
};

void provider_figures::add(const provider_figures& other) {
  delay.add(other.delay);
  scribe_sessions += other.scribe_sessions;
  speech_sockets += other.speech_sockets;
  refused += other.refused;
  common += other.common;
  strangers += other.strangers;
  loop_lag = std::max(loop_lag, other.loop_lag);
}

load_providers::load_providers(std::vector<asio_loop*> loops, server_settings where, const sound_book& book,
                               call_book& calls, const std::vector<std::string>& common_texts) {
  for (auto* each : loops) {
    rooms_.push_back(std::make_shared<room>(*each, book, calls, measuring_, common_texts));
    each->post([room = rooms_.back()] { room->probe(); });
  }
  where.from = peer::admin;
  where.unknown_bound = 100'000;
  server_handlers handlers;
  handlers.on_request = [](const server_request&, const respond& answer) { answer({.status = 404}); };
  handlers.on_upgrade = [this](std::unique_ptr<upgrade> door) { admit(std::move(door)); };
  server_ = std::make_unique<http_server>(std::move(loops), where, std::move(handlers));
  server_->start();
}

load_providers::~load_providers() {
  server_->stop_accepting();
  for (auto& each : rooms_) {
    std::promise<void> left;
    each->ward.home.post([&] {
      each->close();
      left.set_value();
    });
    left.get_future().wait();
  }
  server_->stop();
}

provider_figures load_providers::take_figures() {
  provider_figures sum;
  for (auto& each : rooms_) {
    std::promise<void> told;
    each->ward.home.post([&] {
      sum.add(std::exchange(each->ward.figures, {}));
      told.set_value();
    });
    told.get_future().wait();
  }
  return sum;
}

void load_providers::admit(std::unique_ptr<upgrade> door) {
  const auto path = door->head().path;
  const auto is_scribe = path == scribe_path;
  if (!is_scribe && !path.ends_with(speech_path_end)) return door->refuse({.status = 404});
  auto& target = door->home();
  const auto room = *std::find_if(rooms_.begin(), rooms_.end(),
                                  [&](const auto& each) { return &each->ward.home == &target; });
  const auto refusal = refusal_.load();
  if (refusal != 0) ++room->ward.figures.refused;
  if (refusal > 1) return door->refuse({.status = refusal, .content_type = "text/plain", .body = "no"});
  upgrade::bounds bounds;
  bounds.from = peer::admin;
  auto query = query_of(door->head());
  door->accept(target, bounds, [room, refusal, is_scribe, query](std::shared_ptr<link> client) {
    if (!client || room->closed || refusal != 0) return;
    const auto id = ++room->last;
    auto gone = [room = room.get(), id] { room->leave(id); };
    if (is_scribe) {
      ++room->ward.figures.scribe_sessions;
      room->clients[id] = std::make_shared<scribe_end>(room->ward, std::move(client), query, gone);
    } else {
      ++room->ward.figures.speech_sockets;
      room->clients[id] = std::make_shared<speech_end>(room->ward, std::move(client), gone);
    }
  });
}

}  // namespace tandem::lab
