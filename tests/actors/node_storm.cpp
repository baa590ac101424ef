#include "tests/actors/node_fixture.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <stdexcept>
#include <vector>

namespace tandem::test {

namespace {

constexpr std::uint32_t most_calls = 40;

/// A link whose peer is the storm, and which may throw in the hands of its owner.
class stormy_link final : public link {
 public:
  stormy_link(loop& home, std::shared_ptr<fake_peer> peer, bool throws)
      : inner_(home, std::move(peer)), throws_(throws) {}
  void start(link_events& events) override { inner_.start(events); }
  bool send(std::string_view text) override {
    if (throws_) throw std::runtime_error("stormy weather");
    return inner_.send(text);
  }
  bool send_binary(std::string_view bytes) override { return inner_.send_binary(bytes); }
  std::size_t queued_bytes() const override { return 0; }
  void pause_reading(bool paused) override { inner_.pause_reading(paused); }
  void close(std::uint16_t code, std::string_view reason) override { inner_.close(code, reason); }
  void leave(std::uint16_t code, std::string_view reason) override { inner_.leave(code, reason); }
  loop& home() override { return inner_.home(); }

 private:
  fake_link inner_;
  bool throws_;
};

/// Many short calls at once, to which everything happens that a seed can think of.
struct storm : link_connector, node_fixture {
  storm()
      : node_fixture({.max_calls = most_calls, .calls_per_second = 100'000},
                     {.max_call = 40s, .stream_wait = 5s, .media_wait = 5s, .lifeless = 20s}, this) {}

  std::unique_ptr<link> connect(loop& home, const link_request& request) override {
    auto peer = std::make_shared<fake_peer>();
    peer->request = request;
    providers.push_back(peer);
    return std::make_unique<stormy_link>(home, std::move(peer), chance(2));
  }

  std::size_t below(std::size_t bound) { return random() % bound; }
  bool chance(unsigned percent) { return below(100) < percent; }
  std::string some_id() {
    return "v3:" + std::to_string(below(10) == 0 ? below(last + 1)
                                                 : last - below(std::min<std::size_t>(last, 50) + 1));
  }

  void event(telnyx::webhook_type type, std::string call) {
    webhook(type, std::move(call), "w" + std::to_string(chance(10) ? below(webhooks + 1) : ++webhooks));
  }

  void attach(const stream_ruling& ruling) {
    if (!ruling.taker) return;
    auto peer = std::make_shared<fake_peer>();
    streams.push_back(peer);
    caf::anon_send(ruling.taker, attach_stream{std::make_shared<stormy_link>(ruling.loop == 0 ? host : other,
                                                                             peer, chance(2))});
    run();
  }

  void something_happens() {
    switch (below(14)) {
      case 0:
      case 1:
        ++last;
        return event(telnyx::webhook_type::call_initiated, "v3:" + std::to_string(last));
      case 2:
        ++last;
        return attach(ask<stream_ruling>(
            open_stream{.loop = static_cast<std::uint32_t>(below(2)), .can_move = chance(50)}));
      case 3:
      case 4:
        if (auto owner = ask<call_owner>(find_owner{some_id()}); owner.call) {
          attach(ask<stream_ruling>(open_stream{.call_id = owner.call_id, .can_move = chance(70)}));
        }
        return;
      case 5:
        return event(telnyx::webhook_type::call_hangup, some_id());
      case 6:
        return event(telnyx::webhook_type::call_answered, some_id());
      case 7:
        if (auto owner = ask<call_owner>(find_owner{some_id()}); owner.call && chance(10)) {
          end(owner.call, caf::exit_reason::kill);
        }
        return run();
      case 8:
        return advance(std::chrono::milliseconds(below(3000)));
      case 9:
        return provider_acts();
      default:
        return carrier_acts();
    }
  }

  void carrier_acts() {
    std::erase_if(streams, [](const auto& each) { return each->dropped; });
    if (streams.empty()) return;
    auto peer = streams[below(streams.size())];
    if (peer->events == nullptr) return;
    const auto start = R"({"event":"start","stream_id":"s","start":{"call_control_id":")" + some_id() +
                       R"(","media_format":{"encoding":")" + (chance(5) ? "OPUS" : "PCMU") +
                       R"(","sample_rate":8000,"channels":1}}})";
    switch (below(10)) {
      case 0:
      case 1:
      case 2:
        peer->text(start);
        break;
      case 3:
        peer->text(R"({"event":"stop","stream_id":"s"})");
        break;
      case 4:
        peer->close(static_cast<std::uint16_t>(chance(50) ? 1000 : 0), "gone");
        break;
      case 5:
        peer->text("{\"event\":");
        break;
      default:
        for (auto i = below(60); i > 0 && peer->events != nullptr; --i) {
          peer->text(R"({"event":"media","media":{"track":"inbound","payload":")" +
                     std::string(216, static_cast<char>('A' + below(26))) + "\"}}");
        }
    }
    run();
  }

  void provider_acts() {
    std::erase_if(providers, [](const auto& each) { return each->dropped; });
    if (providers.empty()) return;
    auto peer = providers[below(providers.size())];
    if (peer->events == nullptr) return;
    switch (below(5)) {
      case 0:
        peer->open();
        break;
      case 1:
        peer->close(0, "refused", false);
        break;
      case 2:
        peer->close(1008, "policy");
        break;
      case 3:
        peer->text("not json");
        break;
      default:
        peer->text(R"({"message_type":"session_started","session_id":"s","config":{}})");
    }
    run();
  }

  /// Whether no actor of a call is in memory; CAF's clock thread lets go of an answered request's timeout,
  /// and so of who asked, a moment later.
  static bool calls_are_gone() {
    const auto all_gone = [] {
      return live(actor_kind::call) + live(actor_kind::ingress) + live(actor_kind::scribe) +
                 live(actor_kind::dialogue) + live(actor_kind::speech) ==
             0;
    };
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!all_gone() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    return all_gone();
  }

  double buffered() const {
    return measure.upstream_buffer_bytes->Value() + measure.playout_buffer_bytes->Value() +
           measure.link_buffer_bytes->Value();
  }

  std::minstd_rand random;
  std::size_t last = 0;
  std::size_t webhooks = 0;
  std::vector<std::shared_ptr<fake_peer>> streams;
  std::vector<std::shared_ptr<fake_peer>> providers;
};

}  // namespace

