#pragma once

#include "actors/messages.hpp"
#include "actors/runtime/pinned.hpp"
#include "tests/actors/probe.hpp"
#include "tests/actors/test_loop.hpp"

#include <any>
#include <memory>
#include <typeinfo>
#include <utility>

#include <caf/all.hpp>

/// What probes are made from, for the sources beside this one.
namespace tandem::test {

template <class Answer>
void mail::answer(caf::typed_response_promise<Answer> promise) {
  auto found = answers_.find(typeid(Answer));
  auto now = [promise = std::move(promise),
              what = found == answers_.end() ? Answer{} : std::any_cast<Answer>(found->second)]() mutable {
    promise.deliver(what);
  };
  const auto waiting = held_.find(typeid(Answer));
  if (waiting == held_.end()) return now();
  waiting->second.push_back(std::move(now));
}

/// How a probe takes messages of one kind.
template <class Signature>
struct probe_handler;

template <class Message>
struct probe_handler<caf::reacts_to<Message>> {
  static auto make(auto*, std::shared_ptr<mail> box) {
    return [box](const Message& message) { box->put(message); };
  }
};

template <class Message, class Answer>
struct probe_handler<caf::typed_mpi<caf::detail::type_list<Message>, caf::output_tuple<Answer>>> {
  static auto make(auto* self, std::shared_ptr<mail> box) {
    return [self, box](const Message& message) {
      box->put(message);
      auto promise = self->template make_response_promise<Answer>();
      box->answer(promise);
      return promise;
    };
  }
};

struct probe_state {};

template <actor_kind Kind, class Handle>
struct probe_actor;

template <actor_kind Kind, class... Signatures>
struct probe_actor<Kind, caf::typed_actor<Signatures...>> {
  using handle = caf::typed_actor<Signatures...>;

  static typename handle::behavior_type run(pinned_actor<Kind, handle, probe_state>* self,
                                            std::shared_ptr<mail> box) {
    return {probe_handler<Signatures>::make(self, box)...};
  }
};

template <actor_kind Kind, class Handle>
probe<Handle> spawn_probe(test_loop& host) {
  auto box = std::make_shared<mail>();
  return {spawn_on<Handle>(host, probe_actor<Kind, Handle>::run, box), box};
}

}  // namespace tandem::test
