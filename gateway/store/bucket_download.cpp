#include "gateway/ranged_answer.hpp"
#include "gateway/routes.hpp"
#include "gateway/store/recording_bucket.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

/// How recordings come out of a bucket.
namespace tandem {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t piece_bytes = std::uint64_t{512} * 1024;
constexpr unsigned piece_tries = 3;

server_answer away(const std::string& fault) {
  return error_answer(503, "store", "recordings cannot be read now: " + fault);
}

std::optional<std::uint64_t> length_of(const http_answer& answer) {
  const auto text = header(answer, "Content-Length");
  std::uint64_t length = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (text.empty() || fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return length;
}

/// An object on its way to a client; lives as long as the body that it writes, and touches the store's client
/// only while that is there. On that one's loop, once it has begun.
class download : public std::enable_shared_from_this<download> {
 public:
  download(s3_client& from, std::string key, std::string range, server_answer missing, respond reply)
      : from_(from),
        key_(std::move(key)),
        range_(std::move(range)),
        missing_(std::move(missing)),
        reply_(std::move(reply)) {}

  void begin() {
    from_.send({.method = "HEAD", .key = key_},
               [self = shared_from_this()](const http_answer& answer) { self->on_head(answer); });
  }

 private:
  void on_head(const http_answer& answer) {
    if (answer.status == 404) return reply_(std::move(missing_));
    const auto fault = fault_of(answer);
    const auto size = length_of(answer);
    if (!fault.empty() || !size) return reply_(away(fault.empty() ? "no length" : fault));
    auto begun = begin_ranged_answer("audio/wav", range_, *size, 2 * piece_bytes);
    what_ = begun.what;
    body_ = std::move(begun.body);
    if (body_) {
      body_->when_taken([self = shared_from_this(), post = from_.post()] {
        post([self](bool is_open) { is_open ? self->go_on() : self->body_.reset(); });
      });
      go_on();
    }
    reply_(std::move(begun.answer));
  }

  void go_on() {
    if (!body_ || asking_) return;
    if (what_.begin == what_.end) return body_.reset();
    asking_ = true;
    const auto end = std::min(what_.begin + piece_bytes, what_.end);
    from_.send(
        {.key = key_,
         .headers = {{"Range", "bytes=" + std::to_string(what_.begin) + "-" + std::to_string(end - 1)}},
         .answer_bound = 2 * piece_bytes},
        [self = shared_from_this(), wanted = end - what_.begin](const http_answer& answer) {
          self->on_piece(answer, wanted);
        });
  }

  void on_piece(const http_answer& answer, std::uint64_t wanted) {
    asking_ = false;
    if (!body_) return;
    if (answer.status != 206 || answer.body.size() != wanted) {
      // What is cut off is seen by the client: the length was told.
      if (answer.failure == "closed" || ++failures_ == piece_tries) return body_.reset();
      return go_on();
    }
    failures_ = 0;
    what_.begin += wanted;
    if (!body_->write(answer.body) || what_.begin == what_.end) body_.reset();
  }

  s3_client& from_;
  std::string key_;
  std::string range_;
  server_answer missing_;
  respond reply_;
  byte_range what_;
  std::unique_ptr<open_body::writer> body_;
  bool asking_ = false;
  unsigned failures_ = 0;
};

}  // namespace

void recording_bucket::answer(std::string_view call_id, const std::string& range, server_answer missing,
                              const respond& reply) {
  std::make_shared<download>(client_, key(call_id), range, std::move(missing), reply)->begin();
}

}  // namespace tandem
