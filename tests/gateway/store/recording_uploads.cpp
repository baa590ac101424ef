#include "protocols/audio/wav.hpp"
#include "tests/gateway/store/bucket_fixture.hpp"

#include <fstream>
#include <iterator>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr const char* first_key = "tandem/rec/here-1-1.wav";

}  // namespace

TEST_CASE_FIXTURE(bucket_fixture, "a finished recording comes to the bucket and goes from the folder") {
  auto all = open(how());
  record(*all, "here-1-1", 3);
  REQUIRE(becomes([&] { return objects().contains(first_key); }));
  CHECK(becomes([&] { return waits_for_nothing(); }));
  const auto stored = objects().at(first_key);
  CHECK(stored.content_type == "audio/wav");
  const auto read = wav::read(
      std::span(reinterpret_cast<const std::uint8_t*>(stored.content.data()), stored.content.size()));
  REQUIRE(read);
  CHECK(read->audio.size() == 3 * 32000);
  CHECK_FALSE(all->find("here-1-1"));
  CHECK(all->bucket() != nullptr);
  CHECK(measure.recordings_uploaded_total->Value() == 1);
  CHECK(measure.recording_upload_failures_total->Value() == 0);
  CHECK(store.refused() == 0);
}

TEST_CASE_FIXTURE(bucket_fixture, "a long recording comes in parts, byte for byte") {
  std::string wanted;
  {
    auto plain = how();
    plain.bucket.reset();
    recordings local(plain, measure);
    record(local, "here-1-1", 600);
  }
  std::ifstream file(how().folder / "here-1-1.wav", std::ios::binary);
  wanted.assign(std::istreambuf_iterator<char>(file), {});
  REQUIRE(wanted.size() > 16UL * 1024 * 1024);
  auto all = open(how());
  REQUIRE(becomes([&] { return objects().contains(first_key); }));
  CHECK((objects().at(first_key).content == wanted));
  CHECK(asked("PUT") == 3);
  CHECK(asked("POST") == 2);
  CHECK(store.open_uploads() == 0);
}

TEST_CASE_FIXTURE(bucket_fixture, "a long recording whose parts are refused leaves no parts behind") {
  {
    auto plain = how();
    plain.bucket.reset();
    recordings local(plain, measure);
    record(local, "here-1-1", 300);
  }
  refuse("PUT", 503);
  auto all = open(how());
  REQUIRE(becomes([&] { return asked("DELETE") > 0; }));
  CHECK(net.on(net.loop(1), [&] { return store.open_uploads(); }) == 0);
  CHECK(objects().empty());
  CHECK(fs::exists(how().folder / "here-1-1.wav"));
}

TEST_CASE_FIXTURE(bucket_fixture, "what cannot be uploaded waits, is counted, and is tried again") {
  refuse("PUT", 503);
  auto all = open(how());
  record(*all, "here-1-1", 1);
  record(*all, "here-1-2", 1);
  REQUIRE(becomes([&] { return measure.recording_upload_failures_total->Value() >= 2; }));
  CHECK(all->find("here-1-1"));
  CHECK(measure.recording_waiting_bytes->Value() > 2 * 32000);
  refuse("PUT", 0);
  REQUIRE(becomes([&] { return objects().size() == 2; }));
  CHECK(becomes([&] { return waits_for_nothing(); }));
}

TEST_CASE_FIXTURE(bucket_fixture, "what an earlier process left is uploaded, finished or not") {
  {
    const recording_folder before(how().folder);
    for (const auto* id : {"here-1-1", "here-1-2", "elsewhere-1-1"})
      REQUIRE_FALSE(before.write(id, 0, std::vector<std::uint8_t>(1600, 1), 8000));
    for (const auto* id : {"here-1-1", "elsewhere-1-1"}) REQUIRE_FALSE(before.finish(id));
  }
  auto all = open(how());
  REQUIRE(becomes([&] { return objects().size() == 2; }));
  CHECK(objects().contains("tandem/rec/here-1-2.wav"));
  all.reset();
  CHECK(fs::exists(how().folder / "elsewhere-1-1.wav"));
}

