#include "actors/stream_watch.hpp"

#include "actors/media/audio_path.hpp"
#include "tests/actors/fixture.hpp"

#include <string>
#include <vector>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// A call that the engine does not control: no stream is asked for, but one has to come.
struct watch_fixture : fixture, leg_owner {
  void send_command(carrier_command, std::function<void(const command_outcome&)>) override {}
  timer after(std::chrono::nanoseconds wait, std::function<void()> call) override {
    return host.at(host.now() + wait, std::move(call));
  }
  moment now() const override { return host.now(); }
  void leg_named(const std::string&) override {}
  void leg_answered() override {}
  void leg_over(std::string_view) override {}
  void transfer_failed() override {}
  void machine_heard(bool, bool) override {}
  void caller_held(bool) override {}
  void leg_noted(std::string_view, std::string_view) override {}

  /// Frames come all the time; the caller is silent.
  void pass(std::chrono::seconds wait) {
    for (auto left = wait * 2; left > 0s; left -= 1s) {
      host.advance(500ms);
      path.frame.note(host.now());
    }
  }

  std::vector<std::string> told;
  audio_path path;
  carrier_leg leg{*this, {}, settings, shared};
  stream_watch watch{*this,
                     leg,
                     path,
                     settings.limits,
                     {[this](std::string_view reason) {
                        told.emplace_back(reason);
                        watch.stop();
                      },
                      [this](bool missed) { told.emplace_back(missed ? "missed" : "there"); },
                      [this] { told.emplace_back("silent"); }}};
};

using facts = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(watch_fixture, "a stream that does not come in time ends the call") {
  watch.await();
  host.advance(14s);
  CHECK(told.empty());
  host.advance(1s);
  CHECK(told == facts{std::string(leg.no_stream())});
}

TEST_CASE_FIXTURE(watch_fixture, "a stream without frames is missed after a second and over after ten") {
  watch.await();
  watch.began();
  CHECK(watch.has_begun());
  pass(20s);
  CHECK(told.empty());
  host.advance(2s);
  CHECK(told == facts{"missed"});
  host.advance(10s);
  CHECK(told == facts{"missed", "silent", "no_media"});
}

TEST_CASE_FIXTURE(watch_fixture, "a stream that falls silent and goes on is there again") {
  watch.began();
  host.advance(3s);
  pass(5s);
  CHECK(told == facts{"missed", "there"});
}

TEST_CASE_FIXTURE(watch_fixture, "a call in which nobody says anything for a minute is over") {
  watch.began();
  pass(59s);
  CHECK(told.empty());
  path.reply.note(host.now());
  pass(58s);
  CHECK(told.empty());
  pass(3s);
  CHECK(told == facts{"caller_silent"});
}

TEST_CASE_FIXTURE(watch_fixture,
                  "a silence that was expected counts from its end, and so do missing frames") {
  watch.began();
  watch.expect_silence(300s, false);
  pass(359s);
  CHECK(told.empty());
  pass(2s);
  CHECK(told == facts{"caller_silent"});
}

TEST_CASE_FIXTURE(watch_fixture, "frames that nobody promised are not missed until they are") {
  watch.began();
  watch.expect_silence(300s, true);
  host.advance(200s);
  CHECK(told == facts{"missed"});
  watch.expect_silence(0s, true);
  host.advance(3s);
  CHECK(told == facts{"missed"});
  host.advance(6s);
  CHECK(told == facts{"missed", "silent"});
  host.advance(2s);
  CHECK(told == facts{"missed", "silent", "no_media"});
}

TEST_CASE_FIXTURE(watch_fixture, "a stream that is lost is missed until another begins") {
  watch.began();
  watch.lost();
  host.advance(60s);
  CHECK(told == facts{"missed"});
  watch.began();
  CHECK(told == facts{"missed", "there"});
}

TEST_CASE_FIXTURE(watch_fixture, "after the silence of a transfer frames are counted anew") {
  watch.began();
  host.advance(8s);
  watch.count_anew();
  host.advance(8s);
  CHECK(told == facts{"missed", "silent", "silent"});
  host.advance(4s);
  CHECK(told.back() == "no_media");
}

}  // namespace tandem::test
