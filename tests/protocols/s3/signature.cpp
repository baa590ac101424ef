#include "protocols/s3/signature.hpp"

#include <doctest/doctest.h>

namespace tandem::s3 {

namespace {

const std::string hash_of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

}  // namespace

TEST_CASE("a path is encoded between its slashes, a query sorted as it is signed") {
  CHECK(encoded_path("/test$file.text") == "/test%24file.text");
  CHECK(encoded_path("/") == "/");
  CHECK(encoded_path("/b/a b//~c/") == "/b/a%20b//~c/");
  CHECK(encoded_query({{"prefix", "J"}, {"max-keys", "2"}}) == "max-keys=2&prefix=J");
  CHECK(encoded_query({{"uploads", ""}}) == "uploads=");
  CHECK(encoded_query({{"b", "/="}, {"a", "+"}}) == "a=%2B&b=%2F%3D");
  CHECK(encoded_query({}).empty());
}

TEST_CASE("the text that is signed is the one of Amazon's examples") {
  const signed_request get{.path = "/test.txt",
                           .headers = {{"x-amz-date", "20130524T000000Z"},
                                       {"Range", " bytes=0-9 "},
                                       {"Host", "examplebucket.s3.amazonaws.com"},
                                       {"x-amz-content-sha256", hash_of_nothing}}};
  CHECK(canonical_request(get) ==
        "GET\n/test.txt\n\nhost:examplebucket.s3.amazonaws.com\nrange:bytes=0-9\nx-amz-content-sha256:" +
            hash_of_nothing +
            "\nx-amz-date:20130524T000000Z\n\nhost;range;x-amz-content-sha256;x-amz-date\n" +
            hash_of_nothing);
}

TEST_CASE("bytes are two hexadecimal digits each") {
  const std::uint8_t bytes[] = {0x00, 0x0f, 0xf0, 0xab};
  CHECK(to_hex(bytes) == "000ff0ab");
  CHECK(to_hex({}).empty());
}

}  // namespace tandem::s3
