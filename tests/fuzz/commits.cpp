#include "protocols/audio/commits.hpp"

#include <cstdlib>
#include <fuzzer/FuzzedDataProvider.h>

using namespace tandem;
using namespace std::chrono_literals;

/// Whatever a server answers and a client sends: utterances join without a gap, never more of them than
/// messages, none says again what nobody asked for, and a commit that may go is within the rules.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const bool by_server = input.ConsumeBool();
  commits scribe({.by_server = by_server}, 1000);
  moment now{};
  std::uint64_t end = 1000, sent = 1000, utterances = 0, plain = 0, stamped = 0;
  bool missed = false;
  std::string last;
  const auto given = [&](const std::optional<utterance>& one, bool timed, std::size_t pending,
                         auto uncommitted) {
    if (!one) return;
    // Words at a later time are later words, even if they are the same.
    if (!timed && pending == 0 && utterances != 0 && one->text == last && uncommitted < 300ms) std::abort();
    last = one->text;
    if (one->audio_begin != end || one->audio_end < end || one->audio_end > sent) std::abort();
    end = one->audio_end;
    missed = false;
    ++utterances;
  };
  while (input.remaining_bytes() != 0) {
    now += std::chrono::milliseconds(input.ConsumeIntegralInRange(0, 1000));
    const std::size_t pending = scribe.pending();
    const auto uncommitted = scribe.uncommitted();
    switch (input.ConsumeIntegralInRange(0, 7)) {
      case 0: {
        const auto bytes = input.ConsumeIntegralInRange<std::size_t>(0, 80'000);
        scribe.sent(bytes, now);
        sent += bytes;
        break;
      }
      case 1:
        scribe.sent_silence(input.ConsumeIntegralInRange<std::size_t>(0, 80'000), now);
        break;
      case 2:
        scribe.commit(now);
        break;
      case 3:
        ++plain;
        given(scribe.take(scribe::committed{input.ConsumeRandomLengthString(4)}), false, pending,
              uncommitted);
        break;
      case 4: {
        ++stamped;
        scribe::committed_with_timestamps message;
        if (input.ConsumeBool()) message.words.push_back({"a", input.ConsumeFloatingPoint<double>(), 5, {}});
        given(scribe.take(message), !message.words.empty(), pending, uncommitted);
        break;
      }
      case 5:
        scribe.take(scribe::partial{input.ConsumeRandomLengthString(4)});
        break;
      case 6:
        scribe.refused();
        break;
      default:
        if (scribe.stalled(now) && !scribe.deadline()) std::abort();
    }
    // An automatic commit that was given up opens the guarded time.
    missed = missed || scribe.pending() < pending;
    if (utterances > plain + stamped || scribe.pending() > 64) std::abort();
    if (scribe.check() == commits::readiness::ready) {
      if (scribe.uncommitted() < 300ms) std::abort();
      if (!by_server && !missed && scribe.uncommitted() >= 33'500ms) std::abort();
    }
    const std::size_t padding = scribe.padding();
    if (scribe.check() == commits::readiness::too_short) {
      commits padded = scribe;
      padded.sent_silence(padding, now);
      if (padded.check() != commits::readiness::ready) std::abort();
    }
  }
  return 0;
}
