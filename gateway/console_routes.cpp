#include "gateway/console_files.hpp"
#include "gateway/route_table.hpp"
#include "gateway/routes.hpp"
#include "gateway/signature.hpp"
#include "protocols/base64.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>

namespace tandem {

namespace {

constexpr std::string_view page = "index.html";

/// Nothing comes from anywhere else, and nobody puts the console into a frame of theirs.
constexpr std::string_view policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

std::string_view type_of(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return "application/octet-stream";
}

/// The file's entity tag: another one for any other content.
const std::string& tag_of(const console_file& file) {
  static const auto all = [] {
    std::map<std::string_view, std::string> tags;
    for (const auto& each : console_files()) {
      const auto digest = sha256(each.content);
      std::string tag = "\"";
      base64::append_url(tag, std::span(digest).first<16>());
      tags.emplace(each.name, tag + '"');
    }
    return tags;
  }();
  return all.at(file.name);
}

/// Whether `If-None-Match` names the tag: one of a list, weak or not, or `*`.
bool names(std::string_view condition, std::string_view tag) {
  while (!condition.empty()) {
    const auto end = condition.find(',');
    auto each = condition.substr(0, end);
    condition.remove_prefix(end == std::string_view::npos ? condition.size() : end + 1);
    each.remove_prefix(std::min(each.find_first_not_of(' '), each.size()));
    each = each.substr(0, each.find_last_not_of(' ') + 1);
    if (each.starts_with("W/")) each.remove_prefix(2);
    if (each == tag || each == "*") return true;
  }
  return false;
}

void serve(const routed_request& asked, std::string_view name) {
  const auto files = console_files();
  const auto file = std::ranges::find(files, name, &console_file::name);
  if (file == files.end())
    return asked.answer(error_answer(404, "not_found", "the console has no such file"));
  const auto& tag = tag_of(*file);
  server_answer made{.content_type = std::string(type_of(name)),
                     .headers = {{"ETag", tag},
                                 // A new engine may have other files: each is asked for again.
                                 {"Cache-Control", "no-cache"},
                                 {"Content-Security-Policy", std::string(policy)},
                                 {"X-Content-Type-Options", "nosniff"},
                                 {"Referrer-Policy", "no-referrer"}}};
  if (names(asked.request.head.header("If-None-Match"), tag)) {
    made.status = 304;
  } else {
    made.body = file->content;
  }
  asked.answer(std::move(made));
}

constexpr std::array routes{
    route{"GET", "/", [](const routed_request& asked) { serve(asked, page); }},
    route{"GET", "/console/{file}", [](const routed_request& asked) { serve(asked, asked.argument); }},
};

}  // namespace

std::span<const route> console_routes() { return routes; }

}  // namespace tandem
