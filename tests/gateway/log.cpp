#include "gateway/log.hpp"

#include "gateway/repeated_lines.hpp"
#include "protocols/json.hpp"
#include "tests/gateway/temporary_file.hpp"

#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

using namespace tandem;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

/// What is written while `act` runs with a log of this level and format.
template <class action>
lines logged(const std::string& level, const std::string& format, action act) {
  const temporary_file file;
  const int to = open(file.path().c_str(), O_WRONLY | O_APPEND);
  REQUIRE(to >= 0);
  {
    const process_log log({level, format}, to);
    act();
  }
  close(to);
  lines all;
  std::istringstream in(read_file(file.path()));
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

struct line_members {
  std::string time, level, message, lines;
};

line_members members_of(std::string line) {
  json::document parsed;
  REQUIRE(parsed.parse(line) == json::fault::none);
  return {std::string(json::text_or(parsed.root(), "time")),
          std::string(json::text_or(parsed.root(), "level")),
          std::string(json::text_or(parsed.root(), "message")),
          std::string(json::text_or(parsed.root(), "lines"))};
}

bool is_rfc3339(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return c >= '0' && c <= '9'; }, 'd');
  return text == "dddd-dd-ddTdd:dd:dd.dddZ";
}

/// A pipe that nobody reads, or somebody.
struct pipe_ends {
  pipe_ends() { REQUIRE(pipe(ends) == 0); }
  ~pipe_ends() {
    close(ends[0]);
    close(ends[1]);
  }
  int ends[2];
};

}  // namespace

TEST_CASE("a line of text has time, level and message") {
  const auto all = logged("info", "text", [] {
    spdlog::info("call started id={}", 7);
    spdlog::warn("slow");
    spdlog::error("bad");
    spdlog::critical("worse");
  });
  REQUIRE(all.size() == 4);
  CHECK(is_rfc3339(all[0].substr(0, 24)));
  CHECK(all[0].substr(24) == " info  call started id=7");
  CHECK(all[1].substr(24) == " warn  slow");
  CHECK(all[2].substr(24) == " error bad");
  CHECK(all[3].substr(24) == " critical worse");
}

TEST_CASE("a line of JSON has time, level and message") {
  const auto all = logged("debug", "json", [] {
    spdlog::debug("a \"quoted\" \\ word\n\t\x01 and ü");
    spdlog::warn("broken \xff\xc3 bytes");
  });
  REQUIRE(all.size() == 2);
  const auto first = members_of(all[0]);
  CHECK(is_rfc3339(first.time));
  CHECK(first.level == "debug");
  CHECK(first.message == "a \"quoted\" \\ word\n\t\x01 and ü");
  const auto second = members_of(all[1]);
  CHECK(second.level == "warn");
  CHECK(second.message.starts_with("broken \xef\xbf\xbd"));
  CHECK(second.message.ends_with(" bytes"));
}

TEST_CASE("what a line says by name are members of its JSON") {
  const auto all = logged("info", "json", [] {
    spdlog::info("call ended id={} from={} reason=\"{}\" seconds={:.1f}", "n-1", "", "hung up", 2.5);
    spdlog::info("call ended id=1 why=two words");
    spdlog::info("id=1");
    spdlog::info("said level=high");
    spdlog::info("said a=1 a=2");
    spdlog::info("said a=\"open");
  });
  REQUIRE(all.size() == 6);
  CHECK(
      all[0].ends_with(R"("message":"call ended","id":"n-1","from":"","reason":"hung up","seconds":"2.5"})"));
  CHECK(all[1].ends_with(R"("message":"call ended id=1 why=two words"})"));
  CHECK(all[2].ends_with(R"("message":"id=1"})"));
  CHECK(all[3].ends_with(R"("message":"said level=high"})"));
  CHECK(all[4].ends_with(R"("message":"said a=1 a=2"})"));
  CHECK(all[5].ends_with(R"("message":"said a=\"open"})"));
}

TEST_CASE("nobody forges a line of text") {
  const auto all =
      logged("info", "text", [] { spdlog::info("from={}", "x\n2026-05-01 info  forged\r\x1b[2J\x7f"); });
  REQUIRE(all.size() == 1);
  CHECK(all[0].ends_with(R"(from=x\n2026-05-01 info  forged\x0d\x1b[2J\x7f)"));
}

