#pragma once

#include "actors/event_sink.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace tandem::test {

/// What a reader has got, and whether it reads.
struct reading {
  std::string text;
  bool reads = true;
  bool ended = false;

  std::size_t count(std::string_view part) const {
    std::size_t found = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
    return found;
  }
};

struct fake_sink final : event_sink {
  explicit fake_sink(std::shared_ptr<reading> of) : it(std::move(of)) {}
  ~fake_sink() override { it->ended = true; }
  bool write(const std::string& text) override {
    if (it->reads) it->text += text;
    return it->reads;
  }
  std::shared_ptr<reading> it;
};

}  // namespace tandem::test
