#include "gateway/store/sql_session.hpp"
#include "tests/gateway/store/postgres_server.hpp"
#include "tests/system/plain_socket.hpp"
#include "tests/system/rude_carrier.hpp"
#include "tests/system/shown_metrics.hpp"
#include "tests/system/staying_caller.hpp"

#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/resource.h>
#include <time.h>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// Looks at what PostgreSQL's connections do, on one of its own.
class activity {
 public:
  explicit activity(const std::string& url) : session_(url + "&application_name=test") {}

  /// The engine's connections, or those of them for which this holds too.
  double count(const std::string& condition = "true") {
    int found = 0;
    session_.sql << "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                    "application_name = 'tandem' AND " +
                        condition,
        soci::into(found);
    return found;
  }
  double at_work() { return count("state <> 'idle'"); }

 private:
  sql_session session_;
};

std::string proc(pid_t process, const std::string& file) {
  return "/proc/" + std::to_string(process) + "/" + file;
}

double resident(pid_t process) {
  std::ifstream sizes(proc(process, "statm"));
  double total = 0, pages = 0;
  sizes >> total >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double cpu_seconds(pid_t process) {
  clockid_t clock{};
  REQUIRE(clock_getcpuclockid(process, &clock) == 0);
  timespec used{};
  REQUIRE(clock_gettime(clock, &used) == 0);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

double open_files(pid_t process) {
  const std::filesystem::directory_iterator all(proc(process, "fd"));
  return static_cast<double>(std::distance(begin(all), end(all)));
}

/// A frame of silence.
std::string media(int chunk) {
  return R"({"event":"media","media":{"track":"inbound","chunk":")" + std::to_string(chunk) +
         R"(","payload":")" + std::string(212, '/') + "/w==\"}}";
}

}  // namespace

TEST_CASE("the store's connections are as many as PostgreSQL has, and as many of them at work" *
          doctest::skip(!postgres_server::installed())) {
  constexpr std::size_t readers = 6;
  const std::string path = "/v1/calls?state=ended";
  postgres_server server;
  const auto url = server.make_database();
  const temporary_folder folder;
  running_engine running({.flags = {"--store.url=" + url, "--store.journal=" + folder.path()}});
  activity seen(url);
  const auto is_so = [&](double at_work) {
    const shown_metrics shown(running);
    return shown("tandem_store_pool_in_use") == at_work && seen.at_work() == at_work &&
           shown(R"(tandem_connections{peer="store"})") == seen.count();
  };
  REQUIRE(becomes([&] { return running.view->get(path).value_or("").ends_with(R"("cursor":null})"); }));
  CHECK(becomes([&] { return is_so(0); }));

  sql_session holder(url + "&application_name=test");
  soci::transaction held(holder.sql);
  holder.sql << "LOCK TABLE calls IN ACCESS EXCLUSIVE MODE";
  std::deque<plain_socket> asking;
  for (std::size_t n = 0; n < readers; ++n) {
    asking.emplace_back(running.engine->admin_port());
    asking.back().send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  CHECK(becomes([&] { return is_so(readers); }));
  held.rollback();
  for (auto& each : asking) CHECK(each.read_some().starts_with("HTTP/1.1 200"));
  CHECK(becomes([&] { return is_so(0); }));
  CHECK(shown_metrics(running)("tandem_store_errors_total") == 0);
}

TEST_CASE("the metrics say of their process what the system says") {
  running_engine running({});
  const auto process = running.engine->pid();
  const auto agree = [&] {
    const auto cpu = cpu_seconds(process);
    const shown_metrics now(running);
    CHECK(now("process_cpu_seconds_total") >= cpu - 1e-6);
    CHECK(now("process_cpu_seconds_total") <= cpu_seconds(process) + 1e-6);
    // These come and go between two looks.
    CHECK(becomes([&] { return shown_metrics(running)("process_open_fds") == open_files(process); }));
    CHECK(becomes([&] {
      const auto before = resident(process);
      const auto shown = shown_metrics(running)("process_resident_memory_bytes");
      return before <= shown && shown <= resident(process);
    }));
  };
  agree();
  rlimit files{};
  REQUIRE(prlimit(process, RLIMIT_NOFILE, nullptr, &files) == 0);
  CHECK(shown_metrics(running)("process_max_fds") == static_cast<double>(files.rlim_cur));

  staying_caller callers[3];
  std::vector<std::future<lab::call_outcome>> over;
  for (auto& each : callers) over.push_back(running.place(each));
  REQUIRE(becomes([&] { return shown_metrics(running)(R"(tandem_connections{peer="scribe"})") == 3; }));
  agree();
  std::size_t calls = 0;
  running.loops.run([&] { calls = running.telnyx.calls(); });
  CHECK(active(running) == static_cast<double>(calls));
  for (const std::string kind : {"call", "ingress", "scribe", "dialogue", "speech"}) {
    CAPTURE(kind);
    CHECK(shown_metrics(running)("tandem_actors{kind=\"" + kind + "\"}") == static_cast<double>(calls));
  }
  for (auto& each : callers) each.leaving = true;
  for (auto& each : over) REQUIRE(each.wait_for(patience) == std::future_status::ready);
  CHECK(running.left().empty());
  CHECK(shown_metrics(running)("tandem_actor_failures_total") == 0);
}

TEST_CASE("frames that the carrier sends twice, too late or not at all are counted as such") {
  running_engine running({});
  std::vector<std::string> sayings{
      start_of("of-frames", R"({"encoding":"PCMU","sample_rate":8000,"channels":1})")};
  // 10 comes twice, 11 and 12 never, 15 before 14, and 18 behind many others.
  for (const int chunk :
       {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 13, 15, 14, 16, 17, 19, 20, 21, 22, 23, 24, 25, 26, 18})
    sayings.push_back(media(chunk));
  const auto network = make_link_connector();
  rude_carrier carrier(
      running.loops, *network,
      "ws://127.0.0.1:" + std::to_string(running.port()) + "/telnyx/media/fixed-token-of-the-test", sayings);
  CHECK(carrier.wait());
  CHECK(becomes([&] { return shown_metrics(running)("tandem_calls_total") == 1; }));
  CHECK(running.left().empty());
  const shown_metrics shown(running);
  const auto inbound = [&](const std::string& outcome) {
    return shown(R"(tandem_audio_frames_total{direction="inbound",outcome=")" + outcome + "\"}");
  };
  CHECK(inbound("ok") == 23);
  CHECK(inbound("late") == 2);
  CHECK(inbound("lost") == 3);
  CHECK(inbound("dropped") == 0);
}

}  // namespace tandem::test
