#include "gateway/network/answer_slot.hpp"

#include "gateway/network/http_connection.hpp"
#include "gateway/network/http_text.hpp"

namespace tandem {

answer_slot::~answer_slot() { give(error_answer(503, "no answer")); }

void answer_slot::give(server_answer answer) {
  std::lock_guard guard(mutex_);
  if (home_ == nullptr) return;
  std::exchange(home_, nullptr)->post([to = to_, serial = serial_, answer = std::move(answer)]() mutable {
    if (auto connection = to.lock()) connection->answer(serial, std::move(answer));
  });
}

void answer_slot::cut() {
  std::lock_guard guard(mutex_);
  home_ = nullptr;
}

}  // namespace tandem
