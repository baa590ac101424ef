#include "gateway/signature.hpp"
#include "gateway/stream_token.hpp"

#include <cstdlib>
#include <fuzzer/FuzzedDataProvider.h>

using namespace tandem;

/// No text opens a door: a token or a signature that we did not make is refused, whatever it looks like, and
/// ours is taken for what it was made for.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string secret = "a secret that the fuzzer cannot know: " + random_id();
  static const webhook_verifier verifier("Z7bHAXeNtxpsdAuZAl1tjuwd8dUYAHOTk1xEi2DOh+o=");
  static const auto now = std::chrono::system_clock::time_point(std::chrono::seconds(1764000000));
  FuzzedDataProvider input(data, size);
  const auto id = input.ConsumeRandomLengthString(200);
  const auto timestamp = input.ConsumeRandomLengthString(24);
  const auto text = input.ConsumeRandomLengthString(1100);
  const auto body = input.ConsumeRemainingBytesAsString();

  if (verify_stream_token(secret, text, now) || verify_listen_token(secret, text, now)) std::abort();
  node_of_stream_token(text);
  if (!id.empty()) {
    const auto token = mint_stream_token(secret, "node", id, now + std::chrono::seconds(60));
    const auto opened = verify_stream_token(secret, token, now);
    // No call's id has a blank.
    const bool may_open = id.find(' ') == std::string::npos && token.size() <= token_bound;
    if (opened.has_value() != may_open || (opened && *opened != id)) std::abort();
    if (verify_stream_token(secret, token + "A", now)) std::abort();
    const auto ear = mint_listen_token(secret, "node", {id, "token"}, now + std::chrono::seconds(60));
    if (verify_stream_token(secret, ear, now) || (may_open && verify_listen_token(secret, token, now)))
      std::abort();
    const auto heard = verify_listen_token(secret, ear, now);
    if (may_open && ear.size() <= token_bound && (!heard || heard->call_id != id)) std::abort();
  }
  if (verifier.check(timestamp, text, body, now) == signature_check::valid) std::abort();
  return 0;
}
