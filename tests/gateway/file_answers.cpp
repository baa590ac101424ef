#include "gateway/file_answers.hpp"

#include "tests/temporary_folder.hpp"

#include <chrono>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 30s;

struct files_fixture {
  files_fixture() {
    for (int n = 0; content.size() < 1'000'000; ++n) content += std::to_string(n) + ",";
    std::ofstream(folder / "a", std::ios::binary) << content;
  }

  server_answer ask(const std::string& range = {}, const std::string& name = "a") {
    std::promise<server_answer> promise;
    files.answer(folder / name, "text/plain", range,
                 [&](server_answer made) { promise.set_value(std::move(made)); });
    auto made = promise.get_future();
    REQUIRE(made.wait_for(patience) == std::future_status::ready);
    return made.get();
  }

  /// What a client gets of an open body; never more than so much at once waits for it.
  static std::string read(const server_answer& from) {
    REQUIRE(from.open);
    std::string all;
    const auto until = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < until) {
      const auto next = from.open->take();
      CHECK(next.text.size() <= 256 * 1024);
      all += next.text;
      if (next.is_whole && next.text.empty()) return all;
      if (next.text.empty()) std::this_thread::yield();
    }
    return "no end";
  }

  static std::string header(const server_answer& from, const std::string& name) {
    for (const auto& [each, value] : from.headers) {
      if (each == name) return value;
    }
    return {};
  }

  temporary_folder folder;
  std::string content;
  file_answers files;
};

}  // namespace

TEST_CASE_FIXTURE(files_fixture, "a file comes whole, in pieces, with its length") {
  const auto made = ask();
  CHECK(made.status == 200);
  CHECK(made.content_type == "text/plain");
  CHECK(made.open_length == content.size());
  CHECK(header(made, "Accept-Ranges") == "bytes");
  CHECK(read(made) == content);
}

TEST_CASE_FIXTURE(files_fixture, "a range of it comes as a part") {
  const auto size = content.size();
  const struct {
    std::string range;
    std::size_t begin;
    std::size_t end;
  } cases[] = {
      {"bytes=0-0", 0, 1},          {"bytes=10-19", 10, 20},      {"bytes=500000-", 500'000, size},
      {"bytes=-7", size - 7, size}, {"bytes=-99999999", 0, size}, {"bytes=999990-99999999", 999'990, size},
  };
  for (const auto& each : cases) {
    CAPTURE(each.range);
    const auto made = ask(each.range);
    CHECK(made.status == 206);
    CHECK(header(made, "Content-Range") == "bytes " + std::to_string(each.begin) + "-" +
                                               std::to_string(each.end - 1) + "/" + std::to_string(size));
    CHECK(made.open_length == each.end - each.begin);
    CHECK(read(made) == content.substr(each.begin, each.end - each.begin));
  }
}

TEST_CASE_FIXTURE(files_fixture,
                  "what is no single range gets the whole, what lies beyond the end gets 416") {
  for (const auto* range : {"bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=0-1,3-4", "lines=1-2",
                            "bytes=1", "bytes=1-2x", "bytes=-1-2"}) {
    CAPTURE(range);
    const auto made = ask(range);
    CHECK(made.status == 200);
    CHECK(made.open_length == content.size());
  }
  for (const auto* range : {"bytes=99999999-", "bytes=-0"}) {
    CAPTURE(range);
    const auto made = ask(range);
    CHECK(made.status == 416);
    CHECK(header(made, "Content-Range") == "bytes */" + std::to_string(content.size()));
  }
}

TEST_CASE_FIXTURE(files_fixture, "a file that is not there is not found") {
  CHECK(ask({}, "b").status == 404);
  std::promise<std::string> elsewhere;
  files.answer(
      folder / "b", "text/plain", {}, [&](const server_answer&) { elsewhere.set_value("here"); },
      [&] { elsewhere.set_value("elsewhere"); });
  CHECK(elsewhere.get_future().get() == "elsewhere");
}

TEST_CASE_FIXTURE(files_fixture, "a client that leaves takes nothing along") {
  { const auto made = ask(); }
  CHECK(read(ask()) == content);
}

TEST_CASE_FIXTURE(files_fixture, "many may read at once") {
  std::vector<server_answer> all;
  for (int n = 0; n < 20; ++n) all.push_back(ask("bytes=" + std::to_string(n * 1000) + "-"));
  for (std::size_t n = 0; n < all.size(); ++n) CHECK(read(all[n]) == content.substr(n * 1000));
}
