#include "actors/campaign_books.hpp"

#include "protocols/campaigns/numbers.hpp"

#include <algorithm>
#include <atomic>

#include <caf/all.hpp>

namespace tandem {

namespace {

constexpr std::size_t changes_at_once = 500;

/// Changes that are on their way to the store together.
struct piece {
  std::atomic<std::size_t> left;
  std::atomic<bool> kept = true;
};

/// A campaign as it was, with every number in its place.
campaigns::campaign revived(campaigns::campaign_record about, std::vector<campaigns::entry> numbers) {
  std::vector<campaigns::entry> all;
  for (auto& each : numbers) {
    // A hole is where a record was lost; nobody is called there.
    while (all.size() + 1 < each.n) {
      all.push_back(
          {.n = static_cast<std::uint32_t>(all.size() + 1), .state = campaigns::entry_state::failed});
    }
    all.push_back(std::move(each));
  }
  return {std::move(about), std::move(all)};
}

}  // namespace

struct campaign_books::batch {
  std::vector<store_change> changes;
  std::function<void(bool)> done;
  std::size_t next = 0;
};

void campaign_books::keep(std::vector<store_change> changes, std::function<void(bool)> done) const {
  keep_next(std::make_shared<batch>(batch{std::move(changes), std::move(done)}));
}

void campaign_books::keep_next(std::shared_ptr<batch> all) const {
  const auto count = std::min(changes_at_once, all->changes.size() - all->next);
  if (count == 0) return all->done(true);
  auto together = std::make_shared<piece>();
  together->left = count;
  auto then = here([this, all](bool kept) {
    if (!kept) return all->done(false);
    keep_next(all);
  });
  for (std::size_t i = 0; i < count; ++i) {
    store_->write(std::move(all->changes[all->next++]), [together, then](bool kept) {
      if (!kept) together->kept = false;
      if (--together->left == 0) then(together->kept.load());
    });
  }
}

void campaign_books::load(std::size_t most_barred,
                          std::function<void(std::optional<campaign_legacy>)> then) const {
  store_->read_barred(most_barred, wall_time{}, here([this, then](auto barred) {
                        if (!barred) return then(std::nullopt);
                        auto found = std::make_shared<campaign_legacy>();
                        found->barred = std::move(*barred);
                        read_campaigns({.open = true}, [this, found, then](auto open) {
                          if (!open) return then(std::nullopt);
                          load_numbers(std::move(*open), found, then);
                        });
                      }));
}

void campaign_books::load_numbers(std::vector<campaigns::campaign_record> rest,
                                  std::shared_ptr<campaign_legacy> found,
                                  std::function<void(std::optional<campaign_legacy>)> then) const {
  if (rest.empty()) return then(std::move(*found));
  auto about = std::move(rest.back());
  rest.pop_back();
  const stored_entries all{.campaign_id = about.id, .limit = campaigns::most_numbers};
  read_entries(all, [this, about, rest, found, then](auto numbers) {
    if (!numbers) return then(std::nullopt);
    found->open.push_back(revived(about, std::move(*numbers)));
    load_numbers(rest, found, then);
  });
}

}  // namespace tandem
