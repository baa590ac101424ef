#pragma once

#include "actors/campaign_store.hpp"
#include "actors/messages.hpp"
#include "protocols/campaigns/campaign.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/send.hpp>

namespace tandem {

/// What a node goes on with after a start.
struct campaign_legacy {
  std::vector<campaigns::barred_number> barred;
  std::vector<campaigns::campaign> open;
};

/// The store, as the actor of the campaigns uses it: whatever it answers goes on inside the actor, and not at
/// all once that is gone.
class campaign_books {
 public:
  campaign_books(campaign_store& store, campaigns_actor owner)
      : store_(&store), owner_(caf::actor_cast<caf::actor_addr>(owner)) {}

  /// Keeps changes in order, a few at a time beside what the store holds for calls; `done` is told whether
  /// all of them outlive the process.
  void keep(std::vector<store_change> changes, std::function<void(bool)> done) const;

  /// Keeps a change in its time.
  void note(store_change change) const { store_->write(std::move(change)); }

  /// Reads what there is to go on with, up to so many barred numbers; nothing when it cannot all be read.
  void load(std::size_t most_barred, std::function<void(std::optional<campaign_legacy>)> then) const;

  /// See `campaign_store::read_barred`.
  template <class Then>
  void read_barred(std::size_t most, wall_time since, Then then) const {
    store_->read_barred(most, since, here(std::move(then)));
  }
  template <class Then>
  void read_campaigns(stored_campaigns query, Then then) const {
    store_->read_campaigns(std::move(query), here(std::move(then)));
  }
  template <class Then>
  void read_entries(stored_entries query, Then then) const {
    store_->read_entries(std::move(query), here(std::move(then)));
  }

 private:
  struct batch;

  /// A callback for the store's threads that goes on inside the actor.
  template <class Then>
  auto here(Then then) const {
    return [to = owner_, then = std::move(then)](auto answer) {
      const auto owner = caf::actor_cast<campaigns_actor>(to);
      if (!owner) return;
      auto kept = std::make_shared<decltype(answer)>(std::move(answer));
      caf::anon_send(owner, store_answered{std::make_shared<const std::function<void()>>(
                                [then, kept] { then(std::move(*kept)); })});
    };
  }

  void keep_next(std::shared_ptr<batch> all) const;
  void load_numbers(std::vector<campaigns::campaign_record> rest, std::shared_ptr<campaign_legacy> found,
                    std::function<void(std::optional<campaign_legacy>)> then) const;

  campaign_store* store_;
  // Weak, since the actor owns this.
  caf::actor_addr owner_;
};

}  // namespace tandem
