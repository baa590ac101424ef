#include "protocols/s3/place.hpp"

#include <string>

#include <doctest/doctest.h>

namespace tandem::s3 {

TEST_CASE("a place is a bucket and perhaps a prefix") {
  const auto plain = read_place("s3://calls-2026");
  REQUIRE(plain);
  CHECK(plain->bucket == "calls-2026");
  CHECK(plain->key("a.wav") == "a.wav");
  const auto below = read_place("s3://my.bucket/tandem/Recordings_1/");
  REQUIRE(below);
  CHECK(below->prefix == "tandem/Recordings_1");
  CHECK(below->key("a.wav") == "tandem/Recordings_1/a.wav");
}

TEST_CASE("what cannot be a place is none") {
  for (const std::string text :
       {"", "s3://", "s3:/bucket", "S3://bucket", "bucket", "s3://ab", "s3://Bucket", "s3://-bucket",
        "s3://bucket-", "s3://buc..ket", "s3://bucket/a//b", "s3://bucket/..", "s3://bucket/./a",
        "s3://bucket/a b", "s3://bucket/a?b", "s3://user:password@bucket/a", "https://bucket/a"})
    CHECK_MESSAGE(!read_place(text), text);
  CHECK_FALSE(read_place("s3://bucket/" + std::string(600, 'a')));
  CHECK(is_place("s3://Bucket"));
  CHECK_FALSE(is_place("folder/s3"));
}

}  // namespace tandem::s3
