#include "protocols/s3/answers.hpp"

#include <vector>

#include <doctest/doctest.h>

namespace tandem::s3 {

TEST_CASE("elements come one after the other, without their escapes") {
  const std::string_view xml = "<a><Key>x&amp;y&lt;&gt;&quot;&apos;&amp;lt;</Key><Key></Key><Key>cut</a>";
  std::size_t from = 0;
  CHECK(next_element(xml, "Key", from) == "x&y<>\"'&lt;");
  CHECK(next_element(xml, "Key", from) == "");
  CHECK_FALSE(next_element(xml, "Key", from));
}

TEST_CASE("an error has a code, any other answer has none") {
  CHECK(read_error_code("<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>") == "NoSuchKey");
  CHECK(read_error_code("<Result><Code>1</Code></Result>").empty());
  CHECK(read_error_code("").empty());
}

TEST_CASE("an upload is known by its id, and whether it is complete by the answer's body") {
  CHECK(read_upload_id("<InitiateMultipartUploadResult xmlns=\"x\"><Bucket>b</Bucket>"
                       "<UploadId>VXBsb2FkIElE</UploadId></InitiateMultipartUploadResult>") ==
        "VXBsb2FkIElE");
  CHECK_FALSE(read_upload_id("<UploadId></UploadId>"));
  CHECK_FALSE(read_upload_id("no XML"));
  CHECK(is_complete("<CompleteMultipartUploadResult xmlns=\"x\"></CompleteMultipartUploadResult>"));
  CHECK_FALSE(is_complete("<Error><Code>InternalError</Code></Error>"));
}

TEST_CASE("the parts of an upload are named in order, with their tags") {
  const std::vector<std::string> tags{"\"a\"", "b<"};
  CHECK(complete_body(tags) ==
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>&quot;a&quot;</ETag></Part>"
        "<Part><PartNumber>2</PartNumber><ETag>b&lt;</ETag></Part></CompleteMultipartUpload>");
}

TEST_CASE("a list tells its objects and where the next page begins") {
  const std::string page =
      "<ListBucketResult xmlns=\"x\"><IsTruncated>true</IsTruncated>"
      "<Contents><Key>p/a.wav</Key><LastModified>2026-05-01T10:00:00.000Z</LastModified></Contents>"
      "<Contents><LastModified>2026-05-02T10:00:00.000Z</LastModified></Contents>"
      "<Contents><Key>p/c.wav</Key></Contents>"
      "<NextContinuationToken>1/a=</NextContinuationToken></ListBucketResult>";
  const auto read = read_listing(page);
  REQUIRE(read);
  REQUIRE(read->objects.size() == 3);
  CHECK(read->objects[0].key == "p/a.wav");
  CHECK(read->objects[0].last_modified == "2026-05-01T10:00:00.000Z");
  CHECK(read->objects[1].key.empty());
  CHECK(read->objects[2].last_modified.empty());
  CHECK(read->next == "1/a=");
  for (std::size_t cut = 0; cut < page.size(); ++cut) {
    const auto part = read_listing(std::string_view(page).substr(0, cut));
    if (part) CHECK(part->objects.size() <= 3);
  }
  CHECK(read_listing("<ListBucketResult></ListBucketResult>")->next.empty());
  CHECK_FALSE(read_listing("<Error></Error>"));
}

}  // namespace tandem::s3
