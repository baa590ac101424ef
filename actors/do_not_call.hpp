#pragma once

#include "protocols/campaigns/record.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem {

/// Who must not be called, by number: all of it in memory, so that no call waits for the store.
class do_not_call_list {
 public:
  /// Numbers at most.
  static constexpr std::size_t bound = 500'000;

  bool contains(std::string_view number) const { return numbers_.contains(number); }
  bool has_room(std::size_t more) const { return numbers_.size() + more <= bound; }

  /// Adds a number; what is known of one that is there already stays. What is there then.
  const campaigns::barred_number& add(campaigns::barred_number one) {
    auto key = one.number;
    return numbers_.try_emplace(std::move(key), std::move(one)).first->second;
  }

  void remove(const std::string& number) { numbers_.erase(number); }

  /// At most `limit` numbers behind this one.
  std::vector<campaigns::barred_number> page(std::string_view after, std::size_t limit) const {
    std::vector<campaigns::barred_number> out;
    for (auto at = numbers_.upper_bound(after); at != numbers_.end() && out.size() < limit; ++at)
      out.push_back(at->second);
    return out;
  }

 private:
  std::map<std::string, campaigns::barred_number, std::less<>> numbers_;
};

}  // namespace tandem
