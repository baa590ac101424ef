#include "actors/media/distant_link.hpp"

#include "tests/actors/fixture.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tandem::test {

namespace {

struct owner final : link_events {
  void on_open() override { ++opened; }
  void on_text(std::span<char> text) override { texts.emplace_back(text.begin(), text.end()); }
  void on_writable() override { ++writable; }
  void on_closed(const link_closed& how) override { ends.push_back(how.code); }
  int opened = 0;
  int writable = 0;
  std::vector<std::string> texts;
  std::vector<unsigned> ends;
};

/// A link on `far`, brought to `host`.
struct distant_fixture : fixture {
  distant_fixture() {
    subject = bring_link(std::make_shared<fake_link>(far, peer), host);
    subject->start(events);
    run();
  }
  ~distant_fixture() {
    subject.reset();
    run();
  }

  void run() {
    for (int i = 0; i < 5; ++i) {
      far.run();
      host.run();
    }
  }

  test_loop far{system};
  std::shared_ptr<fake_peer> peer = std::make_shared<fake_peer>();
  owner events;
  std::shared_ptr<link> subject;
};

}  // namespace

TEST_CASE_FIXTURE(distant_fixture,
                  "a distant link is at home where it was brought, and everything crosses in order") {
  CHECK(&subject->home() == &host);
  peer->open();
  peer->text("one");
  peer->text("two");
  CHECK(events.texts.empty());
  run();
  CHECK(events.opened == 1);
  CHECK(events.texts == std::vector<std::string>{"one", "two"});
  CHECK(subject->send("a"));
  CHECK(subject->send("b"));
  CHECK(peer->sent.empty());
  run();
  CHECK(peer->sent == std::vector<std::string>{"a", "b"});
  CHECK(subject->queued_bytes() == 0);
  subject->close(1000, "bye");
  run();
  CHECK(peer->closed_with == 1000);
  peer->close(1000, "");
  run();
  CHECK(events.ends == std::vector<unsigned>{1000});
}

TEST_CASE_FIXTURE(distant_fixture,
                  "a distant link that is let go ends on its own loop, and nobody hears of it") {
  peer->text("too late");
  subject.reset();
  host.run();
  CHECK_FALSE(peer->dropped);
  far.run();
  CHECK(peer->dropped);
  host.run();
  CHECK(events.texts.empty());
}

TEST_CASE_FIXTURE(distant_fixture, "an owner's loop that lags stops the reading, not the memory") {
  std::size_t sent = 0;
  while (!peer->paused && sent < 1000) {
    peer->text(std::to_string(sent++));
    far.run();
  }
  CHECK(sent < 100);
  CHECK(events.texts.empty());
  run();
  CHECK(events.texts.size() == sent);
  CHECK_FALSE(peer->paused);
  subject->pause_reading(true);
  run();
  CHECK(peer->paused);
  peer->text("more");
  run();
  CHECK(peer->paused);
  subject->pause_reading(false);
  run();
  CHECK_FALSE(peer->paused);
}

TEST_CASE_FIXTURE(distant_fixture, "a full link says so, and says when it takes more") {
  peer->writable = false;
  subject->send("full");
  run();
  CHECK_FALSE(subject->send("more"));
  run();
  CHECK(events.writable == 0);
  peer->writable = true;
  peer->events->on_writable();
  run();
  CHECK(events.writable == 1);
  CHECK(subject->send("again"));
  // What waits for the other loop counts as well.
  const std::string large(100'000, 'x');
  int taken = 0;
  while (subject->send(large) && taken < 100) ++taken;
  CHECK(taken < 4);
  run();
  CHECK(events.writable == 2);
  CHECK(subject->send("again"));
  run();
}

}  // namespace tandem::test
