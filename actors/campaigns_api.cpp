#include "actors/campaigns_state.hpp"
#include "protocols/records/row.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using campaigns::campaign_record;

/// Open campaigns, and their numbers, that are in memory.
constexpr std::size_t most_open = 200;
constexpr std::size_t most_open_numbers = 200'000;

std::int64_t place_of(const campaign_record& campaign) {
  return records::place_of(campaign.created_at, campaign.id);
}

}  // namespace

caf::typed_response_promise<campaign_ruling> campaigns_state::start(start_campaign command) {
  auto promise = self->make_response_promise<campaign_ruling>();
  std::size_t numbers = coming_numbers + command.numbers.size();
  for (const auto& [id, each] : open) numbers += each.entries().size();
  if (!loaded || open.size() >= most_open || numbers > most_open_numbers) {
    deliver(promise, campaign_ruling{loaded ? campaign_outcome::too_many : campaign_outcome::store_away, {}});
    return promise;
  }
  campaign_record about;
  about.id = prefix + "campaign-" + std::to_string(++last_campaign);
  about.node = node_name;
  about.created_at = now();
  about.how = std::move(command.how);
  about.duplicates = command.duplicates;
  coming_numbers += command.numbers.size();
  std::vector<store_change> changes;
  for (const auto& number : command.numbers) changes.push_back(entry_change{about.id, number});
  auto fresh = std::make_shared<campaigns::campaign>(std::move(about), std::move(command.numbers));
  const auto done = [this, fresh, promise](bool kept) {
    coming_numbers -= fresh->entries().size();
    if (!kept) return deliver(promise, campaign_ruling{campaign_outcome::store_away, {}});
    const auto known = fresh->about();
    spdlog::info("campaign started id={} numbers={}", known.id, fresh->entries().size());
    deliver(promise, campaign_ruling{campaign_outcome::done, known});
    open.try_emplace(known.id, std::move(*fresh));
    look();
  };
  // Before all of its numbers are kept there is no campaign.
  books->keep(std::move(changes), [this, fresh, done](bool kept) {
    if (!kept) return done(false);
    books->keep({fresh->about()}, done);
  });
  return promise;
}

caf::typed_response_promise<campaign_ruling> campaigns_state::steer(const steer_campaign& command) {
  const auto known = open.find(command.id);
  if (known == open.end()) return find(command.id, campaign_outcome::wrong_state);
  auto promise = self->make_response_promise<campaign_ruling>();
  auto& wanted = known->second;
  const bool done = command.wish == campaign_wish::pause    ? wanted.pause()
                    : command.wish == campaign_wish::resume ? wanted.resume()
                                                            : wanted.stop(now());
  if (!done) {
    deliver(promise, campaign_ruling{campaign_outcome::wrong_state, wanted.about()});
    return promise;
  }
  spdlog::info("campaign changes id={} state={}", command.id, to_string(wanted.about().state));
  books->keep({wanted.about()}, [promise, about = wanted.about()](bool kept) {
    deliver(promise, campaign_ruling{kept ? campaign_outcome::done : campaign_outcome::store_away, about});
  });
  look();
  return promise;
}

/// Answers with a campaign, and with `outcome` when it is one of the store's.
caf::typed_response_promise<campaign_ruling> campaigns_state::find(const std::string& id,
                                                                   campaign_outcome outcome) {
  auto promise = self->make_response_promise<campaign_ruling>();
  if (const auto known = open.find(id); known != open.end()) {
    deliver(promise, campaign_ruling{campaign_outcome::done, known->second.about()});
    return promise;
  }
  books->read_campaigns({.id = id}, [promise, outcome](auto found) {
    if (!found) return deliver(promise, campaign_ruling{});
    if (found->empty()) return deliver(promise, campaign_ruling{campaign_outcome::unknown, {}});
    deliver(promise, campaign_ruling{outcome, found->front()});
  });
  return promise;
}

caf::typed_response_promise<campaign_page> campaigns_state::list(const list_campaigns& query) {
  auto promise = self->make_response_promise<campaign_page>();
  std::int64_t before = 0;
  if (!query.cursor.empty()) {
    std::from_chars(query.cursor.data(), query.cursor.data() + query.cursor.size(), before);
    // What is no cursor of ours has nothing behind it.
    before = std::max<std::int64_t>(before, 1);
  }
  const std::size_t limit = query.limit;
  const auto merge = [this, promise, limit, before](std::optional<std::vector<campaign_record>> stored) {
    campaign_page page;
    page.complete = stored.has_value();
    for (const auto& [id, each] : open) {
      if (before == 0 || place_of(each.about()) < before) page.found.push_back(each.about());
    }
    if (stored) {
      std::ranges::copy_if(*stored, std::back_inserter(page.found),
                           [this](const auto& each) { return !open.contains(each.id); });
    }
    std::ranges::sort(page.found, std::greater(), place_of);
    if (page.found.size() > limit) {
      page.found.resize(limit);
      page.cursor = std::to_string(place_of(page.found.back()));
    }
    deliver(promise, std::move(page));
  };
  books->read_campaigns({.limit = limit + 1, .before = before}, merge);
  return promise;
}

caf::typed_response_promise<number_page> campaigns_state::list(const list_numbers& query) {
  auto promise = self->make_response_promise<number_page>();
  const auto answer = [promise, limit = query.limit](std::optional<std::vector<campaigns::entry>> numbers) {
    if (!numbers) return deliver(promise, number_page{});
    number_page page{.outcome = campaign_outcome::done, .numbers = std::move(*numbers)};
    if (page.numbers.size() > limit) {
      page.numbers.resize(limit);
      page.cursor = page.numbers.back().n;
    }
    deliver(promise, std::move(page));
  };
  if (const auto known = open.find(query.campaign_id); known != open.end()) {
    std::vector<campaigns::entry> numbers;
    for (const auto& each : known->second.entries()) {
      if (numbers.size() > query.limit) break;
      if (each.n > query.after && (query.state.empty() || to_string(each.state) == query.state))
        numbers.push_back(each);
    }
    answer(std::move(numbers));
    return promise;
  }
  const stored_entries wanted{.campaign_id = query.campaign_id,
                              .state = query.state,
                              .limit = query.limit + std::size_t{1},
                              .after = query.after};
  books->read_campaigns({.id = query.campaign_id}, [this, promise, wanted, answer](auto found) {
    if (!found) return deliver(promise, number_page{});
    if (found->empty()) return deliver(promise, number_page{.outcome = campaign_outcome::unknown});
    books->read_entries(wanted, answer);
  });
  return promise;
}

void campaigns_state::forget(const std::string& number) {
  for (auto& [id, each] : open) {
    for (const auto n : each.forget(number)) note(each, each.at(n));
  }
  look();
}

/// What is over for good leaves memory once the store has it.
void campaigns_state::close_finished() {
  for (auto& [id, each] : open) {
    if (!each.tidy(now())) continue;
    const auto& numbers = each.about().numbers;
    spdlog::info("campaign ended id={} state={} done={} failed={} do_not_call={} pending={}", id,
                 to_string(each.about().state), numbers.done, numbers.failed, numbers.do_not_call,
                 numbers.pending);
    books->keep({each.about()}, [this, id = id](bool kept) {
      if (kept) open.erase(id);
    });
  }
}

}  // namespace tandem
