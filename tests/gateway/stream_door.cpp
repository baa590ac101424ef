#include "gateway/stream_door.hpp"

#include "gateway/network/asio_loop.hpp"
#include "gateway/portal.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include <caf/all.hpp>
#include <doctest/doctest.h>

namespace tandem::test {

namespace {

/// A stream whose handshake fails once it may come in.
class broken_upgrade final : public upgrade {
 public:
  explicit broken_upgrade(asio_loop& home) : home_(home) {}

  const request_head& head() const override { return head_; }
  asio_loop& home() override { return home_; }
  bool can_move() const override { return true; }
  void refuse(server_answer) override { FAIL("refused"); }
  void accept(asio_loop&, const bounds&, std::function<void(std::shared_ptr<link>)> done) override {
    done(nullptr);
  }

 private:
  asio_loop& home_;
  request_head head_;
};

struct config : caf::actor_system_config {
  config() {
    add_message_types<caf::id_block::tandem>();
    set("scheduler.policy", caf::atom("sharing")).set("scheduler.max-threads", 1);
  }
};

constexpr std::chrono::seconds patience{20};

/// Why whoever was to take such a stream is told to end.
std::string told_of(const open_stream& question) {
  config settings;
  caf::actor_system system{settings};
  asio_loop home(system, 0);
  home.start();
  std::promise<std::string> told;
  auto reason = told.get_future();
  {
    // With arguments, since CAF binds a reference to nothing when it starts a function that takes none.
    const auto taker = system.spawn(
        [](caf::event_based_actor* self, std::promise<std::string>* to) -> caf::behavior {
          return {[self, to](const end_call& wish) {
            to->set_value(wish.reason);
            self->quit();
          }};
        },
        &told);
    const auto node = system.spawn(
        [](caf::event_based_actor*, const caf::actor& given) -> caf::behavior {
          return {[given](const open_stream&) {
            return stream_ruling{.taker = caf::actor_cast<stream_taker>(given)};
          }};
        },
        taker);
    const portal ask(home);
    auto context = std::make_shared<route_context>();
    context->loops = {&home};
    context->node = caf::actor_cast<node_actor>(node);
    context->ask = &ask;
    admit_stream(context, std::make_shared<broken_upgrade>(home), question);
    if (reason.wait_for(patience) != std::future_status::ready) told.set_value("nothing");
    caf::anon_send_exit(taker, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(node, caf::exit_reason::user_shutdown);
  }
  home.stop();
  return reason.get();
}

}  // namespace

TEST_CASE("who waits for a stream that named no call learns that it did not come, whoever that is") {
  CHECK(told_of({}) == end_reason::no_media);
}

}  // namespace tandem::test
