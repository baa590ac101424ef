#include "gateway/route_table.hpp"

#include "protocols/conversation/record.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace tandem {

namespace {

std::string name_of(const json::value::Member& member) {
  return {member.name.GetString(), member.name.GetStringLength()};
}

/// Every `$ref` below a value.
void collect_references(const json::value& at, std::set<std::string>& found) {
  if (at.IsArray()) {
    for (const auto& each : at.GetArray()) collect_references(each, found);
  }
  if (!at.IsObject()) return;
  for (const auto& each : at.GetObject()) {
    if (name_of(each) == "$ref") found.emplace(json::text(each.value).value_or(""));
    collect_references(each.value, found);
  }
}

/// The description, parsed.
struct description {
  description() { REQUIRE(document.parse({text.data(), text.size()}) == json::fault::none); }

  std::string text{openapi_text()};
  json::document document;
};

}  // namespace

TEST_CASE("a route's path matches its own paths and no others") {
  CHECK(match("/v1/calls", "/v1/calls") == "");
  CHECK(match("/v1/calls/{id}", "/v1/calls/a-1") == "a-1");
  CHECK(match("/v1/calls/{id}/say", "/v1/calls/a-1/say") == "a-1");
  for (const auto* path : {"", "/", "/v1/calls/", "/v1/calls/a/b", "/v1/calls/say", "/v1/calls//say",
                           "/v1/callsay", "/v1/calls/a/say/", "/v1/calls/a/b/say"}) {
    INFO(path);
    CHECK_FALSE(match("/v1/calls/{id}/say", path));
    CHECK_FALSE(match("/v1/calls", path));
  }
}

TEST_CASE("the API's description tells of each route, and of nothing else") {
  const description api;
  std::vector<std::string> told;
  std::set<std::string> operations;
  for (const auto& path : json::find(api.document.root(), "paths")->GetObject()) {
    for (const auto& member : path.value.GetObject()) {
      auto method = name_of(member);
      if (method == "parameters") continue;
      std::ranges::transform(method, method.begin(), [](unsigned char c) { return std::toupper(c); });
      told.push_back(method + " " + name_of(path));
      INFO(told.back());
      CHECK(operations.emplace(json::text_or(member.value, "operationId")).second);
    }
  }
  std::vector<std::string> here;
  for (const auto& each : all_routes())
    here.push_back(std::string(each.method).append(" ").append(each.path));
  std::ranges::sort(told);
  std::ranges::sort(here);
  CHECK(std::ranges::adjacent_find(here) == here.end());
  std::vector<std::string> differ;
  std::ranges::set_symmetric_difference(told, here, std::back_inserter(differ));
  for (const auto& each : differ)
    FAIL_CHECK(each, std::ranges::binary_search(told, each) ? " is no route" : " is not described");
}

TEST_CASE("the API's description names every reason why calls end") {
  const description api;
  const auto* schemas = json::find(*json::find(api.document.root(), "components"), "schemas");
  std::vector<std::string_view> told;
  for (const auto& each : json::elements(*json::find(*schemas, "end_reason"), "enum"))
    told.push_back(json::text(each).value_or(""));
  CHECK(told == std::vector<std::string_view>(end_reason::all.begin(), end_reason::all.end()));
}

TEST_CASE("whatever the API's description refers to is there, and used") {
  const description api;
  std::set<std::string> wanted;
  collect_references(api.document.root(), wanted);
  std::set<std::string> there;
  for (const auto& kind : json::find(api.document.root(), "components")->GetObject()) {
    if (name_of(kind) == "securitySchemes") continue;
    for (const auto& each : kind.value.GetObject())
      there.insert("#/components/" + name_of(kind) + "/" + name_of(each));
  }
  CHECK(wanted == there);
}

}  // namespace tandem
