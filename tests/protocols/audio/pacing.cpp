#include "protocols/audio/pacing.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;

namespace {

using bytes = std::vector<std::uint8_t>;

constexpr moment start{};

bytes audio(std::uint64_t from, std::size_t size) {
  bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>((from + i) % 251);
  return out;
}

bytes milliseconds_of_audio(std::size_t ms) { return audio(0, ms * 8); }

/// What left, and when; the carrier's view.
struct stream {
  explicit stream(const pacing::settings& rules = {}) : turn(rules) { turn.begin_turn(); }

  /// Sends what is due now; the number of chunks.
  int send() {
    int count = 0;
    bytes out;
    while (const auto chunk = turn.take(out, now)) {
      sizes.push_back(out.size());
      all.insert(all.end(), out.begin(), out.end());
      last = chunk->last;
      ++count;
    }
    return count;
  }

  /// Wakes up when the machine wants to, until it wants nothing or so much time is over.
  void run(std::chrono::milliseconds time) {
    const moment end = now + time;
    for (send(); turn.wake_up() && *turn.wake_up() <= end; send()) {
      REQUIRE(*turn.wake_up() > now);
      now = *turn.wake_up();
      // By deadline: nothing leaves before its time, all that is due leaves at it.
      const std::size_t before = all.size();
      send();
      REQUIRE(all.size() > before);
      lead_at_most = std::max(lead_at_most, turn.played_at() - now);
    }
    now = end;
  }

  pacing turn;
  moment now = start;
  bytes all;
  std::vector<std::size_t> sizes;
  bool last = false;
  moment::duration lead_at_most{};
};

}  // namespace

TEST_CASE("a turn leaves in order, 100 ms at a time, never more than 400 ms ahead") {
  stream out;
  out.turn.append(milliseconds_of_audio(3000));
  out.turn.finish();
  CHECK(out.send() == 4);
  CHECK(out.turn.played_at() == start + 400ms);
  CHECK(out.turn.wake_up() == start + 100ms);
  out.run(10s);
  CHECK(out.all == milliseconds_of_audio(3000));
  CHECK(out.sizes == std::vector<std::size_t>(30, 800));
  CHECK(out.lead_at_most == 400ms);
  CHECK(out.last);
  CHECK(out.turn.done());
  CHECK(out.turn.played_at() == start + 3s);
}

TEST_CASE("a late wake-up is made good at once") {
  stream out;
  out.turn.append(milliseconds_of_audio(3000));
  out.send();
  out.now += 250ms;
  CHECK(out.send() == 2);
  CHECK(out.turn.wake_up() == start + 300ms);
}

TEST_CASE("the first audio leaves as soon as 20 ms are there") {
  stream out;
  out.turn.append(audio(0, 159));
  CHECK(out.send() == 0);
  CHECK_FALSE(out.turn.wake_up());
  out.turn.append(audio(159, 2));
  CHECK(out.send() == 1);
  CHECK(out.all == audio(0, 160));
  CHECK(out.turn.unsent_bytes() == 1);
}

TEST_CASE("a short chunk waits for more while the carrier has enough to play") {
  stream out;
  out.turn.append(milliseconds_of_audio(300));
  CHECK(out.send() == 3);
  out.turn.append(milliseconds_of_audio(60));
  CHECK(out.send() == 0);
  CHECK(out.turn.wake_up() == start + 200ms);
  out.now = start + 200ms;
  CHECK(out.send() == 1);
  CHECK(out.sizes.back() == 480);
}

TEST_CASE("the tail is padded with silence to whole 20 ms") {
  stream out;
  out.turn.append(audio(0, 805));
  out.turn.finish();
  out.run(1s);
  CHECK(out.sizes == std::vector<std::size_t>{800, 160});
  bytes expected = audio(0, 805);
  expected.resize(960, 0xFF);
  CHECK(out.all == expected);
  CHECK(out.last);
  CHECK(out.turn.sent_position() == 805);
}

TEST_CASE("padding is the codec's silence and frames are the codec's size") {
  stream out({.bytes_per_ms = 32, .silence = 0});
  out.turn.append(audio(0, 100));
  out.turn.finish();
  CHECK(out.send() == 1);
  CHECK(out.all.size() == 640);
  CHECK(out.all[100] == 0);
}

