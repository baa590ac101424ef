#include "actors/media/newest_link.hpp"

#include <algorithm>
#include <utility>

namespace tandem {

/// A link and whether it still counts.
class newest_link::line final : public link_events {
 public:
  line(newest_link& holder, std::shared_ptr<link> connection)
      : holder_(holder), connection_(std::move(connection)) {}

  link& connection() { return *connection_; }
  std::shared_ptr<link> give_away() { return std::move(connection_); }

  void on_open() override {
    if (counts()) holder_.owner_.on_open();
  }
  void on_text(std::span<char> text) override {
    if (counts()) holder_.owner_.on_text(text);
  }
  void on_writable() override {
    if (counts()) holder_.owner_.on_writable();
  }
  void on_closed(const link_closed& how) override {
    // Either way this line ends with this function.
    if (counts()) {
      const auto over = std::move(holder_.newest_);
      holder_.owner_.on_closed(how);
      return;
    }
    auto& former = holder_.former_;
    const auto place =
        std::find_if(former.begin(), former.end(), [this](const auto& each) { return each.get() == this; });
    const auto over = std::move(*place);
    former.erase(place);
  }

 private:
  bool counts() const { return holder_.newest_.get() == this; }

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
  connection_ = next.get();
  newest_ = std::make_unique<line>(*this, std::move(next));
  connection_->start(*newest_);
  connection_->pause_reading(false);
}

std::shared_ptr<link> newest_link::release() {
  static nobody between;
  auto away = newest_->give_away();
  away->pause_reading(true);
  away->start(between);
  newest_.reset();
  return away;
}

void newest_link::let_go(std::uint16_t code, std::string_view reason) {
  if (!newest_) return;
  if (former_.size() == most_former) former_.erase(former_.begin());
  former_.push_back(std::move(newest_));
  former_.back()->connection().close(code, reason);
}

}  // namespace tandem
