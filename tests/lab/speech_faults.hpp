#pragma once

#include "actors/runtime/link.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace tandem::lab {

/// The two sockets of the speech server.
enum class speech_side : std::uint8_t { scribe, speech };

/// What goes wrong on one side or both, when, and for how long.
struct speech_fault {
  enum class kind : std::uint8_t {
    refuse,   ///< upgrades are answered with `status`
    drop,     ///< open sockets break off, and meanwhile new ones as soon as they open
    stall,    ///< nothing is read; then all of it at once
    silence,  ///< what would be said is not, and never comes later
    error,    ///< every open session fails with the error type `type`
  };

  kind what = kind::drop;
  bool scribe = true;
  bool speech = true;
  std::chrono::milliseconds after{0};
  std::chrono::milliseconds lasts{0};
  unsigned status = 0;
  std::string type{};

  bool concerns(speech_side side) const { return side == speech_side::scribe ? scribe : speech; }
};

/// How `parse_fault` wants a fault written, for `--help`.
inline constexpr std::string_view fault_syntax =
    "[scribe.|speech.](refuse-STATUS|drop|stall|silence|error-TYPE)@AFTER[+LASTS], in seconds";

/// Reads a fault as `fault_syntax` says; otherwise says what is wrong with it.
tl::expected<speech_fault, std::string> parse_fault(std::string_view text);

/// What is wrong with one side now; set by the server, read by its loops.
struct side_faults {
  std::atomic<unsigned> refusal = 0;
  std::atomic<bool> dropping = false;
  std::atomic<bool> stalled = false;
  std::atomic<bool> silent = false;
};

/// A client's link on a side that may fall silent.
class faulty_link final : public link {
 public:
  faulty_link(std::shared_ptr<link> real, std::shared_ptr<const side_faults> faults)
      : real_(std::move(real)), faults_(std::move(faults)) {}

  void start(link_events& events) override { real_->start(events); }
  bool send(std::string_view text) override { return faults_->silent || real_->send(text); }
  bool send_binary(std::string_view bytes) override { return faults_->silent || real_->send_binary(bytes); }
  std::size_t queued_bytes() const override { return real_->queued_bytes(); }
  void pause_reading(bool paused) override { real_->pause_reading(paused); }
  void close(std::uint16_t code, std::string_view reason) override {
    if (!faults_->silent) real_->close(code, reason);
  }
  void leave(std::uint16_t code, std::string_view reason) override { real_->leave(code, reason); }
  loop& home() override { return real_->home(); }

 private:
  std::shared_ptr<link> real_;
  std::shared_ptr<const side_faults> faults_;
};

}  // namespace tandem::lab
