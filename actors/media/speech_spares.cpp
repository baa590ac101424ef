#include "actors/media/speech_spares.hpp"

#include "actors/admission.hpp"
#include "actors/media/provider_link.hpp"
#include "actors/runtime/loop.hpp"
#include "actors/runtime/wake_up.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace tandem {

namespace {

using namespace std::chrono_literals;

constexpr auto connect_deadline = 6s;

}  // namespace

/// The spares that one loop has with one provider; used on its thread alone.
class speech_spares::shelf {
 public:
  shelf(loop& home, link_connector& links, admission& door, circuit_breaker& breaker)
      : home_(home), links_(links), door_(door), breaker_(breaker), wake_(home, [this] {
          if (!spares_.empty()) settle();
        }) {}

  std::shared_ptr<link> take(const link_request& request) {
    const auto now = home_.now();
    if (!request_ || *request_ != request) {
      clear();
      last_call_.reset();
      request_ = request;
    }
    // Two calls at once do not mean that the next one comes as soon.
    if (last_call_) gap_ = std::max(now - *last_call_, gap_.value_or(0s) / 2);
    if (gap_ > longest_gap) gap_.reset();
    last_call_ = now;
    const auto ready =
        std::find_if(spares_.begin(), spares_.end(), [](const auto& each) { return each->is_usable(); });
    auto given = ready == spares_.end() ? nullptr : (*ready)->give_away();
    if (given) spares_.erase(ready);
    settle();
    return given;
  }

  void make_room() {
    while (!spares_.empty() && door_.has_too_many_spares()) spares_.pop_back();
  }

 private:
  /// One connection, from its first attempt until a call takes it.
  class spare final : public link_events {
   public:
    spare(shelf& owner, admission::place place)
        : owner_(owner),
          place_(std::move(place)),
          link_(owner.home_, owner.links_, {{*owner.request_, &owner.breaker_}}, connect_deadline, *this) {}

    bool is_usable() const { return link_.is_usable(); }
    bool is_refused() const { return link_.has_failed(); }
    std::shared_ptr<link> give_away() { return link_.give_away(); }

    void tick(moment now) {
      if (link_.tick(now)) link_.lose(now);
      link_.want(now);
    }
    std::optional<moment> wake_up() const { return link_.wake_up(); }

    void on_open() override {
      link_.became_usable(owner_.home_.now());
      owner_.look_again();
    }
    /// Whatever it is, it was not asked for.
    void on_text(std::span<char>) override { lose(); }
    void on_closed(const link_closed& how) override {
      if (how.http_status == 429) link_.slow_down();
      refused_for_good(how) ? link_.give_up() : lose();
      owner_.look_again();
    }

   private:
    void lose() {
      link_.lose(owner_.home_.now());
      owner_.look_again();
    }

    shelf& owner_;
    admission::place place_;
    provider_link link_;
  };

  moment stays_until() const {
    if (!gap_) return {};
    return *last_call_ + std::max<moment::duration>(2 * *gap_, shortest_stay);
  }

  void settle() {
    const auto now = home_.now();
    const bool refused =
        std::any_of(spares_.begin(), spares_.end(), [](const auto& each) { return each->is_refused(); });
    if (refused || now >= stays_until()) return clear();
    while (spares_.size() < most_per_loop) {
      auto place = door_.admit_spare();
      if (!place) break;
      spares_.push_back(std::make_unique<spare>(*this, std::move(*place)));
    }
    for (const auto& each : spares_) {
      each->tick(now);
      wake_.by(each->wake_up());
    }
    if (!spares_.empty()) wake_.by(stays_until());
  }

  /// Not from inside of a spare, which may have to end.
  void look_again() { wake_.by(home_.now()); }

  void clear() {
    spares_.clear();
    gap_.reset();
  }

  loop& home_;
  link_connector& links_;
  admission& door_;
  circuit_breaker& breaker_;
  std::optional<link_request> request_;
  std::optional<moment> last_call_;
  std::optional<moment::duration> gap_;  // between calls, of late
  wake_up wake_;
  std::vector<std::unique_ptr<spare>> spares_;  // the oldest first
};

/// The spares of one loop; used on its thread alone.
class speech_spares::rack {
 public:
  rack(loop& home, link_connector& links, admission& door) : home_(home), links_(links), door_(door) {}

  std::shared_ptr<link> take(const link_request& request, circuit_breaker& breaker) {
    if (closed_) return nullptr;
    return shelves_.try_emplace(&breaker, home_, links_, door_, breaker).first->second.take(request);
  }

  void make_room() {
    for (auto& [provider, each] : shelves_) each.make_room();
  }

  void close() {
    closed_ = true;
    shelves_.clear();
  }

 private:
  loop& home_;
  link_connector& links_;
  admission& door_;
  bool closed_ = false;
  std::map<circuit_breaker*, shelf> shelves_;
};

speech_spares::speech_spares(const std::vector<loop*>& loops, link_connector& links, admission& door) {
  for (auto* each : loops) racks_.emplace(each, std::make_shared<rack>(*each, links, door));
}

speech_spares::~speech_spares() {
  for (auto& [home, each] : racks_) home->post([last = std::move(each)] { last->close(); });
}

std::shared_ptr<link> speech_spares::take(loop& home, const link_request& request, circuit_breaker& breaker) {
  const auto found = racks_.find(&home);
  return found == racks_.end() ? nullptr : found->second->take(request, breaker);
}

void speech_spares::make_room() {
  for (const auto& [home, each] : racks_) home->post([each = each] { each->make_room(); });
}

void speech_spares::close() {
  for (const auto& [home, each] : racks_) home->post([each = each] { each->close(); });
}

}  // namespace tandem
