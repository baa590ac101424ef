#include "tests/actors/probes/probe_actor.hpp"

namespace tandem::test {

template probe<call_actor> spawn_probe<actor_kind::call, call_actor>(test_loop&);
template probe<scribe_actor> spawn_probe<actor_kind::scribe, scribe_actor>(test_loop&);
template probe<dialogue_actor> spawn_probe<actor_kind::dialogue, dialogue_actor>(test_loop&);
template probe<speech_actor> spawn_probe<actor_kind::speech, speech_actor>(test_loop&);

}  // namespace tandem::test
