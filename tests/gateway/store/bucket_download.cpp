#include "tests/gateway/store/bucket_fixture.hpp"

#include <future>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

struct download_fixture : bucket_fixture {
  download_fixture() : all(open(how())) {
    for (int n = 0; content.size() < 2'000'000; ++n) content += std::to_string(n) + ",";
    put("here-1-1", content);
  }

  void put(const std::string& id, const std::string& what) {
    net.on(net.loop(1), [&] {
      store.objects()["tandem/rec/" + id + ".wav"] = {what, "audio/wav", "2026-01-01T00:00:00.000Z"};
      return 0;
    });
  }

  server_answer ask(const std::string& id = "here-1-1", const std::string& range = {}) {
    auto promise = std::make_shared<std::promise<server_answer>>();
    auto made = promise->get_future();
    all->bucket()->answer(id, range, {.status = 404},
                          [promise](server_answer answer) { promise->set_value(std::move(answer)); });
    REQUIRE(made.wait_for(bucket_patience) == std::future_status::ready);
    return made.get();
  }

  static std::string read(const server_answer& from) {
    REQUIRE(from.open);
    std::string text;
    const auto until = std::chrono::steady_clock::now() + bucket_patience;
    while (std::chrono::steady_clock::now() < until) {
      const auto next = from.open->take();
      text += next.text;
      if (next.is_whole && next.text.empty()) return text;
      if (next.text.empty()) std::this_thread::yield();
    }
    return "no end";
  }

  std::string content;
  std::unique_ptr<recordings> all;
};

}  // namespace

TEST_CASE_FIXTURE(download_fixture, "a recording comes out of the bucket whole, piece by piece") {
  const auto made = ask();
  CHECK(made.status == 200);
  CHECK(made.content_type == "audio/wav");
  CHECK(made.open_length == content.size());
  CHECK((read(made) == content));
  CHECK(asked("GET") == 4);
}

TEST_CASE_FIXTURE(download_fixture, "a part of it comes for a range, and 416 for one beyond its end") {
  const auto some = ask("here-1-1", "bytes=1000-1499");
  CHECK(some.status == 206);
  CHECK(read(some) == content.substr(1000, 500));
  CHECK(some.headers.back().second == "bytes 1000-1499/" + std::to_string(content.size()));
  CHECK((read(ask("here-1-1", "bytes=-700000")) == content.substr(content.size() - 700'000)));
  CHECK(ask("here-1-1", "bytes=99999999-").status == 416);
}

TEST_CASE_FIXTURE(download_fixture, "what is not there is missing, an empty one is empty") {
  CHECK(ask("here-1-2").status == 404);
  put("here-1-3", "");
  CHECK(read(ask("here-1-3")).empty());
}

TEST_CASE_FIXTURE(download_fixture,
                  "a store that does not answer gives 503, one that stops in between cuts off") {
  refuse("HEAD", 500);
  CHECK(ask().status == 503);
  refuse("HEAD", 0);
  const auto made = ask();
  refuse("GET", 500);
  CHECK(read(made).size() < content.size());
}

TEST_CASE_FIXTURE(download_fixture, "a client that leaves, and an engine that ends, stop it") {
  { const auto left = ask(); }
  const auto made = ask();
  all.reset();
  CHECK(read(made).size() < content.size());
}

}  // namespace tandem::test