TEST_CASE("an underrun starts the clock anew without a burst") {
  stream out;
  out.turn.append(milliseconds_of_audio(200));
  out.run(2s);
  CHECK(out.turn.played_at() == start + 200ms);
  out.turn.append(audio(1600, 16'000));
  CHECK(out.send() == 4);
  CHECK(out.turn.played_at() == out.now + 400ms);
}

TEST_CASE("audio cut into pieces at every byte leaves the same") {
  const bytes whole = audio(0, 1000);
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    stream out;
    out.turn.append(std::span(whole).first(cut));
    out.send();
    out.turn.append(std::span(whole).subspan(cut));
    out.turn.finish();
    out.run(1s);
    bytes expected = whole;
    expected.resize(1120, 0xFF);
    CHECK(out.all == expected);
    CHECK(out.turn.done());
  }
}

TEST_CASE("a turn that ends after its last audio has left is done without another chunk") {
  stream out;
  out.turn.append(milliseconds_of_audio(100));
  out.send();
  CHECK_FALSE(out.turn.done());
  out.turn.finish();
  CHECK(out.turn.done());
  CHECK_FALSE(out.turn.wake_up());
}

TEST_CASE("the source is not read from the bound down to half of it, and nothing is lost") {
  stream out({.bound = 8000});
  CHECK(out.turn.drained());
  out.turn.append(audio(0, 8000));
  CHECK_FALSE(out.turn.full());
  out.turn.append(audio(8000, 40'000));
  CHECK(out.turn.full());
  while (out.turn.unsent_bytes() > 4800) out.run(100ms);
  CHECK_FALSE(out.turn.full());
  CHECK_FALSE(out.turn.drained());
  out.run(100ms);
  CHECK(out.turn.drained());
  out.turn.finish();
  out.run(1s);
  CHECK(out.all == audio(0, 48'000));
}

TEST_CASE("after clear nothing leaves until resume, which sends the unheard again") {
  stream out;
  out.turn.append(audio(0, 8000));
  out.send();
  CHECK(out.turn.sent_position() == 3200);
  out.now += 150ms;
  out.turn.clear(out.now);
  CHECK(out.turn.played_at() == out.now);
  out.turn.append(audio(8000, 1000));
  CHECK(out.send() == 0);
  CHECK_FALSE(out.turn.wake_up());
  out.now += 500ms;
  out.all.clear();
  CHECK(out.turn.resume(1000) == 1000);
  CHECK(out.send() == 4);
  CHECK(out.turn.played_at() == out.now + 400ms);
  out.turn.finish();
  out.run(3s);
  CHECK(out.all == audio(1000, 8000));
}

TEST_CASE("history is kept for a resume, and no more than that") {
  stream out({.history = 1000ms});
  out.turn.append(audio(0, 80'000));
  out.run(5s);
  CHECK(out.turn.sent_position() > 40'000);
  CHECK(out.turn.buffered_bytes() == out.turn.unsent_bytes() + 8000);
  const std::uint64_t oldest = out.turn.sent_position() - 8000;
  out.turn.clear(out.now);
  CHECK(out.turn.resume(100) == oldest);
}

TEST_CASE("resume never goes forward") {
  stream out;
  out.turn.append(audio(0, 8000));
  out.send();
  out.turn.clear(out.now);
  CHECK(out.turn.resume(100'000) == 3200);
}

TEST_CASE("audio that is taken back does not leave, but what has left stays") {
  stream carrier;
  carrier.turn.append(milliseconds_of_audio(1000));
  carrier.send();
  CHECK(carrier.turn.cut(700 * 8) == 700 * 8);
  CHECK(carrier.turn.cut(0) == carrier.turn.sent_position());
  carrier.turn.append(audio(carrier.turn.end_position(), 800));
  carrier.turn.finish();
  carrier.run(2s);
  CHECK(carrier.all == milliseconds_of_audio(500));
}

TEST_CASE("a new turn forgets the former one, and follows what the carrier still plays") {
  stream out;
  out.turn.append(audio(0, 8000));
  out.turn.finish();
  out.send();
  out.turn.begin_turn();
  CHECK(out.turn.buffered_bytes() == 0);
  CHECK_FALSE(out.turn.done());
  out.all.clear();
  out.turn.append(audio(0, 800));
  CHECK(out.send() == 0);
  CHECK(out.turn.wake_up() == start + 100ms);
  out.turn.clear(out.now);
  out.turn.begin_turn();
  out.turn.append(audio(7, 800));
  CHECK(out.send() == 1);
  CHECK(out.all == audio(7, 800));
}

TEST_CASE("a copy goes on as the original does") {
  stream out;
  out.turn.append(audio(0, 8000));
  out.run(300ms);
  stream copy = out;
  out.run(5s);
  copy.run(5s);
  CHECK(out.all == copy.all);
  CHECK(out.turn.played_at() == copy.turn.played_at());
}

TEST_CASE("no sample is cut, wherever a turn is cut or resumed") {
  stream out({.bytes_per_ms = 32, .sample_bytes = 2, .silence = 0});
  out.turn.append(audio(0, 64'000));
  out.run(100ms);
  CHECK(out.sizes == std::vector<std::size_t>(5, 3200));
  out.turn.clear(out.now);
  CHECK(out.turn.resume(1601) == 1600);
  CHECK(out.turn.cut(20'001) == 20'000);
  out.turn.finish();
  out.all.clear();
  out.run(5s);
  // The rest, filled up to whole frames of 640 bytes.
  CHECK(out.all.size() == 18'560);
  CHECK(out.all[0] == audio(0, 64'000)[1600]);
  CHECK(out.last);
}
