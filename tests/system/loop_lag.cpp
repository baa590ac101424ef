#include "tests/system/staying_caller.hpp"

#include <csignal>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

double value(running_engine& running, std::string_view name) {
  return lab::metric(running.view->get("/metrics").value_or(""), name);
}

constexpr std::string_view refused = R"(tandem_calls_rejected_total{reason="loop_lag"})";

/// Callers who stay until all are told to leave.
struct guests {
  explicit guests(running_engine& of) : running(of) {}

  void place() {
    all.push_back(std::make_unique<staying_caller>());
    over.push_back(running.place(*all.back()));
  }

  void leave() {
    for (auto& each : all) each->leaving = true;
    for (auto& each : over) REQUIRE(each.wait_for(patience) == std::future_status::ready);
  }

  running_engine& running;
  std::vector<std::unique_ptr<staying_caller>> all;
  std::vector<std::future<lab::call_outcome>> over;
};

}  // namespace

TEST_CASE("while the loops run late new calls are refused, those inside go on, and later others come in") {
  running_engine running({.flags = {"--limits.loop_lag_ms=300"}});
  guests callers(running);
  callers.place();
  REQUIRE(becomes([&] { return connected(running); }));
  // The engine stands still, as a process does that gets no processor, while others call.
  running.engine->signal(SIGSTOP);
  for (int n = 0; n < 4; ++n) callers.place();
  std::promise<void>().get_future().wait_for(3s);
  running.engine->signal(SIGCONT);
  CHECK(becomes([&] {
    if (value(running, refused) > 0) return true;
    callers.place();
    return false;
  }));
  const auto metrics = running.view->get("/metrics").value_or("");
  CHECK(lab::metric(metrics, "tandem_calls_rejected_total") == lab::metric(metrics, refused));
  CHECK(becomes([&] { return running.view->get("/readyz").has_value(); }));
  const auto inside = active(running);
  CHECK(inside >= 1);
  callers.place();
  CHECK(becomes([&] { return active(running) == inside + 1; }));
  CHECK(value(running, R"(tandem_calls_total{direction="incoming",end_reason="no_media"})") == 0);
  callers.leave();
  CHECK(running.left().empty());
  CHECK(running.engine->stop(30s) == 0);
}

}  // namespace tandem::test
