#include "tests/lab/load/call_facts.hpp"

namespace tandem::lab {

std::shared_ptr<call_facts> call_book::open(const call_plan& plan, const sound_book& book) {
  auto facts = std::make_shared<call_facts>(plan, book);
  std::lock_guard guard(mutex_);
  calls_[plan.number] = facts;
  return facts;
}

std::shared_ptr<call_facts> call_book::find(std::uint32_t number) const {
  std::lock_guard guard(mutex_);
  const auto found = calls_.find(number);
  return found == calls_.end() ? nullptr : found->second;
}

void call_book::close(std::uint32_t number) {
  std::lock_guard guard(mutex_);
  calls_.erase(number);
}

}  // namespace tandem::lab
