#include "actors/stray_stream.hpp"

#include "actors/ingress.hpp"
#include "actors/media/newest_link.hpp"
#include "actors/runtime/pinned.hpp"
#include "protocols/telnyx/media.hpp"

#include <chrono>
#include <memory>
#include <utility>
#include <variant>

#include <caf/all.hpp>
#include <prometheus/counter.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

/// From the ruling to the stream's `start`.
constexpr auto start_deadline = 5s;
constexpr auto node_deadline = 5s;
/// For the closing handshake of a stream that is refused.
constexpr auto closing_time = 2s;

constexpr std::uint16_t try_again_later = 1013;

struct stray_state;
using stray_pointer = pinned_actor<actor_kind::ingress, stream_taker, stray_state>*;

class stray final : public link_events {
 public:
  stray(stray_pointer self, node_actor node, refusal why, metrics& measure);

  void attach(const attach_stream& command) { stream_.take(command.stream); }
  void leave();

  void on_text(std::span<char> text) override;
  void on_closed(const link_closed&) override { leave(); }

 private:
  void ask(stream_started started);
  void refuse();
  timer after(std::chrono::milliseconds wait, void (stray::*call)());

  stray_pointer self_;
  node_actor node_;
  refusal why_;
  metrics& measure_;
  bool asked_ = false;
  timer deadline_;
  newest_link stream_;
};

struct stray_state {
  std::unique_ptr<stray> it;
  static inline const char* name = "stray_stream";
};

stray::stray(stray_pointer self, node_actor node, refusal why, metrics& measure)
    : self_(self), node_(std::move(node)), why_(why), measure_(measure), stream_(*this) {
  deadline_ = after(start_deadline, &stray::refuse);
}

timer stray::after(std::chrono::milliseconds wait, void (stray::*call)()) {
  return self_->home().at(self_->home().now() + wait,
                          [this, call] { self_->guard([&] { (this->*call)(); }); });
}

/// Also right outside of a message handler, where `quit` is not.
void stray::leave() { self_->send_exit(self_->address(), caf::exit_reason::user_shutdown); }

void stray::on_text(std::span<char> text) {
  self_->guard([&] {
    const auto event = telnyx::decode_event(text);
    if (!event) return;
    const auto* start = std::get_if<telnyx::start>(&*event);
    if (start != nullptr && !asked_) ask(describe(*start));
  });
}

void stray::ask(stream_started started) {
  asked_ = true;
  deadline_.cancel();
  // What it says from here on is for its call.
  stream_->pause_reading(true);
  const find_owner question{started.carrier_call_id};
  self_->request(node_, node_deadline, question)
      .then(
          [this, started = std::move(started)](const call_owner& owner) {
            if (!stream_) return;
            if (!owner.call) return refuse();
            self_->send(owner.call, attach_stream{stream_.release(), started});
            leave();
          },
          [this](const caf::error&) { refuse(); });
}

void stray::refuse() {
  measure_.calls_rejected(why_).Increment();
  spdlog::debug("a stream beyond the limits was of no call here reason={}", to_string(why_));
  stream_.let_go(try_again_later, to_string(why_));
  deadline_ = after(closing_time, &stray::leave);
}

stream_taker::behavior_type run_stray(stray_pointer self, const node_actor& node, refusal why,
                                      metrics* measure) {
  auto& it = self->state.it;
  it = std::make_unique<stray>(self, node, why, *measure);
  return {
      [&it](const attach_stream& command) { it->attach(command); },
      [&it](const end_call&) { it->leave(); },
  };
}

}  // namespace

stream_taker spawn_stray_stream(loop& home, const node_actor& node, refusal why, metrics& measure) {
  return spawn_on<stream_taker>(home, run_stray, node, why, &measure);
}

}  // namespace tandem
