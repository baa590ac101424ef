#include "actors/records.hpp"

#include "actors/runtime/pinned.hpp"

#include <caf/all.hpp>

namespace tandem {

namespace {

struct records_state {
  std::shared_ptr<call_store> store;
  static inline const char* name = "records";
};

using records_pointer = pinned_actor<actor_kind::records, records_actor, records_state>*;

records_actor::behavior_type records(records_pointer self, std::shared_ptr<call_store> store) {
  self->state.store = std::move(store);
  return {
      [self](const call_changed& event) { self->state.store->put(event.call); },
      [self](const turn_added& event) { self->state.store->add(event.call_id, event.turn); },
      [self](const list_calls& query) {
        return self->state.store->list(query.state, query.limit, query.cursor);
      },
      [self](const find_call& query) { return self->state.store->find(query.id); },
  };
}

}  // namespace

records_actor spawn_records(loop& home, std::unique_ptr<call_store> store) {
  return spawn_on<records_actor>(home, records, std::shared_ptr<call_store>(std::move(store)));
}

}  // namespace tandem
