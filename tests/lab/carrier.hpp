#pragma once

#include "gateway/network/asio_loop.hpp"
#include "gateway/network/http_server.hpp"
#include "gateway/network/network_client.hpp"
#include "protocols/conversation/record.hpp"
#include "protocols/telnyx/carrier_control.hpp"
#include "tests/lab/phone.hpp"
#include "tests/lab/webhook_courier.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::lab {

/// What happens at a number that is called.
enum class callee { answers, busy, no_answer, machine, rejects, unknown };

/// What a number does when no one says otherwise: one that ends in 01 is busy, 02 does not answer, 03 is a
/// machine, 04 rejects, 05 does not exist; all others answer.
callee callee_of(std::string_view number);

/// How a call came out.
struct call_outcome {
  std::string call_control_id;
  /// `caller` (the person), `engine`, `rejected`, `stream` (it closed), `unanswered`, `carrier`.
  std::string ended_by;
  std::string detail;
  phone_counts counts;
  bool outgoing = false;
  bool answered = false;
  std::string from;
  std::string to;
  std::string hangup_cause;
  /// What the leg was labelled with last.
  std::string client_state;
  /// Of the far end of a transfer: the leg that it was dialled for.
  std::string transfer_of;
  /// By this machine's clock; the epoch for an answer that never came.
  wall_time began{};
  wall_time answered_at{};
  wall_time ended{};
  /// What the engine pressed, and what it had the carrier say.
  std::string keys;
  std::string spoken;
  /// Streams that were opened for it.
  unsigned streams = 0;
};

/// How long everything takes between a phone and the engine.
struct line_latency {
  std::chrono::milliseconds to_engine{0};
  std::chrono::milliseconds from_engine{0};
};

/// What becomes of a `streaming_start` for a leg that has a stream.
enum class second_stream {
  replaces,  ///< the carrier stops the old stream, and opens the new one
  refuses,   ///< 90045, until the carrier has told that the old one is stopped
  waits,     ///< accepted, and opened when the old one is over
};

/// The way that is called so; nothing for every other name.
std::optional<second_stream> read_second_stream(std::string_view name);

/// How long something takes, at least and at most.
struct delay_range {
  std::chrono::milliseconds least{0};
  std::chrono::milliseconds most{0};
};

/// Reads `MIN..MAX` in milliseconds; nothing when it is something else, or MIN is above MAX or MAX a minute.
std::optional<delay_range> read_delay_range(std::string_view text);

/// One of a leg's streams, counted from 1, and where the engine wanted it.
struct leg_stream {
  const std::string& call_control_id;
  const std::string& from;
  unsigned number;
  const std::string& url;
};

/// A command that the carrier obeys; `key` is the API key that it carried.
struct obeyed_command {
  const std::string& call_control_id;
  const std::string& from;
  const std::string& action;
  std::string_view key;
};

/// How a carrier behaves.
struct carrier_options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  /// Where events go; empty = no Call Control, so every call is a bare stream to `media_url`.
  std::string webhook_url;
  std::string media_url;
  /// The API key it wants; empty = any.
  std::string api_key;
  /// The application that may place calls; empty = any.
  std::string connection_id;
  std::chrono::milliseconds to_engine{0};
  std::chrono::milliseconds from_engine{0};
  /// In their place, those of each call.
  std::function<line_latency(const std::string& from)> latencies;
  key_telling keys = key_telling::events;
  /// How long behind a press its event comes.
  std::chrono::milliseconds key_event_delay{0};
  /// Of each two events that are on their way together, the later overtakes the earlier.
  bool swaps_key_events = false;
  /// How long each request to the REST API takes: only then is it obeyed and answered. Drawn from the seed.
  delay_range rest_delay;
  std::uint32_t seed = 1;
  lab::second_stream second_stream = lab::second_stream::refuses;
  /// A call that gets no command for so long is given up.
  std::chrono::milliseconds first_command{10000};
  /// How webhooks are delivered; its `url` is `webhook_url`.
  delivery_options delivery;
  /// How long a number that is called rings before anything happens there.
  std::chrono::milliseconds ring{100};
  /// A number that does not answer rings no longer than this; 0 = as long as the engine wants.
  std::chrono::milliseconds longest_ring{0};
  std::function<callee(std::string_view number)> callees = callee_of;
  /// How long a machine's greeting goes on after it was detected, when that is asked for.
  std::chrono::milliseconds machine_greeting{1000};
  /// Who is at a number that answers; nobody in particular, when empty. Must live as long as the carrier.
  std::function<person*(const std::string& number)> answering;
  /// Told of every leg once it is over, whoever placed it.
  std::function<void(const call_outcome&)> leg_over;
  /// Told of every call that the engine placed, once it is over.
  std::function<void(const call_outcome&)> placed_over;
  /// Looks at each command first: what it gives is answered, and nothing is done.
  std::function<std::optional<server_answer>(std::string_view action, const std::string& body)> fault;
  /// Told what becomes of every stream, and of every command to a leg that is accepted.
  std::function<void(const leg_stream&, stream_news)> on_stream;
  std::function<void(const obeyed_command&)> on_obeyed;
  /// Where a stream is opened in place of its URL.
  std::function<std::string(const std::string& url)> reroute;
};

