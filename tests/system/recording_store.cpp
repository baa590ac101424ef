#include "protocols/audio/wav.hpp"
#include "tests/lab/s3_server.hpp"
#include "tests/system/control_fixture.hpp"

#include <filesystem>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// A store like S3, and what an engine needs to keep its recordings there.
struct store_side {
  store_side() : server(loops.first(), options()) { server.start(); }

  lab::s3_server_options options() {
    lab::s3_server_options out;
    out.fault = [this](const server_request& request) -> std::optional<server_answer> {
      if (!is_away || request.head.method != "PUT") return std::nullopt;
      return server_answer{.status = 503, .body = "<Error><Code>SlowDown</Code></Error>"};
    };
    return out;
  }

  std::vector<std::string> flags() const {
    return {"--store.recordings=s3://calls/tandem",
            "--store.recordings_folder=" + waiting(),
            "--store.s3_endpoint=http://127.0.0.1:" + std::to_string(server.port()),
            "--store.s3_region=lab-1",
            "--store.s3_access_key=lab",
            "--store.s3_secret_key=secret-of-the-lab"};
  }

  std::string waiting() const { return folder / "waiting"; }

  std::map<std::string, lab::s3_server::object> objects() {
    std::map<std::string, lab::s3_server::object> all;
    loops.run([&] { all = server.objects(); });
    return all;
  }

  temporary_folder folder;
  std::atomic<bool> is_away = false;
  lab::lab_loops loops;
  lab::s3_server server;
};

/// Stays for a second of the line.
class brief_caller final : public lab::person {
 public:
  void speak(moment, lab::frame& out) override {
    out.fill(0xFF);
    ++frames_;
  }
  void hear(moment, const lab::frame&, bool) override {}
  bool hangs_up(moment) override { return frames_ >= 50; }

 private:
  unsigned frames_ = 0;
};

/// A caller comes and leaves; the call's id.
std::string one_call(controlled_engine& it) {
  brief_caller caller;
  auto over = it.running.place(caller);
  REQUIRE(becomes([&] { return !it.running.view->newest_call().id.empty(); }));
  const auto id = it.running.view->newest_call().id;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  REQUIRE(it.becomes_text(id, "state", "ended"));
  return id;
}

std::string key_of(const std::string& id) { return "tandem/" + id + ".wav"; }

}  // namespace

TEST_CASE("a recording goes to the store, comes from there through the API, and goes with its caller") {
  store_side store;
  controlled_engine it({}, store.flags());
  const auto id = one_call(it);
  REQUIRE(becomes([&] { return store.objects().contains(key_of(id)); }));
  REQUIRE(becomes([&] { return std::filesystem::is_empty(store.waiting()); }));
  const auto stored = store.objects().at(key_of(id)).content;
  const auto path = "/v1/calls/" + id + "/recording";
  const auto whole = it.api("GET", path);
  CHECK(whole.status == 200);
  CHECK(header(whole, "content-type") == "audio/wav");
  CHECK((whole.body == stored));
  CHECK(wav::read(std::span(reinterpret_cast<const std::uint8_t*>(stored.data()), stored.size())));
  const auto part = it.api("GET", path, {}, {{"Range", "bytes=4-11"}});
  CHECK(part.status == 206);
  CHECK(part.body == stored.substr(4, 8));
  CHECK(it.api("GET", path, {}, {{"Range", "bytes=99999999-"}}).status == 416);
  CHECK(it.api("DELETE", "/v1/callers/+13125550100").status == 200);
  CHECK(store.objects().empty());
  CHECK(it.api("GET", path).status == 404);
  CHECK(it.running.left().empty());
  const auto metrics = it.running.view->get("/metrics").value_or("");
  CHECK(lab::metric(metrics, "tandem_recordings_uploaded_total") == 1);
}

TEST_CASE("what a killed engine could not upload is had from the folder, and uploaded by its next start") {
  store_side store;
  store.is_away = true;
  controlled_engine it({}, store.flags());
  const auto id = one_call(it);
  const auto path = "/v1/calls/" + id + "/recording";
  REQUIRE(becomes([&] {
    return lab::metric(it.running.view->get("/metrics").value_or(""),
                       "tandem_recording_upload_failures_total") >= 1;
  }));
  const auto kept = it.api("GET", path);
  CHECK(kept.status == 200);
  it.kill();
  store.is_away = false;
  it.running.start_again();
  REQUIRE(becomes([&] { return store.objects().contains(key_of(id)); }));
  CHECK((store.objects().at(key_of(id)).content == kept.body));
  REQUIRE(becomes([&] { return std::filesystem::is_empty(store.waiting()); }));
  CHECK((it.api("GET", path).body == kept.body));
}

TEST_CASE("an engine that is stopped uploads what is finished before it goes") {
  store_side store;
  controlled_engine it({}, store.flags());
  brief_caller caller;
  auto over = it.running.place(caller);
  REQUIRE(becomes([&] { return connected(it.running); }));
  const auto id = it.running.view->newest_call().id;
  it.running.engine->signal(SIGTERM);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(it.running.engine->wait_end(60s) == 0);
  CHECK(store.objects().contains(key_of(id)));
  CHECK(std::filesystem::is_empty(store.waiting()));
}

}  // namespace tandem::test
