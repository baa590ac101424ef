#pragma once

#include "gateway/network/asio_loop.hpp"
#include "gateway/network/http_server.hpp"
#include "tests/lab/recognition.hpp"
#include "tests/lab/scribe_session.hpp"
#include "tests/lab/speech_faults.hpp"
#include "tests/lab/speech_session.hpp"
#include "tests/lab/synthesis.hpp"
#include "tests/lab/worker_pool.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::lab {

/// What the speech server does, and where.
struct speech_server_options {
  std::string host = "127.0.0.1";
  /// 0 = any free port.
  std::uint16_t port = 0;
  /// PEM files; both empty = plain TCP.
  std::string tls_certificate{};
  std::string tls_key{};
  /// What callers may say; the recogniser knows the words of these phrases.
  std::vector<std::string> phrases;
  /// The flite voice that speaks for every voice id that is not the name of one.
  std::string voice{agent_voice};
  /// Generated sound instead of speech, and in place of recognition these lines (two of our own when empty).
  bool synthetic = false;
  std::vector<std::string> transcripts;
  /// With `synthetic`: what recognises in place of these lines.
  std::shared_ptr<recogniser> ears;
  /// Scribe sessions that can be recognised at once; more are refused with `resource_exhausted`.
  std::size_t max_streams = 16;
  /// Threads of recognition and synthesis.
  std::size_t workers = 2;
  scribe_behaviour scribe;
  speech_behaviour speech;
  /// Gets the audio of each Scribe session, numbered from 1, as it comes; on the session's loop.
  std::function<void(std::uint64_t session, std::span<const std::uint8_t> audio)> heard;
  /// Gets each text that a speech socket is sent, with the socket's number; on the socket's loop.
  std::function<void(std::uint64_t socket, std::string_view text)> asked;
  /// Go wrong from `start` on.
  std::vector<speech_fault> faults;
};

/// ElevenLabs' two sockets on one port: `/v1/speech-to-text/realtime` and
/// `/v1/text-to-speech/{voice}/multi-stream-input`. Every client lives on the loop that has the fewest, or
/// over TLS on the one that accepted it.
class speech_server {
 public:
  /// Binds; throws std::runtime_error when it cannot, or the engines do not start. The loops, which run,
  /// outlive the server.
  speech_server(std::vector<asio_loop*> loops, speech_server_options options);

  /// Drops every client and waits for their loops. Not from a loop's thread.
  ~speech_server();
  speech_server(const speech_server&) = delete;

  /// Begins to accept.
  void start();

  /// From now on this goes wrong when it is due; from any thread but a loop's.
  void inject(const speech_fault& fault);

  std::uint16_t port() const { return server_->port(); }

  /// How many clients there have been: the number of the newest one of either side. From any thread.
  std::uint64_t accepted() const { return last_; }

  /// Clients connected now; from any thread.
  std::size_t clients() const;

 private:
  struct room;
  std::shared_ptr<room> room_for(upgrade& door);
  void admit(std::unique_ptr<upgrade> door);
  void apply(const speech_fault& fault, bool begins);
  side_faults& faults_of(speech_side side) { return *faults_[static_cast<std::size_t>(side)]; }
  voice& mouth_of(std::string_view path);

  speech_server_options options_;
  // The workers use the engines, and end before them.
  std::map<std::string, std::unique_ptr<voice>, std::less<>> mouths_;
  std::shared_ptr<recogniser> ears_;
  worker_pool workers_;
  std::array<std::shared_ptr<side_faults>, 2> faults_{std::make_shared<side_faults>(),
                                                      std::make_shared<side_faults>()};
  std::vector<std::shared_ptr<room>> rooms_;
  std::atomic<std::uint64_t> last_ = 0;
  std::unique_ptr<http_server> server_;
};

}  // namespace tandem::lab
