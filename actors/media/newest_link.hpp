#pragma once

#include "actors/runtime/link.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace tandem {

/// The one link that counts, and former ones that are still closing. What a former one says goes nowhere, so
/// its end is not taken for the end of the newest. Links may be replaced from inside their own events.
class newest_link final : private link_events {
 public:
  /// Events of the newest link go to `owner`, which must outlive this.
  explicit newest_link(link_events& owner);
  ~newest_link();
  newest_link(const newest_link&) = delete;
  newest_link& operator=(const newest_link&) = delete;

  /// Starts `next`; the link that it replaces is closed with 1000.
  void take(std::shared_ptr<link> next);

  /// Closes the link, if there is one, and hears no more of it.
  void let_go(std::uint16_t code, std::string_view reason);

  /// Gives the link away, not reading and reporting to nobody, for another to start anew; there must be one.
  std::shared_ptr<link> release();

  /// Whether there is one that has not ended.
  explicit operator bool() const { return newest_ != nullptr; }

  link* operator->() const { return newest_.get(); }

 private:
  class former_link;

  /// Former links that may be closing at once; of more, the oldest is dropped.
  static constexpr std::size_t most_former = 4;

  void on_open() override { owner_.on_open(); }
  void on_text(std::span<char> text) override { owner_.on_text(text); }
  void on_writable() override { owner_.on_writable(); }
  void on_closed(const link_closed& how) override;

  link_events& owner_;
  std::shared_ptr<link> newest_;
  std::vector<std::unique_ptr<former_link>> former_;
};

}  // namespace tandem
