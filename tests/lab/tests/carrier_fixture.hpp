#pragma once

#include "protocols/json.hpp"
#include "protocols/telnyx/call_control.hpp"
#include "tests/lab/carrier.hpp"
#include "tests/lab/lab_loop.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace tandem::lab {

using namespace std::chrono_literals;

/// Says nothing, and stays until told to leave.
struct silent_person final : person {
  void speak(moment, frame& out) override { out.fill(0xFF); }
  void hear(moment, const frame&, bool) override {}
  bool hangs_up(moment) override { return leaves; }

  std::atomic<bool> leaves = false;
};

/// The engine's end of a stream, which only reads. Lives on the carrier's loop.
struct media_end final : link_events {
  explicit media_end(std::function<void(std::string_view what)> happened) : tell(std::move(happened)) {}

  void on_text(std::span<char> text) override {
    const std::string_view got(text.data(), text.size());
    if (got.find(R"("event":"start")") != got.npos) tell("started");
    if (got.find(R"("event":"stop")") != got.npos) tell("stopped");
  }
  void on_closed(const link_closed&) override { tell("closed"); }

  std::function<void(std::string_view)> tell;
  std::shared_ptr<link> line;
};

/// A carrier, with the server that takes its webhooks and its streams.
struct carrier_fixture {
  explicit carrier_fixture(std::function<void(carrier_options&)> more = {}) : change(std::move(more)) {
    server.start();
    subject.start();
  }
  ~carrier_fixture() {
    loops.run([this] { ends.clear(); });
  }

  carrier_options options() const {
    carrier_options out;
    out.webhook_url = "http://127.0.0.1:" + std::to_string(server.port()) + "/";
    out.connection_id = "app";
    out.ring = 1ms;
    out.machine_greeting = 1ms;
    if (change) change(out);
    return out;
  }

  void take(const server_request& request, const respond& answer) {
    {
      std::lock_guard guard(mutex);
      webhooks.push_back(telnyx::read_webhook(request.body).value());
    }
    arrived.notify_all();
    if (holds) return held.push_back(answer);
    answer({});
  }

  void take_stream(std::unique_ptr<upgrade> door) {
    const auto path = door->head().path;
    door->accept(loops.first(), {}, [this, path](std::shared_ptr<link> line) {
      if (!line) return;
      auto& end = ends[path];
      end = std::make_unique<media_end>([this, path](std::string_view what) {
        {
          std::lock_guard guard(mutex);
          on_streams.push_back(path + " " + std::string(what));
        }
        arrived.notify_all();
      });
      end->line = std::move(line);
      end->line->start(*end);
    });
  }

  /// Whether this has happened, or does in time: `/PATH started`, `stopped` or `closed`.
  bool happens(const std::string& what) {
    std::unique_lock lock(mutex);
    return arrived.wait_for(lock, 20s,
                            [&] { return std::ranges::find(on_streams, what) != on_streams.end(); });
  }

  std::string media(const std::string& path) const {
    return R"({"stream_url":"ws://127.0.0.1:)" + std::to_string(server.port()) + path + "\"}";
  }

  /// What the carrier has done and told about the leg's streams, in its order: `streaming.started /PATH` …
  std::vector<std::string> stream_events(const std::string& id) {
    auto body = ask("GET", "/call_events?filter%5Bleg_id%5D=" + id).body;
    json::document document;
    REQUIRE(document.parse(body) == json::fault::none);
    std::vector<std::string> found;
    for (const auto& each : json::elements(document.root(), "data")) {
      std::string name(json::text_or(each, "name"));
      if (!name.starts_with("streaming")) continue;
      const auto* metadata = json::find(each, "metadata");
      const auto* data = metadata == nullptr ? nullptr : json::find(*metadata, "data");
      const auto* payload = data == nullptr ? nullptr : json::find(*data, "payload");
      if (payload != nullptr) {
        const auto url = json::text_or(*payload, "stream_url");
        name += " " + std::string(url.substr(std::min(url.rfind('/'), url.size())));
      }
      found.push_back(std::move(name));
    }
    return found;
  }

  std::size_t undelivered() {
    std::size_t count = 0;
    loops.run([&] { count = subject.undelivered(); });
    return count;
  }

  /// The next webhook of this type.
  telnyx::webhook webhook(std::string_view event_type) {
    std::unique_lock lock(mutex);
    auto found = webhooks.end();
    arrived.wait_for(lock, 20s, [&] {
      found = std::ranges::find(webhooks, event_type, &telnyx::webhook::event_type);
      return found != webhooks.end();
    });
    REQUIRE_MESSAGE(found != webhooks.end(), event_type);
    auto one = std::move(*found);
    webhooks.erase(found);
    return one;
  }

  http_answer ask(const std::string& method, const std::string& path, const std::string& body = {}) {
    std::promise<http_answer> answered;
    std::unique_ptr<http_exchange> exchange;
    loops.run([&] {
      exchange = client->send(loops.first(),
                              {.to = peer::admin,
                               .method = method,
                               .url = "http://127.0.0.1:" + std::to_string(subject.port()) + "/v2" + path,
                               .body = body},
                              [&](http_answer got) { answered.set_value(std::move(got)); });
    });
    auto got = answered.get_future().get();
    loops.run([&] { exchange.reset(); });
    return got;
  }

  void command(const std::string& id, const std::string& action, const std::string& body = "{}") {
    const auto answer = ask("POST", telnyx::command_path(id, action), body);
    CHECK_MESSAGE(answer.status == 200, answer.body);
  }

  /// A caller who rings; the call's id.
  std::string caller() {
    loops.run([&] { subject.place("+13125550100", "+13125550142", telnyx::codec::pcmu, somebody, {}); });
    return webhook("call.initiated").call_control_id;
  }

  /// A call that the engine places; its id.
  std::string dialled(const std::string& to, const std::string& detection = "disabled") {
    const auto answer = ask("POST", "/calls",
                            R"({"connection_id":"app","from":"+13125550100","to":")" + to +
                                R"(","answering_machine_detection":")" + detection + "\"}");
    CHECK_MESSAGE(answer.status == 200, answer.body);
    return webhook("call.initiated").call_control_id;
  }

  std::function<void(carrier_options&)> change;
  lab_loops loops;
  silent_person somebody;
  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<telnyx::webhook> webhooks;
  /// Whether webhooks wait for their answer; on the loop, as those that wait.
  bool holds = false;
  std::vector<respond> held;
  std::map<std::string, std::unique_ptr<media_end>> ends;
  std::vector<std::string> on_streams;
  std::unique_ptr<http_client> client = make_http_client();
  http_server server{
      loops.all(),
      {},
      {.on_request = [this](const server_request& request, const respond& answer) { take(request, answer); },
       .on_upgrade = [this](std::unique_ptr<upgrade> door) { take_stream(std::move(door)); }}};
  carrier subject{loops.first(), options()};
};

}  // namespace tandem::lab
