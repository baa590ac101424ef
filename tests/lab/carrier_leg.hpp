#pragma once

#include "tests/lab/carrier.hpp"

#include <set>

namespace tandem::lab {

/// The time, as webhooks and lists tell it.
std::string now_text();

/// One leg at the carrier.
struct carrier::leg {
  line over;
  person* who = nullptr;
  std::function<void(const call_outcome&)> done;
  std::unique_ptr<phone> stream;
  std::set<std::string> commands;
  bool outgoing = false;
  bool answered = false;
  /// Whether the connection of the stream is gone, and the carrier does not know.
  bool lost_stream = false;
  /// Of the stream that waits for this one's end.
  std::string next_stream_url;
  /// Streams that the carrier has stopped, by number, until their connections are closed.
  std::map<unsigned, std::unique_ptr<phone>> stopped;
  /// The leg that it is bridged to, or rings for.
  std::string other;
  /// The leg that it was dialled for, to transfer its caller.
  std::string transfer_of;
  wall_time began{};
  wall_time answered_at{};
  /// How an answering machine is to be detected; empty = not at all.
  std::string detection;
  std::string stream_url;
  std::string keys;
  std::string spoken;
  unsigned streams = 0;
  moment up_since{};
  std::vector<telnyx::carrier::listed_event> events;
  /// Of the streams that are over.
  phone_counts counts;
  timer first_command;
  timer ringing;
  timer speaking;
  timer next_look;

  const std::string& id() const { return over.call_control_id; }
  /// The engine's direction is as it asks for, the caller's as the line has it.
  void take_wishes(const telnyx::carrier::command& wanted) {
    over.from_engine_codec = telnyx::codec_of(wanted.bidirectional_codec);
    over.rate = wanted.bidirectional_sampling_rate;
    // Whoever was called has no codec of their own.
    if (outgoing && !wanted.stream_codec.empty()) over.codec = telnyx::codec_of(wanted.stream_codec);
  }
  bool has_live_stream() const { return stream && !lost_stream; }
  void drop_stream() {
    if (stream) counts.add(stream->counts());
    stream.reset();
    lost_stream = false;
  }
};

}  // namespace tandem::lab
