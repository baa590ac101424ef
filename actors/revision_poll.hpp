#pragma once

#include "actors/messages.hpp"

#include <cstddef>

#include <caf/typed_response_promise.hpp>
#include <spdlog/spdlog.h>

namespace tandem {

/// Gathers what live calls say to a revised agent, and answers whoever wished for it when all have.
struct revision_poll {
  caf::typed_response_promise<revision_ruling> asker;
  revision_ruling told;
  /// Answers to come, and one for whoever asks the calls.
  std::size_t open = 1;

  void add(bool applied) {
    ++(applied ? told.applied_to : told.kept);
    settle();
  }

  void settle() {
    if (--open != 0) return;
    spdlog::info("agent changed over the API calls={} kept={}", told.applied_to, told.kept);
    asker.deliver(told);
  }
};

}  // namespace tandem