TEST_CASE("what is below the level is not written") {
  const auto say_all = [] {
    spdlog::trace("t");
    spdlog::debug("d");
    spdlog::info("i");
    spdlog::warn("w");
    spdlog::error("e");
  };
  CHECK(logged("trace", "text", say_all).size() == 5);
  CHECK(logged("warn", "text", say_all).size() == 2);
  CHECK(logged("off", "text", say_all).empty());
}

TEST_CASE("the level changes while the log runs") {
  const auto all = logged("info", "text", [] {
    spdlog::debug("hidden");
    change_log({"debug", "text"});
    spdlog::debug("shown");
    change_log({"error", "text"});
    spdlog::warn("hidden");
  });
  REQUIRE(all.size() == 1);
  CHECK(all[0].ends_with("shown"));
}

TEST_CASE("the end of the log writes what is queued") {
  const auto all = logged("info", "text", [] {
    for (std::size_t i = 0; i < process_log::queue_bound / 2; ++i) spdlog::info("line {}", i);
  });
  REQUIRE(all.size() == process_log::queue_bound / 2);
  for (std::size_t i = 0; i < all.size(); ++i) CHECK(all[i].ends_with("line " + std::to_string(i)));
}

TEST_CASE("a flush waits until what was logged is written") {
  const temporary_file file;
  const int to = open(file.path().c_str(), O_WRONLY | O_APPEND);
  const process_log log({"info", "text"}, to);
  for (int round = 1; round <= 3; ++round) {
    spdlog::info("round {}", round);
    REQUIRE(flush_log(10s));
    CHECK(read_file(file.path()).ends_with("round " + std::to_string(round) + "\n"));
  }
  close(to);
}

TEST_CASE("a reader that does not read stops nobody") {
  const pipe_ends pipe;
  const auto start = std::chrono::steady_clock::now();
  {
    const process_log log({"info", "text"}, pipe.ends[1]);
    const std::string long_text(1000, 'x');
    for (int i = 0; i < 20000; ++i) spdlog::info(long_text);
    CHECK(std::chrono::steady_clock::now() - start < 5s);
    CHECK(flush_log(10s));
  }
  CHECK(std::chrono::steady_clock::now() - start < 10s);
}

TEST_CASE("lines that were lost are counted, and none is torn") {
  const pipe_ends pipe;
  fcntl(pipe.ends[0], F_SETFL, O_NONBLOCK);
  std::string read_back;
  const auto read_all = [&] {
    char piece[65536];
    for (ssize_t got; (got = read(pipe.ends[0], piece, sizeof piece)) > 0;) {
      read_back.append(piece, static_cast<std::size_t>(got));
    }
  };
  std::size_t sent = 0;
  {
    const process_log log({"info", "json"}, pipe.ends[1]);
    for (; sent < 200; ++sent) spdlog::info("{} {}", sent, std::string(5000, 'x'));
    REQUIRE(flush_log(20s));
    read_all();
    spdlog::info("after");
    ++sent;
    REQUIRE(flush_log(20s));
  }
  read_all();
  std::size_t whole = 0, torn = 0, lost = 0;
  std::istringstream in(read_back);
  for (std::string line; std::getline(in, line);) {
    if (!line.ends_with('}')) {
      ++torn;
      continue;
    }
    const auto said = members_of(line);
    if (said.message == "log lost") {
      lost += std::stoul(said.lines);
    } else {
      ++whole;
    }
  }
  CHECK(lost > 100);
  CHECK(torn <= 1);
  CHECK(whole + lost == sent);
}

TEST_CASE("a descriptor that is gone does no harm") {
  pipe_ends pipe;
  const process_log log({"info", "text"}, 1'000'000);
  spdlog::info("into nothing");
  CHECK(flush_log(10s));
}

TEST_CASE("a failure that repeats does not fill the log, and nothing of it is hidden") {
  const auto lines = logged("info", "text", [] {
    for (int i = 0; i < 500; ++i) spdlog::error("provider failed call={} why=\"gone\"", i);
    for (int i = 0; i < 50; ++i) spdlog::info("call started id={}", i);
  });
  const auto count = [&](std::string_view text) {
    return std::ranges::count_if(lines, [&](const auto& line) { return line.find(text) != line.npos; });
  };
  CHECK(count("provider failed call=") == static_cast<long>(repeated_lines::most));
  CHECK(count("call started") == 50);
  CHECK(count(R"(log held lines back count=490 like="provider failed")") == 1);
}
