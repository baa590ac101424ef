#pragma once

#include "actors/media/provider_link.hpp"
#include "actors/runtime/link.hpp"
#include "protocols/audio/audio_format.hpp"
#include "protocols/elevenlabs/scribe.hpp"
#include "protocols/moment.hpp"
#include "protocols/providers/recogniser.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tandem {

class loop;
struct call_limits;
struct scribe_settings;
struct services;

/// A call's sessions with Scribe, or with what stands in for it, one after another: when there is to be one,
/// how old it may become, and what its errors mean. Without a timer: its owner calls `tick` at `wake_up`.
class scribe_sessions {
 public:
  /// What became of a session.
  enum class fate : std::uint8_t {
    lives,
    lost,  ///< a new one follows by itself, or when somebody speaks
    over,  ///< and there will be no other: `give_up` is to be called
  };

  /// For audio in `format`. Events of the link go to `owner`.
  scribe_sessions(loop& home, const services& shared, const scribe_settings& settings,
                  const audio_format& format, const call_limits& limits, link_events& owner);

  /// A session is needed; ends a rest.
  void want(moment now);

  /// Scribe said that the session has begun.
  provider_link::arrival started(moment now);

  /// The session gave a transcript.
  void proved_good();

  /// The link ended.
  fate closed(const link_closed& how, moment now);

  /// Scribe said that something is wrong; `quiet`, when nobody speaks and nothing waits for a transcript. A
  /// commit that was refused for the first time costs no session.
  fate failed(const scribe::error& what, bool quiet, moment now);

  /// The session left a commit unanswered.
  fate stalled(moment now);

  /// Passes deadlines.
  fate tick(moment now);

  /// Whether the session is so old that a fresh one should take its place now.
  bool is_old(bool quiet, moment now) const;

  /// Takes a fresh session in place of this one.
  void renew(moment now) { link_.renew(now); }

  /// There will be no session any more.
  void give_up() { link_.give_up(); }

  bool is_connecting() const { return link_.is_connecting(); }
  bool is_usable() const { return link_.is_usable(); }
  bool are_over() const { return link_.has_failed(); }

  /// Only of a usable session.
  link& connection() const { return link_.connection(); }

  /// What the newest session speaks, and with whom.
  const recogniser_protocol& protocol() const { return *protocols_[link_.provider()]; }
  std::size_t provider() const { return link_.provider(); }

  /// When `tick` has something to do.
  std::optional<moment> wake_up(moment now) const;

 private:
  fate lose(moment now, bool for_another = false);
  fate refused(moment now);
  bool waits() const { return !link_.is_usable() && !link_.has_failed() && !resting_; }

  bool resting_ = false;  // until somebody speaks
  unsigned stalls_ = 0;   // sessions that left a commit unanswered or refused one, in a row
  std::vector<const recogniser_protocol*> protocols_;
  provider_link link_;
};

}  // namespace tandem
