#include "tests/system/staying_caller.hpp"

#include <csignal>

namespace tandem::test {

using namespace std::chrono_literals;

TEST_CASE("a call that follows others speaks over a connection that was open before it came") {
  // One loop, so that the calls come to the same spares.
  running_engine running({.flags = {"--server.threads=1"}});
  known_caller callers[] = {known_caller(telnyx::codec::pcmu), known_caller(telnyx::codec::pcmu),
                            known_caller(telnyx::codec::pcmu)};
  std::vector<std::future<lab::call_outcome>> over;
  over.push_back(running.place(callers[0]));
  REQUIRE(becomes([&] { return running.speech.clients() == 2; }));
  over.push_back(running.place(callers[1]));
  // Whose handshake is done has a number.
  REQUIRE(becomes([&] { return running.speech.accepted() == 6; }));
  const auto before = running.speech.accepted();
  over.push_back(running.place(callers[2]));
  for (auto& each : over) {
    REQUIRE(each.wait_for(patience) == std::future_status::ready);
    CHECK(each.get().ended_by == "caller");
  }
  for (const auto& each : callers) CHECK_FALSE(each.heard.empty());
  // Spares that no call took are gone as well.
  CHECK(running.left().empty());
  CHECK(running.speech.clients() == 0);
  const std::lock_guard guard(running.asked.mutex);
  CHECK(running.asked.sockets.size() == 3);
  for (const auto& [socket, text] : running.asked.sockets) {
    CHECK(socket <= before);
    CHECK(text == "hello there ");
  }
}

TEST_CASE("an engine that ends closes its spares") {
  running_engine running({.flags = {"--server.threads=1"}});
  staying_caller callers[2];
  std::vector<std::future<lab::call_outcome>> over;
  for (auto& each : callers) {
    over.push_back(running.place(each));
    REQUIRE(becomes([&] { return running.speech.clients() >= 2 * over.size(); }));
  }
  REQUIRE(becomes([&] { return running.speech.clients() == 6; }));
  running.engine->signal(SIGTERM);
  CHECK(becomes([&] { return running.speech.clients() == 4; }));
  CHECK(active(running) == 2);
  for (auto& each : callers) each.leaving = true;
  for (auto& each : over) REQUIRE(each.wait_for(patience) == std::future_status::ready);
  CHECK(running.engine->wait_end(30s) == 0);
}

}  // namespace tandem::test
