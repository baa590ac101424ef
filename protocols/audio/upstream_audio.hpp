#pragma once

#include "protocols/audio/paged_audio.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tandem {

/// The audio of one call on its way to Scribe, by position (bytes since the call's start). What was sent is
/// kept until it is committed, so that a new connection can begin at the last committed position. When the
/// bound is reached the oldest audio goes, and is counted.
class upstream_audio {
 public:
  struct settings {
    std::size_t capacity = 240'000;  ///< bytes; 30 s of 8 kHz mu-law
    std::size_t chunk = 800;         ///< bytes of a whole chunk; 100 ms of 8 kHz mu-law
    std::size_t sample = 1;          ///< bytes of one sample, of which only whole ones are dropped
  };

  explicit upstream_audio(const settings& bounds);

  /// Takes audio from the carrier; makes room by dropping the oldest.
  void append(std::span<const std::uint8_t> audio);

  /// Moves the next whole chunk into `out`, replacing what it held, or as many as `chunks` in one piece while
  /// there is a backlog. False when there is no whole one.
  bool take_chunk(std::vector<std::uint8_t>& out, std::size_t chunks = 1);

  /// Moves what is left into `out`, at most one chunk, for a commit. False when all has been sent.
  bool take_rest(std::vector<std::uint8_t>& out);

  /// Audio before `position` is in a transcript and is forgotten.
  void committed(std::uint64_t position);

  /// Audio before `position` holds no words and is forgotten, sent or not. Between connections only: what a
  /// connection is sent must have no hole.
  void skip(std::uint64_t position);

  /// Makes everything kept unsent again for a new connection; the position where that begins.
  std::uint64_t rewind();

  /// The position of the next byte to send.
  std::uint64_t sent_position() const { return sent_; }

  /// The position after the last byte taken in.
  std::uint64_t end_position() const { return kept_.end(); }

  /// Bytes held, sent or not.
  std::size_t buffered_bytes() const { return kept_.size(); }

  /// Bytes held and not yet sent.
  std::size_t unsent_bytes() const { return static_cast<std::size_t>(kept_.end() - sent_); }

  /// Bytes dropped that no connection was sent: lost words.
  std::uint64_t dropped_bytes() const { return dropped_; }

  /// Bytes dropped that were sent but not committed: a new connection will not get them.
  std::uint64_t forgotten_bytes() const { return forgotten_; }

 private:
  void make_room(std::size_t bytes);
  bool take(std::vector<std::uint8_t>& out, std::size_t bytes);

  settings bounds_;
  paged_audio kept_;
  std::uint64_t sent_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t forgotten_ = 0;
};

}  // namespace tandem
