#include "actors/runtime/call_memory.hpp"

#include "actors/call.hpp"
#include "tests/actors/fixture.hpp"
#include "tests/heap_size.hpp"

namespace tandem::test {

namespace {

struct many_calls_fixture : fixture {
  many_calls_fixture()
      : records(spawn_probe<actor_kind::records, records_actor>()),
        carrier(spawn_probe<actor_kind::carrier, carrier_actor>()),
        node(spawn_probe<actor_kind::node, node_actor>()) {
    shared.records = records.handle;
    shared.carrier = carrier.handle;
    settings.agent.kind = "echo";
  }

  ~many_calls_fixture() {
    calls.clear();
    node.handle = node_actor{};
    records.handle = records_actor{};
    carrier.handle = carrier_actor{};
  }

  double shown() {
    measure.refresh();
    for (const auto& family : registry.Collect()) {
      if (family.name == "tandem_call_memory_bytes") return family.metric.front().gauge.value;
    }
    return -1;
  }

  probe<records_actor> records;
  probe<carrier_actor> carrier;
  probe<node_actor> node;
  std::vector<call_actor> calls;
};

/// Whether `said` is near enough to what was measured to plan with.
bool near(double said, double measured) { return said > 0.6 * measured && said < 1.7 * measured; }

}  // namespace

TEST_CASE_FIXTURE(many_calls_fixture, "the memory said to be a call's is what its actors occupy" *
                                          doctest::skip(!is_heap_known())) {
  constexpr int count = 100;
  auto with = std::make_shared<const call_settings>(settings);
  CHECK(shown() == 0);
  auto before = heap_bytes();
  for (int i = 0; i < count; ++i) {
    call_origin origin{.id = "n-1-" + std::to_string(i)};
    calls.push_back(owned(spawn_call(host, origin, with, shared, node.handle)));
  }
  host.run();
  const auto waiting = static_cast<double>(heap_bytes() - before) / count;
  CHECK_MESSAGE(near(supervisor_bytes, waiting), "a call that waits for its stream occupies " << waiting);
  CHECK(shown() == static_cast<double>(count * supervisor_bytes));

  before = heap_bytes();
  for (const auto& call : calls) {
    tell(call, attach_stream{std::make_shared<fake_link>(host, std::make_shared<fake_peer>())});
  }
  const auto streaming = static_cast<double>(heap_bytes() - before) / count;
  CHECK_MESSAGE(near(children_bytes, streaming), "its other actors occupy " << streaming);
  CHECK(shown() >= static_cast<double>(count * (supervisor_bytes + children_bytes)));

  calls.clear();
  end_all();
  CHECK(shown() == 0);
}

}  // namespace tandem::test
