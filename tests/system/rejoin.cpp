#include "gateway/network/network_client.hpp"
#include "tests/lab/phone.hpp"
#include "tests/system/staying_caller.hpp"

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

const std::string shared_id = "v3:one-call-two-streams";

/// A caller who is silent until asked to speak, and notes whether there was an answer.
class patient_caller final : public lab::person {
 public:
  void speak(moment, lab::frame& out) override {
    out.fill(g711::ulaw_silence);
    if (!speaking) return;
    const auto& speech = known_speech(telnyx::codec::pcmu);
    const auto count = std::min(out.size(), speech.size() - said_);
    std::copy_n(speech.begin() + static_cast<std::ptrdiff_t>(said_), count, out.begin());
    said_ += count;
  }
  void hear(moment, const lab::frame&, bool is_audio) override { answered = answered || is_audio; }
  bool hangs_up(moment) override { return leaving; }

  std::atomic<bool> speaking = false;
  std::atomic<bool> answered = false;
  std::atomic<bool> leaving = false;

 private:
  std::size_t said_ = 0;
};

/// A stream of a call whose carrier does as the test says.
struct stream {
  stream(running_engine& of, std::string call_id) : running(of) {
    running.loops.run([&] {
      lab::line line;
      line.stream_url =
          "ws://127.0.0.1:" + std::to_string(running.port()) + "/telnyx/media/fixed-token-of-the-test";
      line.call_control_id = std::move(call_id);
      phone = std::make_unique<lab::phone>(running.loops.first(), *network, line, caller,
                                           [this](const std::string& why) { over.set_value(why); });
    });
  }
  ~stream() {
    running.loops.run([&] { phone.reset(); });
  }

  /// The connection breaks off.
  void drop() {
    running.loops.run([&] { phone->drop(); });
  }

  std::string end() {
    REQUIRE(is_over.wait_for(patience) == std::future_status::ready);
    return is_over.get();
  }

  running_engine& running;
  std::unique_ptr<link_connector> network = make_link_connector();
  patient_caller caller;
  std::promise<std::string> over;
  std::shared_future<std::string> is_over = over.get_future().share();
  std::unique_ptr<lab::phone> phone;
};

/// A stream that says whose it is, then nothing, and reads nothing: the carrier has lost it.
struct half_open final : link_events {
  half_open(running_engine& of, const std::string& call_id) : running(of), id(call_id) {
    running.loops.run([&] {
      line =
          network->connect(running.loops.first(), {.to = peer::telnyx,
                                                   .url = "ws://127.0.0.1:" + std::to_string(running.port()) +
                                                          "/telnyx/media/fixed-token-of-the-test"});
      line->start(*this);
    });
  }
  ~half_open() { drop(); }

  void on_open() override {
    line->send(R"({"event":"start","stream_id":"s","start":{"call_control_id":")" + id +
               R"(","media_format":{"encoding":"PCMU","sample_rate":8000,"channels":1}}})");
    line->pause_reading(true);
  }
  void on_text(std::span<char>) override {}
  void on_closed(const link_closed&) override {}
  void drop() {
    running.loops.run([&] { line.reset(); });
  }

  running_engine& running;
  std::string id;
  std::unique_ptr<link_connector> network = make_link_connector();
  std::unique_ptr<link> line;
};

double value(running_engine& running, std::string_view name) {
  return lab::metric(running.view->get("/metrics").value_or(""), name);
}

double ended(running_engine& running, const std::string& reason) {
  return value(running, R"(tandem_calls_total{direction="incoming",end_reason=")" + reason + "\"}");
}

/// The call goes on over this stream, and ends with it.
void goes_on(running_engine& running, stream& with) {
  CHECK(active(running) == 1);
  with.caller.speaking = true;
  CHECK(becomes([&] { return with.caller.answered.load(); }));
  CHECK(ended(running, "caller_hung_up") == 0);
  with.caller.leaving = true;
  with.end();
  CHECK(running.left().empty());
  CHECK(ended(running, "caller_hung_up") == 1);
}

}  // namespace

TEST_CASE("a second stream of a call takes it over, and the end of the first one harms neither") {
  running_engine running({});
  SUBCASE("the first one closes at once") {
    stream first(running, shared_id);
    REQUIRE(becomes([&] { return connected(running); }));
    stream second(running, shared_id);
    first.end();
    CHECK(becomes([&] { return active(running) == 1; }));
    goes_on(running, second);
  }
  SUBCASE("the first one does not read, and breaks off later") {
    half_open first(running, shared_id);
    REQUIRE(becomes([&] { return connected(running); }));
    stream second(running, shared_id);
    REQUIRE(becomes([&] { return ended(running, "joined") == 1; }));
    first.drop();
    goes_on(running, second);
  }
  CHECK(ended(running, "joined") == 1);
  CHECK(value(running, "tandem_calls_total") == 2);
}

TEST_CASE("a full node lets a stream that comes back into its call, and nobody else") {
  running_engine running({.flags = {"--limits.max_calls=1"}});
  SUBCASE("after a stream that broke") {
    stream first(running, shared_id);
    REQUIRE(becomes([&] { return connected(running); }));
    CHECK(stream(running, shared_id).end().find("503") != std::string::npos);
    first.drop();
    CHECK(becomes([&] { return value(running, R"(tandem_connections{peer="telnyx"})") == 0; }));
    CHECK(stream(running, "v3:somebody-else").end() == "calls");
    stream second(running, shared_id);
    goes_on(running, second);
  }
  SUBCASE("after a stream that fell silent") {
    half_open first(running, shared_id);
    REQUIRE(becomes([&] { return connected(running); }));
    std::unique_ptr<stream> second;
    CHECK(becomes([&] {
      second = std::make_unique<stream>(running, shared_id);
      return second->is_over.wait_for(1s) == std::future_status::timeout;
    }));
    goes_on(running, *second);
  }
  CHECK(value(running, "tandem_calls_total") == 1);
}

}  // namespace tandem::test
