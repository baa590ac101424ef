#pragma once

#include "actors/messages.hpp"
#include "actors/runtime/census.hpp"
#include "tests/actors/test_loop.hpp"

#include <any>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <typeindex>
#include <typeinfo>
#include <utility>
#include <vector>

#include <caf/typed_response_promise.hpp>

namespace tandem::test {

/// What a probe was sent, in order, and what it answers.
class mail {
 public:
  template <class Message>
  void put(const Message& message) {
    received_.emplace_back(message);
  }

  /// All messages of a type, in order.
  template <class Message>
  std::vector<Message> all() const {
    std::vector<Message> found;
    for (const auto& each : received_) {
      if (auto message = std::any_cast<Message>(&each)) found.push_back(*message);
    }
    return found;
  }

  template <class Message>
  std::size_t count() const {
    return count(typeid(Message));
  }

  /// The newest message of a type; there must be one.
  template <class Message>
  Message last() const {
    return std::any_cast<const Message&>(newest(typeid(Message)));
  }

  /// Whether the message at `index` of everything received has this type.
  template <class Message>
  bool is(std::size_t index) const {
    return index < received_.size() && received_[index].type() == typeid(Message);
  }

  std::size_t size() const { return received_.size(); }
  void clear() { received_.clear(); }

  /// From now on requests with this kind of answer get this one; before, a default one.
  template <class Answer>
  void answer_with(Answer answer) {
    answers_.insert_or_assign(typeid(Answer), std::move(answer));
  }

  /// From now on requests with this kind of answer wait for `release`.
  template <class Answer>
  void hold() {
    held_[typeid(Answer)];
  }

  /// Answers those that wait; later ones do not.
  template <class Answer>
  void release() {
    release(typeid(Answer));
  }

  /// Gives a request its answer, or keeps it for `release`. Only what probes are made from sees the body.
  template <class Answer>
  void answer(caf::typed_response_promise<Answer> promise);

 private:
  std::size_t count(const std::type_info& kind) const;
  const std::any& newest(const std::type_info& kind) const;
  void release(std::type_index kind);

  std::vector<std::any> received_;
  std::map<std::type_index, std::any> answers_;
  std::map<std::type_index, std::vector<std::function<void()>>> held_;
};

/// An actor that stands for another one and keeps what it is sent.
template <class Handle>
struct probe {
  Handle handle;
  std::shared_ptr<mail> box;

  mail* operator->() const { return box.get(); }
};

/// Spawns a probe that counts as an actor of this kind. Those that tests use are instantiated in probes/: a
/// probe takes the compiler many seconds, once there and not in every test.
template <actor_kind Kind, class Handle>
probe<Handle> spawn_probe(test_loop& host);

}  // namespace tandem::test
