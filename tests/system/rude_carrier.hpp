#pragma once

#include "tests/system/fixture.hpp"

#include <future>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tandem::test {

/// A carrier's end of a stream that says what it likes.
class rude_carrier final : public link_events {
 public:
  rude_carrier(lab::lab_loops& loops, link_connector& network, std::string url,
               std::vector<std::string> sayings)
      : loops_(loops), sayings_(std::move(sayings)) {
    loops_.run([&] {
      link_ = network.connect(loops_.first(), {.to = peer::telnyx, .url = std::move(url)});
      link_->start(*this);
    });
  }
  ~rude_carrier() {
    loops_.run([&] { link_.reset(); });
  }

  void on_open() override {
    for (const auto& each : sayings_) link_->send(each);
    link_->close(1000, "");
  }
  void on_text(std::span<char>) override {}
  void on_closed(const link_closed&) override { closed_.set_value(); }

  bool wait() { return closed_.get_future().wait_for(patience) == std::future_status::ready; }

 private:
  lab::lab_loops& loops_;
  std::vector<std::string> sayings_;
  std::unique_ptr<link> link_;
  std::promise<void> closed_;
};

/// A stream's `start`; `format` is JSON.
inline std::string start_of(const std::string& id, const std::string& format) {
  return R"({"event":"start","sequence_number":"1","stream_id":"s","start":{"call_control_id":")" + id +
         R"(","media_format":)" + format + "}}";
}

}  // namespace tandem::test
