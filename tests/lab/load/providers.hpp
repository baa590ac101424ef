#pragma once

#include "gateway/network/asio_loop.hpp"
#include "gateway/network/http_server.hpp"
#include "tests/lab/load/call_facts.hpp"
#include "tests/lab/load/sound_book.hpp"
#include "tests/lab/load/statistics.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tandem::lab {

/// What the providers' ends saw in a run.
struct provider_figures {
  /// From a frame's leaving the caller to the arrival of the chunk that ends with it, while measuring.
  time_statistics delay;
  std::uint64_t scribe_sessions = 0;
  std::uint64_t speech_sockets = 0;
  std::uint64_t refused = 0;
  /// Texts that were common to all calls.
  std::uint64_t common = 0;
  /// What no call could be told of: audio without a tag, text without a number.
  std::uint64_t strangers = 0;
  /// How late the loops were, at most, in microseconds.
  std::uint64_t loop_lag = 0;

  void add(const provider_figures& other);
};

/// What the sessions of one loop share.
struct provider_ward {
  asio_loop& home;
  const sound_book& book;
  call_book& calls;
  std::atomic<bool>& measuring;
  /// What every call may be told; it is spoken as silence, since it names none.
  std::vector<std::string> common_texts;
  provider_figures figures;
};

/// ElevenLabs' two sockets for load: no recognition and no synthesis, but every byte of both directions is
/// accounted for by the tag it carries. Transcripts name their call, so that replies can be told apart.
class load_providers {
 public:
  /// Binds what `where` says; throws std::runtime_error when it cannot. Loops, book and calls outlive it.
  load_providers(std::vector<asio_loop*> loops, server_settings where, const sound_book& book,
                 call_book& calls, const std::vector<std::string>& common_texts = {});

  /// Drops every client. Not from a loop's thread.
  ~load_providers();
  load_providers(const load_providers&) = delete;

  std::uint16_t port() const { return server_->port(); }

  /// New connections are refused with this status; 1 accepts and breaks them off, 0 takes them again.
  void refuse(unsigned status) { refusal_ = status; }

  /// Whether delays count.
  void measure(bool on) { measuring_ = on; }

  /// What was seen since the last time. Not from a loop's thread.
  provider_figures take_figures();

 private:
  struct room;

  void admit(std::unique_ptr<upgrade> door);

  std::atomic<unsigned> refusal_ = 0;
  std::atomic<bool> measuring_ = false;
  std::vector<std::shared_ptr<room>> rooms_;
  std::unique_ptr<http_server> server_;
};

}  // namespace tandem::lab
