#pragma once

#include "protocols/moment.hpp"
#include "tests/lab/load/call_facts.hpp"
#include "tests/lab/load/media_socket.hpp"
#include "tests/lab/load/media_text.hpp"
#include "tests/lab/load/statistics.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::lab {

/// Who ended a call.
enum class call_end : std::uint8_t {
  caller,   ///< hung up as planned
  engine,   ///< closed the stream, or hung up
  refused,  ///< did not take the call
  failed,   ///< no connection, no answer
  broken,   ///< a planned fault was its end
};

std::string_view to_string(call_end how);

/// How one call came out.
struct call_result {
  std::shared_ptr<call_facts> facts;
  call_end how = call_end::failed;
  unsigned status = 0;  ///< of a refused upgrade
  std::string why;
  std::uint32_t frames_sent = 0;
  std::uint32_t replies_heard = 0;  ///< frames
  std::uint32_t longest_wait = 0;   ///< frames without a sound in reply to what Scribe had told
  moment at{};
};

/// How soon `clear` came to callers who interrupted.
struct interruption_times {
  /// After Scribe told their words.
  time_statistics by_words;
  /// After they began to speak, where Scribe told nothing.
  time_statistics by_voice;
};

/// What the callers of one loop share.
struct caller_ward {
  int epoll;
  const sound_book& book;
  /// From the connect to the open stream; counts before the measurement too, when most calls begin.
  time_statistics set_up;
  interruption_times interruptions;
  /// How much of a turn the engine took: from the transcript to the text, and from the first audio to here.
  time_statistics own;
  std::uint64_t faults = 0;  ///< messages that no carrier would understand
  bool measuring = false;
  /// Sockets that their callers have let go, until no event can name them.
  std::vector<std::unique_ptr<media_socket>> dropped;
};

/// One call's carrier and caller: sends a frame at each `tick`, plays what comes, and does what its plan says
/// goes wrong. Lives on the generator's thread.
class caller final : public media_socket_events {
 public:
  caller(caller_ward& ward, std::shared_ptr<call_facts> facts);
  ~caller();
  caller(const caller&) = delete;

  const call_plan& plan() const { return facts_->plan; }
  const std::string& call_control_id() const { return id_; }

  /// Opens the stream.
  void open(const std::string& url);

  /// 20 ms have passed.
  void tick();

  /// The caller puts the phone down.
  void hang_up();

  /// The engine ended the call, by a command.
  void hung_up_by_engine();
  void rejected(std::string_view why);

  /// The run is over.
  void drop();

  bool is_over() const { return over_; }
  const call_result& result() const { return result_; }

 private:
  enum class phase : std::uint8_t { waiting, opening, talking, leaving };

  void on_open(media_socket& from) override;
  void on_message(media_socket& from, server_frames::kind what, std::string_view payload) override;
  void on_end(media_socket& from, unsigned status, std::string_view why) override;

  void dial(std::unique_ptr<media_socket>& socket);
  void obey(std::string_view text);
  void play();
  void await_reply();
  void note_clear();
  void hear(std::string_view base64, moment read_at);
  void return_marks(bool all);
  void send_start();
  void send_text(std::string_view text);
  bool transmit(std::string_view framed);
  void send_frame();
  std::uint16_t next_sound();
  bool suffer();
  void suffer_now();
  void note_suffering();
  void close();
  void let_go(std::unique_ptr<media_socket>& socket, bool reset = false);
  void end(call_end how, std::string_view why, unsigned status = 0);

  caller_ward& ward_;
  std::shared_ptr<call_facts> facts_;
  std::string id_;
  std::string url_;
  std::unique_ptr<media_socket> stream_;
  std::unique_ptr<media_socket> former_;
  media_text media_;
  phase at_ = phase::waiting;
  bool over_ = false;
  bool silent_ = false;      // nothing is sent any more
  std::uint32_t ticks_ = 0;  // since the phase began
  std::uint32_t life_ = 0;   // frames since the stream is open
  std::uint64_t sequence_ = 0;
  std::string held_;  // a frame that its successor overtakes
  std::string out_;
  moment dialed_{};

  // What is to be played.
  std::uint64_t queued_ = 0;
  std::uint64_t played_ = 0;
  std::uint32_t heard_run_ = 0;   // frames since silence
  std::uint32_t silent_run_ = 0;  // frames since audio
  std::uint32_t waited_ = 0;      // frames for a reply
  struct mark {
    std::uint64_t at;
    std::string name;
  };
  std::deque<mark> marks_;

  // What is said.
  std::uint32_t next_speech_ = 0;
  std::uint32_t said_ = 0;  // frames of the sentence, 0 = silent
  std::uint32_t last_voice_ = 0;
  bool whispers_ = false;
  bool interrupted_ = false;
  moment interrupting_{};
  std::uint32_t reading_again_ = 0;  // frame
  call_result result_;
};

}  // namespace tandem::lab
