#include "tests/actors/probes/probe_actor.hpp"

namespace tandem::test {

template probe<switchboard_actor> spawn_probe<actor_kind::cluster, switchboard_actor>(test_loop&);
template probe<peer_actor> spawn_probe<actor_kind::node, peer_actor>(test_loop&);
template probe<cluster_front> spawn_probe<actor_kind::node, cluster_front>(test_loop&);
template probe<cluster_watcher> spawn_probe<actor_kind::node, cluster_watcher>(test_loop&);

}  // namespace tandem::test
