#include "protocols/audio/wav.hpp"
#include "tests/system/plain_socket.hpp"
#include "tests/system/staying_caller.hpp"

#include <filesystem>

namespace tandem::test {

namespace {

using samples = std::vector<std::int16_t>;

/// Says what every caller says here, hears the reply to its end, and hangs up.
class one_turn final : public lab::person {
 public:
  explicit one_turn(std::size_t wanted) : wanted_(wanted) {}

  void speak(moment, lab::frame& out) override {
    const auto& speech = known_speech(telnyx::codec::pcmu);
    out.fill(g711::ulaw_silence);
    const auto count = std::min(out.size(), speech.size() - at_);
    std::copy_n(speech.begin() + static_cast<std::ptrdiff_t>(at_), count, out.begin());
    at_ += count;
  }
  void hear(moment, const lab::frame& frame, bool is_audio) override {
    if (is_audio) heard.insert(heard.end(), frame.begin(), frame.end());
    silence_ = is_audio ? 0 : silence_ + 1;
  }
  bool hangs_up(moment) override { return heard.size() >= wanted_ && silence_ > 25; }

  std::vector<std::uint8_t> heard;

 private:
  std::size_t wanted_;
  std::size_t at_ = 0;
  std::size_t silence_ = 0;
};

samples linear(std::span<const std::uint8_t> ulaw) {
  samples out(ulaw.size());
  g711::decode_ulaw(ulaw, out);
  return out;
}

/// One side of a recording.
samples side(const wav::content& of, std::size_t channel) {
  samples out;
  for (auto at = 2 * channel; at + 1 < of.audio.size(); at += 4) {
    out.push_back(static_cast<std::int16_t>(of.audio[at] | of.audio[at + 1] << 8));
  }
  return out;
}

std::optional<std::size_t> place_of(const samples& what, const samples& in) {
  const auto found = std::search(in.begin(), in.end(), what.begin(), what.end());
  if (found == in.end()) return std::nullopt;
  return static_cast<std::size_t>(found - in.begin());
}

}  // namespace

TEST_CASE("a call's recording has what was said on the left and what was heard on the right") {
  temporary_folder folder;
  running_engine running({.flags = {"--store.recordings=" + folder / "recordings"}});
  auto spoken = lab::make_synthetic_voice()->speak("hello there ", 8000);
  one_turn caller(spoken.samples.size());
  auto over = running.place(caller);
  REQUIRE(becomes([&] { return connected(running); }));
  const auto path = "/v1/calls/" + running.view->newest_call().id;
  const auto early = running.view->ask("GET", path + "/recording");
  CHECK(early.status == 404);
  CHECK(early.body.find("no_recording") != std::string::npos);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  REQUIRE(over.get().ended_by == "caller");

  std::string file;
  REQUIRE(becomes([&] {
    const auto answer = running.view->ask("GET", path + "/recording");
    file = answer.body;
    return answer.status == 200;
  }));
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(file.data()), file.size());
  const auto found = wav::read(bytes);
  REQUIRE(found);
  CHECK(found->layout == wav::format{wav::coding::pcm16, 2, 8000});
  const auto said = place_of(linear(known_speech(telnyx::codec::pcmu)), side(*found, 0));
  const auto heard = place_of(linear(caller.heard), side(*found, 1));
  REQUIRE(said);
  REQUIRE(heard);
  // The reply comes after what it replies to.
  CHECK(*heard > *said);
  CHECK(running.view->ask("GET", "/v1/calls/nobody/recording").status == 404);
  CHECK(running.left().empty());
}

TEST_CASE("who wants nothing kept of a call has its recording deleted as well") {
  temporary_folder folder;
  running_engine running({.flags = {"--store.recordings=" + folder / "recordings"}});
  staying_caller caller;
  auto over = running.place(caller);
  REQUIRE(becomes([&] { return connected(running); }));
  const auto call = running.view->newest_call();
  caller.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  const auto file = std::filesystem::path(folder / "recordings") / (call.id + ".wav");
  REQUIRE(becomes([&] { return std::filesystem::exists(file); }));
  REQUIRE(becomes([&] { return running.view->newest_call().state == "ended"; }));
  constexpr std::string_view from = R"("from":")";
  const auto number = call.json.substr(call.json.find(from) + from.size());
  CHECK(running.view->ask("DELETE", "/v1/callers/" + number.substr(0, number.find('"'))).status == 200);
  CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("without a folder nothing is recorded, and the API says so") {
  running_engine running({});
  staying_caller caller;
  auto over = running.place(caller);
  REQUIRE(becomes([&] { return connected(running); }));
  const auto answer = running.view->ask("GET", "/v1/calls/" + running.view->newest_call().id + "/recording");
  CHECK(answer.status == 404);
  CHECK(answer.body.find("store.recordings") != std::string::npos);
  caller.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
}

}  // namespace tandem::test
