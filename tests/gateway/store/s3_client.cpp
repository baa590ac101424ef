#include "gateway/store/s3_client.hpp"

#include "gateway/signature.hpp"
#include "tests/gateway/store/bucket_fixture.hpp"

namespace tandem::test {

namespace {

constexpr s3::digests by{sha256, hmac_sha256};
const s3::credentials amazon{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1"};
const std::string hash_of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

s3::signed_request example(std::string method, std::string path, s3::members query, s3::members headers,
                           const std::string& hash = hash_of_nothing) {
  headers.emplace_back("host", "examplebucket.s3.amazonaws.com");
  headers.emplace_back("x-amz-content-sha256", hash);
  headers.emplace_back("x-amz-date", "20130524T000000Z");
  return {std::move(method), std::move(path), std::move(query), std::move(headers)};
}

}  // namespace

TEST_CASE("requests are signed as in the examples of Amazon's manual") {
  CHECK(s3::signature(example("GET", "/test.txt", {}, {{"range", "bytes=0-9"}}), amazon, by) ==
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  CHECK(s3::signature(example("PUT", "/test$file.text", {},
                              {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                               {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                              s3::to_hex(sha256("Welcome to Amazon S3."))),
                      amazon, by) == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  CHECK(s3::signature(example("GET", "/", {{"lifecycle", ""}}, {}), amazon, by) ==
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  CHECK(s3::signature(example("GET", "/", {{"prefix", "J"}, {"max-keys", "2"}}, {}), amazon, by) ==
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
  CHECK(s3::authorization(example("GET", "/test.txt", {}, {{"range", "bytes=0-9"}}), amazon, by) ==
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_CASE_FIXTURE(bucket_fixture, "an object is put, read, listed and removed, whatever its name needs") {
  s3_client client(to(), *http, net.loop(0));
  const std::string key = "a b/ü+&=?#%/c~";
  CHECK(fault_of(client.ask({.method = "PUT", .key = key, .body = "content"})).empty());
  CHECK(client.ask({.key = key}).body == "content");
  CHECK(client.ask({.key = key, .headers = {{"Range", "bytes=2-3"}}}).body == "nt");
  const auto head = client.ask({.method = "HEAD", .key = key});
  CHECK(head.status == 200);
  CHECK(header(head, "content-length") == "7");
  CHECK(client.ask({.query = {{"list-type", "2"}, {"prefix", "a b/"}}}).body.find("<Key>") !=
        std::string::npos);
  CHECK(client.ask({.method = "DELETE", .key = key}).status == 204);
  CHECK(fault_of(client.ask({.key = key})) == "status 404 NoSuchKey");
  CHECK(net.on(net.loop(1), [&] { return store.refused(); }) == 0);
}

TEST_CASE_FIXTURE(bucket_fixture, "a client that is closed answers at once") {
  s3_client client(to(), *http, net.loop(0));
  client.close();
  CHECK(fault_of(client.ask({.key = "a"})) == "closed");
}

}  // namespace tandem::test
