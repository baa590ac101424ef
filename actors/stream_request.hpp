#pragma once

#include "actors/leg_commander.hpp"
#include "protocols/telnyx/media.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace tandem {

/// A stream that is wanted of a leg that is up, whoever answered it.
struct stream_order {
  std::string carrier_call_id;
  /// Where the carrier is to stream to, and in which codec both ways.
  std::string url;
  telnyx::codec codec = telnyx::codec::pcmu;
  /// What the leg is labelled with from now on; any bytes.
  std::string label;
  /// Whether the carrier may think that the leg has a stream already, and that one's id, if it is known.
  bool may_have_another = false;
  std::string other_stream{};
  /// Whether nobody is left at that one's other end, so that it is stopped at once if its id is known.
  bool other_is_stranded = false;
};

/// Asks the carrier for a leg's stream until it comes, whatever the carrier makes of a leg that has one: it
/// may replace that, refuse another one until that is stopped, or take the order and wait for that one's end.
/// Every step has its deadline, and starts are bounded; a command that is sent again has a new id.
class stream_request {
 public:
  struct hooks {
    /// The id of the next command.
    std::function<std::string(std::string_view action)> command_id;
    /// No stream is to be had: the carrier's code, empty when it gave none, and in words why. Not called
    /// after `came` or `cancel`.
    std::function<void(const std::string& code, const std::string& why)> failed;
  };

  /// The commander must live as long.
  stream_request(leg_commander& by, hooks tell) : by_(by), tell_(std::move(tell)) {}

  /// Begins anew with this order.
  void ask(stream_order order);

  /// Whether one is asked for and has not come.
  bool is_open() const { return at_ != step::idle; }

  /// A stream has come: none is wanted any more.
  void came() { enter(step::idle); }
  void cancel() { enter(step::idle); }

  /// The carrier says that a stream of the leg was stopped, or has failed; it may be any, and said late or
  /// twice.
  void on_stopped();
  void on_failed(const std::string& why);

 private:
  enum class step : std::uint8_t { idle, starting, coming, stopping };
  enum class dismissal : std::uint8_t { none, sent, answered };

  void enter(step next);
  void send(std::string_view action, std::string body, void (stream_request::*then)(const command_outcome&));
  void dismiss_other();
  void start();
  void on_start_answered(const command_outcome& outcome);
  void await();
  void on_none();
  void stop(std::string_view stream_id);
  void on_stop_answered(const command_outcome& outcome);
  void await_stop(std::chrono::milliseconds patience);
  void go_on();
  void fail();
  /// Whether the order was taken, and may wait for the end of another stream.
  bool may_wait() const { return accepted_ && order_.may_have_another && !other_is_over_; }

  leg_commander& by_;
  hooks tell_;
  stream_order order_;
  step at_ = step::idle;
  /// Tell answers to former steps and orders apart.
  std::uint64_t turn_ = 0;
  std::uint64_t orders_ = 0;
  std::uint32_t starts_ = 0;
  bool accepted_ = false;
  bool other_is_over_ = false;
  /// Whether the other stream's stop went along with the first start, which may overtake it.
  dismissal dismissal_ = dismissal::none;
  std::string code_;
  std::string why_;
  timer wait_;
};

}  // namespace tandem
