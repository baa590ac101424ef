#pragma once

#include "actors/messages.hpp"
#include "protocols/records/prices.hpp"

namespace tandem {

class call_store;
class loop;

/// Spawns the actor that remembers calls: those that go on by itself, those that have ended in the store,
/// which outlives it.
records_actor spawn_records(loop& home, call_store& store, const records::price_table& prices = {});

}  // namespace tandem
