#include "tests/system/plain_socket.hpp"
#include "tests/system/staying_caller.hpp"

#include <deque>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// Asks over an open connection, and gives the answer once all of it is there.
std::string ask(plain_socket& line, const std::string& path) {
  constexpr std::string_view length = "Content-Length: ";
  line.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  std::string answer;
  for (;;) {
    const auto piece = line.read_some();
    REQUIRE_FALSE(piece.empty());
    answer += piece;
    const auto end = answer.find("\r\n\r\n");
    const auto told = answer.find(length);
    if (end == answer.npos || told > end) continue;
    if (answer.size() >= end + 4 + std::stoul(answer.substr(told + length.size()))) return answer;
  }
}

}  // namespace

TEST_CASE("the API answers whatever is asked while many calls run") {
  std::deque<staying_caller> callers(many_calls);
  running_engine running(
      {.flags = {"--limits.silence_seconds=600", "--limits.max_calls=" + std::to_string(many_calls + 1)}});
  std::vector<std::future<lab::call_outcome>> over;
  for (auto& each : callers) over.push_back(running.place(each));
  REQUIRE(becomes([&] { return active(running) == many_calls; }));
  REQUIRE(becomes([&] { return connected(running); }));
  const auto call = "/v1/calls/" + running.view->newest_call().id;
  plain_socket line(running.engine->admin_port());
  const std::string paths[] = {"/v1/calls", "/v1/calls?state=connected&limit=20", call, call + "/transcript",
                               "/readyz"};
  for (const auto& path : paths) {
    CAPTURE(path);
    std::vector<clock::duration> took;
    for (int i = 0; i < 51; ++i) {
      const auto asked = clock::now();
      REQUIRE(ask(line, path).starts_with("HTTP/1.1 200"));
      took.push_back(clock::now() - asked);
      std::promise<void>().get_future().wait_for(10ms);
    }
    std::ranges::nth_element(took, took.begin() + 25);
    MESSAGE(path << " median " << std::chrono::duration<double, std::milli>(took[25]).count() << " ms");
  }
  CHECK(active(running) == many_calls);
  for (auto& each : callers) each.leaving = true;
  for (auto& each : over) REQUIRE(each.wait_for(patience) == std::future_status::ready);
  CHECK(running.left().empty());
}

}  // namespace tandem::test
