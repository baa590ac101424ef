#include "gateway/store/recording_bucket.hpp"

#include "gateway/store/recording_folder.hpp"
#include "protocols/conversation/record.hpp"
#include "protocols/s3/answers.hpp"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <future>
#include <memory>
#include <utility>

namespace tandem {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view ending = ".wav";
/// What is larger goes in parts of this size; four minutes of a call, and more than any store's least.
constexpr std::size_t part_bytes = std::size_t{8} * 1024 * 1024;
constexpr auto part_timeout = 60s;
constexpr unsigned part_tries = 3;
/// Removals under way at once.
constexpr std::size_t lanes = 16;

/// Removes objects, several at once, and gives up at the first fault; lives until the last answer.
class removal : public std::enable_shared_from_this<removal> {
 public:
  removal(s3_client& client, std::vector<std::string> keys)
      : client_(client), keys_(std::move(keys)), left_(keys_.size()) {}

  std::future<std::string> begin() {
    auto done = done_.get_future();
    if (keys_.empty()) done_.set_value(std::string());
    for (std::size_t i = 0; i < std::min(lanes, keys_.size()); ++i) next();
    return done;
  }

 private:
  void next() {
    const auto which = next_.fetch_add(1);
    if (which >= keys_.size()) return;
    client_.send({.method = "DELETE", .key = keys_[which]},
                 [self = shared_from_this()](const http_answer& answer) { self->on_answer(answer); });
  }

  // Answers come on one loop. After a fault the client may be gone.
  void on_answer(const http_answer& answer) {
    if (left_ == 0) return;
    auto fault = answer.status == 404 ? std::string() : fault_of(answer);
    left_ = fault.empty() ? left_ - 1 : 0;
    if (left_ == 0) return done_.set_value(std::move(fault));
    next();
  }

  s3_client& client_;
  const std::vector<std::string> keys_;
  std::atomic<std::size_t> next_{0};
  std::size_t left_;
  std::promise<std::string> done_;
};

std::string read_part(std::ifstream& file) {
  std::string part(part_bytes, '\0');
  file.read(part.data(), static_cast<std::streamsize>(part.size()));
  part.resize(static_cast<std::size_t>(file.gcount()));
  return part;
}

}  // namespace

recording_bucket::recording_bucket(s3_settings how, http_client& http, loop& home)
    : client_(std::move(how), http, home) {}

std::string recording_bucket::key(std::string_view call_id) const {
  return client_.where().key(std::string(call_id).append(ending));
}

std::string recording_bucket::upload(std::string_view call_id, const std::filesystem::path& path) {
  std::error_code gone;
  const auto size = std::filesystem::file_size(path, gone);
  // It may have been forgotten meanwhile.
  if (gone) return gone == std::errc::no_such_file_or_directory ? std::string() : gone.message();
  std::ifstream file(path, std::ios::binary);
  if (!file) return "the file cannot be read";
  if (size > part_bytes) return upload_parts(key(call_id), file);
  return fault_of(client_.ask({.method = "PUT",
                               .key = key(call_id),
                               .headers = {{"Content-Type", "audio/wav"}},
                               .body = read_part(file),
                               .timeout = part_timeout}));
}

std::string recording_bucket::upload_parts(const std::string& key, std::ifstream& file) {
  const auto begun = client_.ask(
      {.method = "POST", .key = key, .query = {{"uploads", ""}}, .headers = {{"Content-Type", "audio/wav"}}});
  if (auto fault = fault_of(begun); !fault.empty()) return fault;
  const auto id = s3::read_upload_id(begun.body);
  if (!id) return "the answer names no upload";
  auto fault = send_parts(key, *id, file);
  // Parts that belong to nothing would be paid for.
  if (!fault.empty()) client_.ask({.method = "DELETE", .key = key, .query = {{"uploadId", *id}}});
  return fault;
}

std::string recording_bucket::send_parts(const std::string& key, const std::string& upload_id,
                                         std::ifstream& file) {
  std::vector<std::string> tags;
  for (auto part = read_part(file); !part.empty(); part = read_part(file)) {
    http_answer answer;
    for (unsigned tries = 0; tries < part_tries && answer.status / 100 != 2; ++tries) {
      answer =
          client_.ask({.method = "PUT",
                       .key = key,
                       .query = {{"partNumber", std::to_string(tags.size() + 1)}, {"uploadId", upload_id}},
                       .body = part,
                       .timeout = part_timeout});
    }
    if (auto fault = fault_of(answer); !fault.empty()) return fault;
    tags.emplace_back(header(answer, "ETag"));
  }
  const auto whole = client_.ask({.method = "POST",
                                  .key = key,
                                  .query = {{"uploadId", upload_id}},
                                  .headers = {{"Content-Type", "application/xml"}},
                                  .body = s3::complete_body(tags),
                                  .timeout = part_timeout});
  if (auto fault = fault_of(whole); !fault.empty()) return fault;
  return s3::is_complete(whole.body) ? std::string() : "not complete " + s3::read_error_code(whole.body);
}

std::string recording_bucket::erase(const std::vector<std::string>& call_ids,
                                    std::chrono::steady_clock::time_point deadline) {
  std::vector<std::string> keys;
  for (const auto& id : call_ids) keys.push_back(key(id));
  auto done = std::make_shared<removal>(client_, std::move(keys))->begin();
  return done.wait_until(deadline) == std::future_status::ready ? done.get() : "not in time";
}

recording_bucket::pruned recording_bucket::prune(std::chrono::system_clock::time_point cut,
                                                 const std::string& after) {
  s3_request list{.query = {{"list-type", "2"}}};
  const auto& prefix = client_.where().prefix;
  if (!prefix.empty()) list.query.emplace_back("prefix", prefix + "/");
  if (!after.empty()) list.query.emplace_back("continuation-token", after);
  const auto answer = client_.ask(std::move(list));
  pruned out{.fault = fault_of(answer)};
  if (!out.fault.empty()) return out;
  const auto page = s3::read_listing(answer.body);
  if (!page) return {.fault = "the answer is no list"};
  const auto oldest = to_rfc3339(std::chrono::time_point_cast<std::chrono::milliseconds>(cut));
  std::vector<std::string> ids;
  for (const auto& object : page->objects) {
    std::string_view name = object.key;
    if (!prefix.empty()) name.remove_prefix(std::min(name.size(), prefix.size() + 1));
    if (!name.ends_with(ending) || object.last_modified.empty() || object.last_modified >= oldest) continue;
    name.remove_suffix(ending.size());
    // Nothing but what was put there by this engine.
    if (is_recording_name(name) && key(name) == object.key) ids.emplace_back(name);
  }
  out.fault = erase(ids, std::chrono::steady_clock::now() + part_timeout);
  out.gone = out.fault.empty() ? ids.size() : 0;
  out.next = page->next;
  return out;
}

}  // namespace tandem
