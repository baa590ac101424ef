#include "tests/lab/s3_server.hpp"

#include "gateway/signature.hpp"
#include "protocols/conversation/record.hpp"
#include "protocols/s3/answers.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::lab {

namespace {

constexpr s3::digests digests{sha256, hmac_sha256};

server_answer refusal_of(unsigned status, std::string_view code) {
  return {.status = status,
          .content_type = "application/xml",
          .body = "<?xml version=\"1.0\"?><Error><Code>" + std::string(code) + "</Code></Error>"};
}

server_answer xml(std::string body) { return {.content_type = "application/xml", .body = std::move(body)}; }

bool has_parameter(const request_head& head, std::string_view name) {
  return std::ranges::find(head.query, name, &std::pair<std::string, std::string>::first) != head.query.end();
}

/// The text behind `name=` in an `Authorization` header.
std::string_view part_of(std::string_view header, std::string_view name) {
  const auto at = header.find(name);
  if (at == std::string_view::npos) return {};
  header.remove_prefix(at + name.size());
  return header.substr(0, header.find(','));
}

std::string tag_of(std::string_view content) {
  return "\"" + s3::to_hex(sha256(content)).substr(0, 32) + "\"";
}

std::uint64_t number_in(std::string_view text) {
  std::uint64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

std::string now_text() {
  return to_rfc3339(
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()));
}

/// The request as its sender signed it.
s3::signed_request as_signed(const request_head& head, std::string_view names) {
  s3::signed_request out{.method = head.method, .path = head.path, .query = head.query};
  while (!names.empty()) {
    const auto end = std::min(names.find(';'), names.size());
    const auto name = names.substr(0, end);
    out.headers.emplace_back(name, head.header(name));
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return out;
}

}  // namespace

s3_server::s3_server(asio_loop& home, s3_server_options options)
    : options_(std::move(options)),
      server_(std::make_unique<http_server>(
          std::vector<asio_loop*>{&home},
          server_settings{
              .host = options_.host, .port = options_.port, .body_bound = std::size_t{64} * 1024 * 1024},
          server_handlers{
              .on_request = [this](const server_request& request,
                                   const respond& reply) { reply(answer(request)); },
              .on_upgrade = [](std::unique_ptr<upgrade> stream) { stream->refuse({.status = 404}); },
          })) {}

s3_server::~s3_server() { server_->stop(); }

server_answer s3_server::answer(const server_request& request) {
  if (auto why = check(request)) return std::move(*why);
  if (options_.fault) {
    if (auto instead = options_.fault(request)) return std::move(*instead);
  }
  const auto& head = request.head;
  const auto bucket = "/" + options_.bucket;
  if (head.path == bucket && head.method == "GET") return list(head);
  if (!head.path.starts_with(bucket + "/")) return refusal_of(404, "NoSuchBucket");
  const auto key = head.path.substr(bucket.size() + 1);
  if (head.method == "GET" || head.method == "HEAD") return get(head, key);
  if (head.method == "PUT") return put(request, key);
  if (head.method == "POST") return post(request, key);
  if (head.method == "DELETE") return remove(head, key);
  return refusal_of(405, "MethodNotAllowed");
}

/// Why the request is not who it says it is from, or not what was signed.
std::optional<server_answer> s3_server::check(const server_request& request) {
  const auto& head = request.head;
  const auto given = head.header("Authorization");
  const auto names = part_of(given, "SignedHeaders=");
  const auto refuse = [this](std::string_view code) {
    ++refused_;
    return refusal_of(403, code);
  };
  if (!part_of(given, "Credential=").starts_with(options_.who.access_key + "/"))
    return refuse("InvalidAccessKeyId");
  for (const std::string_view needed : {"host", "x-amz-content-sha256", "x-amz-date"})
    if ((";" + std::string(names) + ";").find(";" + std::string(needed) + ";") == std::string::npos)
      return refuse("AccessDenied");
  if (part_of(given, "Signature=") != s3::signature(as_signed(head, names), options_.who, digests))
    return refuse("SignatureDoesNotMatch");
  if (head.header("x-amz-content-sha256") != s3::to_hex(sha256(request.body)))
    return refuse("XAmzContentSHA256Mismatch");
  return std::nullopt;
}

server_answer s3_server::list(const request_head& head) const {
  const std::string prefix(head.parameter("prefix"));
  const std::string after(head.parameter("continuation-token"));
  std::string objects;
  std::string next;
  std::size_t count = 0;
  for (auto each = objects_.upper_bound(std::max(prefix, after)); each != objects_.end(); ++each) {
    if (!each->first.starts_with(prefix)) break;
    if (count++ == options_.page) break;
    next = each->first;
    objects += "<Contents><Key>" + each->first + "</Key><LastModified>" + each->second.last_modified +
               "</LastModified><ETag>" + "&quot;x&quot;" + "</ETag></Contents>";
  }
  const bool more = count > options_.page;
  return xml("<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>" +
             std::string(more ? "true" : "false") + "</IsTruncated>" + objects +
             (more ? "<NextContinuationToken>" + next + "</NextContinuationToken>" : "") +
             "</ListBucketResult>");
}

server_answer s3_server::get(const request_head& head, const std::string& key) const {
  const auto found = objects_.find(key);
  if (found == objects_.end()) return refusal_of(404, "NoSuchKey");
  const auto& content = found->second.content;
  std::string_view range = head.header("Range");
  constexpr std::string_view unit = "bytes=";
  if (head.method == "HEAD" || !range.starts_with(unit))
    return {.content_type = found->second.content_type, .body = content};
  range.remove_prefix(unit.size());
  const auto dash = std::min(range.find('-'), range.size() - 1);
  const auto begin = number_in(range.substr(0, dash));
  if (begin >= content.size()) return refusal_of(416, "InvalidRange");
  const auto last = std::min<std::uint64_t>(number_in(range.substr(dash + 1)), content.size() - 1);
  return {.status = 206,
          .content_type = found->second.content_type,
          .body = content.substr(begin, last - begin + 1),
          .headers = {{"Content-Range", "bytes " + std::to_string(begin) + "-" + std::to_string(last) + "/" +
                                            std::to_string(content.size())}}};
}

server_answer s3_server::put(const server_request& request, const std::string& key) {
  const auto tag = tag_of(request.body);
  if (has_parameter(request.head, "uploadId")) {
    const auto found = uploads_.find(std::string(request.head.parameter("uploadId")));
    const auto number = number_in(request.head.parameter("partNumber"));
    if (found == uploads_.end() || found->second.key != key) return refusal_of(404, "NoSuchUpload");
    if (number < 1 || number > 10000) return refusal_of(400, "InvalidArgument");
    found->second.parts[static_cast<unsigned>(number)] = request.body;
  } else {
    objects_[key] = {request.body, std::string(request.head.header("Content-Type")), now_text()};
  }
  return {.content_type = "application/xml", .headers = {{"ETag", tag}}};
}

server_answer s3_server::post(const server_request& request, const std::string& key) {
  if (has_parameter(request.head, "uploads")) {
    // As the real ones, with characters that need their escapes.
    const auto id = random_id() + "/+=";
    uploads_[id].key = key;
    return xml("<InitiateMultipartUploadResult><Key>" + key + "</Key><UploadId>" + id +
               "</UploadId></InitiateMultipartUploadResult>");
  }
  return complete(request, std::string(request.head.parameter("uploadId")));
}

server_answer s3_server::complete(const server_request& request, const std::string& id) {
  const auto found = uploads_.find(id);
  if (found == uploads_.end()) return refusal_of(404, "NoSuchUpload");
  const auto& [key, parts] = found->second;
  std::string content;
  std::size_t numbers = 0;
  std::size_t tags = 0;
  for (auto number = s3::next_element(request.body, "PartNumber", numbers); number;
       number = s3::next_element(request.body, "PartNumber", numbers)) {
    const auto part = parts.find(static_cast<unsigned>(number_in(*number)));
    const auto tag = s3::next_element(request.body, "ETag", tags);
    if (part == parts.end() || tag != tag_of(part->second)) return refusal_of(400, "InvalidPart");
    if (part->first != parts.rbegin()->first && part->second.size() < options_.least_part)
      return refusal_of(400, "EntityTooSmall");
    content += part->second;
  }
  objects_[key] = {std::move(content), "audio/wav", now_text()};
  uploads_.erase(found);
  return xml("<CompleteMultipartUploadResult xmlns=\"x\"><ETag>x</ETag></CompleteMultipartUploadResult>");
}

server_answer s3_server::remove(const request_head& head, const std::string& key) {
  if (has_parameter(head, "uploadId")) {
    uploads_.erase(std::string(head.parameter("uploadId")));
  } else {
    objects_.erase(key);
  }
  return {.status = 204, .content_type = ""};
}

}  // namespace tandem::lab
