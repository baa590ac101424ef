#include "gateway/portal.hpp"

#include <caf/all.hpp>

namespace tandem {

namespace {

/// A class, since CAF binds a reference to nothing when it starts a function that takes no arguments.
struct portal_actor final : portal_self {
  using portal_self::portal_self;

  caf::behavior make_behavior() override {
    return {[this](const portal_errand& errand) { (*errand.run)(this); }};
  }
};

caf::actor spawn_portal(loop& home) {
  caf::actor_config config{&home, nullptr};
  return home.system().spawn_class<portal_actor, caf::no_spawn_options>(config);
}

}  // namespace

portal::portal(loop& home) : actor_(spawn_portal(home)) {}

portal::~portal() { caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown); }

void portal::run(std::function<void(portal_self*)> errand) const {
  caf::anon_send(actor_,
                 portal_errand{std::make_shared<const std::function<void(portal_self*)>>(std::move(errand))});
}

void portal::run_after(std::chrono::milliseconds wait, std::function<void()> errand) const {
  caf::delayed_anon_send(actor_, wait,
                         portal_errand{std::make_shared<const std::function<void(portal_self*)>>(
                             [errand = std::move(errand)](portal_self*) { errand(); })});
}

}  // namespace tandem