TEST_CASE_FIXTURE(bucket_fixture,
                  "at the end what is finished is uploaded, and a store that is away is not waited for") {
  {
    auto all = open(how());
    for (int n = 1; n <= 5; ++n) record(*all, "here-1-" + std::to_string(n), 1);
  }
  CHECK(objects().size() == 5);
  refuse("PUT", 500);
  {
    auto all = open(how());
    record(*all, "here-1-6", 1);
  }
  CHECK(fs::exists(how().folder / "here-1-6.wav"));
}

TEST_CASE_FIXTURE(bucket_fixture,
                  "what is forgotten is gone from folder and bucket; what cannot be is said") {
  auto all = open(how());
  for (int n = 1; n <= 40; ++n) record(*all, "here-1-" + std::to_string(n), 1);
  REQUIRE(becomes([&] { return objects().size() == 40; }));
  std::vector<std::string> ids;
  for (int n = 1; n <= 39; ++n) ids.push_back("here-1-" + std::to_string(n));
  ids.emplace_back("here-1-unknown");
  refuse("DELETE", 403);
  CHECK_FALSE(all->forget_now(ids, bucket_patience));
  refuse("DELETE", 0);
  CHECK(all->forget_now(ids, bucket_patience));
  CHECK(objects().size() == 1);
  CHECK(objects().contains("tandem/rec/here-1-40.wav"));
}

TEST_CASE_FIXTURE(bucket_fixture,
                  "beyond the bound of the folder nothing more is recorded, and that is counted") {
  refuse("PUT", 503);
  auto small = how();
  small.waiting_bound = 40000;
  auto all = open(small);
  record(*all, "here-1-1", 4);
  CHECK(all->forget_now({"nobody"}, bucket_patience));
  CHECK(measure.recording_lost_seconds_total->Value() == 2);
}

TEST_CASE("old recordings are deleted from the bucket, page by page, and nothing else") {
  bucket_fixture it({.page = 3});
  it.net.on(it.net.loop(1), [&] {
    for (int n = 1; n <= 8; ++n)
      it.store.objects()["tandem/rec/here-1-" + std::to_string(n) + ".wav"] = {
          "x", "", n % 2 == 1 ? "2020-01-01T00:00:00.000Z" : "2999-01-01T00:00:00.000Z"};
    it.store.objects()["tandem/rec/notes.txt"] = {"x", "", "2020-01-01T00:00:00.000Z"};
    it.store.objects()["tandem/rec/deeper/here-1-1.wav"] = {"x", "", "2020-01-01T00:00:00.000Z"};
    it.store.objects()["tandem/rec-2/here-1-1.wav"] = {"x", "", "2020-01-01T00:00:00.000Z"};
    return 0;
  });
  auto how = it.how();
  how.keep_days = 30;
  auto all = it.open(how);
  CHECK(it.becomes([&] { return it.objects().size() == 7; }));
  CHECK(it.objects().contains("tandem/rec/notes.txt"));
  CHECK(it.objects().contains("tandem/rec/deeper/here-1-1.wav"));
  CHECK(it.objects().contains("tandem/rec-2/here-1-1.wav"));
  CHECK_FALSE(it.objects().contains("tandem/rec/here-1-7.wav"));
}

TEST_CASE_FIXTURE(bucket_fixture, "a wrong key is refused, and nothing is lost by it") {
  auto wrong = how();
  wrong.bucket->who.secret_key = "another";
  auto all = open(wrong);
  record(*all, "here-1-1", 1);
  REQUIRE(becomes([&] { return measure.recording_upload_failures_total->Value() >= 1; }));
  CHECK(net.on(net.loop(1), [&] { return store.refused(); }) > 0);
  CHECK(all->find("here-1-1"));
}

}  // namespace tandem::test
