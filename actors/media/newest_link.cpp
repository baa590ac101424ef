#include "actors/media/newest_link.hpp"

#include <algorithm>
#include <utility>

namespace tandem {

/// A link that is closing; it ends with its connection.
class newest_link::former_link final : public link_events {
 public:
  former_link(newest_link& holder, std::shared_ptr<link> connection)
      : holder_(holder), connection_(std::move(connection)) {}

  void close(std::uint16_t code, std::string_view reason) {
    connection_->start(*this);
    connection_->close(code, reason);
  }

  void on_text(std::span<char>) override {}
  void on_closed(const link_closed&) override {
    auto& former = holder_.former_;
    const auto place =
        std::find_if(former.begin(), former.end(), [this](const auto& each) { return each.get() == this; });
    const auto over = std::move(*place);
    former.erase(place);
  }

 private:
  newest_link& holder_;
  std::shared_ptr<link> connection_;
};

namespace {

/// Hears what a link says between two owners; its end is said again to the next one.
struct nobody final : link_events {
  void on_text(std::span<char>) override {}
  void on_closed(const link_closed&) override {}
};

}  // namespace

newest_link::newest_link(link_events& owner) : owner_(owner) {}

newest_link::~newest_link() = default;

void newest_link::take(std::shared_ptr<link> next) {
  let_go(1000, "replaced");
  newest_ = std::move(next);
  newest_->start(*this);
  newest_->pause_reading(false);
}

std::shared_ptr<link> newest_link::release() {
  static nobody between;
  auto away = std::move(newest_);
  away->pause_reading(true);
  away->start(between);
  return away;
}

void newest_link::let_go(std::uint16_t code, std::string_view reason) {
  if (!newest_) return;
  if (former_.size() == most_former) former_.erase(former_.begin());
  former_.push_back(std::make_unique<former_link>(*this, std::move(newest_)));
  former_.back()->close(code, reason);
}

/// The link ends with this function.
void newest_link::on_closed(const link_closed& how) {
  const auto over = std::move(newest_);
  owner_.on_closed(how);
}

}  // namespace tandem
