#include "gateway/portal.hpp"

#include <caf/all.hpp>

namespace tandem {

namespace {

caf::behavior portal_behavior(portal_self* self) {
  return {[self](const portal_errand& errand) { (*errand.run)(self); }};
}

}  // namespace

portal::portal(loop& home) : actor_(spawn_on<caf::actor>(home, portal_behavior)) {}

portal::~portal() { caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown); }

void portal::run(std::function<void(portal_self*)> errand) const {
  caf::anon_send(actor_,
                 portal_errand{std::make_shared<const std::function<void(portal_self*)>>(std::move(errand))});
}

}  // namespace tandem