/// Telnyx as far as the engine can tell: Call Control's REST API, signed webhooks, media streams. Lives on
/// one loop, where all of its functions are to be called.
class carrier {
 public:
  carrier(asio_loop& home, carrier_options options);
  /// Drops every call. Not from a loop's thread.
  ~carrier();
  carrier(const carrier&) = delete;

  void start();
  std::uint16_t port() const;
  std::string public_key() const { return courier_.signer().public_key(); }

  /// A webhook's signature, as this carrier makes it.
  std::string sign(std::string_view timestamp, std::string_view body) const {
    return courier_.signer().sign(timestamp, body);
  }

  /// A person calls a number; on the loop, as all that follows; `over` is told how it came out. The person
  /// must live until then.
  void place(const std::string& from, const std::string& to, telnyx::codec codec, person& who,
             std::function<void(const call_outcome&)> over);

  /// Webhooks that are neither taken nor given up yet.
  std::size_t undelivered() const { return courier_.under_way(); }

  /// Calls that are not over.
  std::size_t calls() const { return calls_.size(); }

  /// Ends every call as its caller would.
  void hang_up_all();

  /// Every caller puts their call on hold, or takes it up again, as far as the carrier tells.
  void hold_all(bool on_hold);

  /// Breaks every stream off without a word; the calls go on.
  void drop_streams();

  /// Breaks every stream off, and does not notice: the leg has its stream until somebody ends that.
  void lose_streams();

  /// Lets every stream fall silent; its connection stays.
  void freeze_streams();

 private:
  struct leg;
  using command = telnyx::carrier::command;

  /// A request that is not obeyed yet.
  struct late_request {
    server_request request;
    respond answer;
    timer due;
  };

  // What the engine asks for (carrier_api.cpp).
  void take(server_request request, const respond& answer);
  void on_request(const server_request& request, const respond& answer);
  /// False when it was refused.
  bool on_command(leg& call, const std::string& action, const command& wanted, const respond& answer);
  void on_dial(const command& wanted, const respond& answer);
  void on_list(const request_head& head, const respond& answer);
  void on_events(const request_head& head, const respond& answer);
  void on_status(std::string_view id, const respond& answer);
  std::optional<server_answer> refusal(const leg& call, const std::string& action,
                                       const command& wanted) const;
  void perform(leg& call, const std::string& action, const command& wanted);

  // What happens on the line (carrier.cpp).
  leg& new_leg(std::string from, std::string to, telnyx::codec codec);
  void ring(leg& call, std::chrono::seconds patience, std::function<void(leg&)> answered);
  void answered(leg& call);
  void detect(leg& call, callee who);
  void await_greeting(leg& call);
  void transfer(leg& call, const command& wanted);
  void bridge(leg& one, leg& other);
  void speak(leg& call, const std::string& text);
  void watch_person(const std::string& id);
  telnyx::webhook event_of(const leg& call, std::string_view event_type) const;
  void notify(const leg& call, std::string_view event_type) { send(event_of(call, event_type)); }
  void send(const telnyx::webhook& event);
  void finish(std::string id, std::string_view ended_by, std::string_view detail,
              std::string_view cause = "normal_clearing");

  // A leg's streams (carrier_streams.cpp).
  void start_stream(leg& call, const std::string& url);
  void open_stream(leg& call, const std::string& url);
  void on_stream_over(const std::string& id, unsigned which, const std::string& why);
  void stop_stream(leg& call);
  void stream_is_over(leg& call, std::string_view event_type);

  asio_loop& home_;
  carrier_options options_;
  webhook_courier courier_;
  std::unique_ptr<link_connector> links_;
  std::unique_ptr<http_server> server_;
  std::map<std::string, std::unique_ptr<leg>, std::less<>> calls_;
  /// Which leg a `dial` made, by its command id.
  std::map<std::string, std::string, std::less<>> dialled_;
  std::deque<std::string> ended_;
  std::map<std::uint64_t, late_request> late_;
  std::uint64_t requests_ = 0;
  std::minstd_rand chance_;
};

}  // namespace tandem::lab
