#include "tests/actors/probes/probe_actor.hpp"

namespace tandem::test {

template probe<node_actor> spawn_probe<actor_kind::node, node_actor>(test_loop&);
template probe<records_actor> spawn_probe<actor_kind::records, records_actor>(test_loop&);
template probe<carrier_actor> spawn_probe<actor_kind::carrier, carrier_actor>(test_loop&);
template probe<events_actor> spawn_probe<actor_kind::events, events_actor>(test_loop&);
template probe<campaigns_actor> spawn_probe<actor_kind::campaigns, campaigns_actor>(test_loop&);

}  // namespace tandem::test