TEST_CASE_FIXTURE(storm, "thousands of short calls with faults at random leave nothing behind") {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    random.seed(seed);
    const auto enough = last + 700;
    while (last < enough) {
      something_happens();
      REQUIRE(door->calls() <= most_calls);
    }
    tell(subject, end_all_calls{std::string(end_reason::shutdown)});
    // Long enough for the carrier to be asked about every leg that it has not said to be down.
    carrier->answer_with(command_outcome{.accepted = true});
    advance(60s);
    advance(60s);
    CHECK(calls() == 0);
    CHECK(door->calls() == 0);
    CHECK(door->connections() == 0);
    CHECK(measure.calls_active->Value() == 0);
    CHECK(buffered() == 0);
    CHECK(calls_are_gone());
    CHECK(host.armed_timers() == 0);
    CHECK(other.armed_timers() == 0);
    for (const auto& each : streams) CHECK(each->dropped);
    for (const auto& each : providers) CHECK(each->dropped);
    std::map<std::string, int> ends;
    for (const auto& each : records->all<call_changed>())
      ends[each.call.id] += each.call.state == call_state::ended;
    CHECK(ends.size() > 200);
    for (const auto& [id, count] : ends) {
      CAPTURE(id);
      CHECK(count == 1);
    }
    records->clear();
    carrier->clear();
  }
}

}  // namespace tandem::test
