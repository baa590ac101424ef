#include "tests/project_folder.hpp"
#include "tests/system/control_fixture.hpp"

#include <fstream>
#include <iterator>
#include <signal.h>
#include <string>

namespace tandem::test {

namespace {

/// An engine whose agent is changed while it runs.
struct revised_engine : controlled_engine {
  std::string greeting() { return text_of(api("GET", "/v1/agent").body, "greeting"); }

  static std::int64_t number_of(std::string body, std::string_view key) {
    json::document document;
    REQUIRE(document.parse({body.data(), body.size()}) == json::fault::none);
    return json::integer(document.root(), key).value_or(-1);
  }
};

}  // namespace

TEST_CASE("SIGHUP brings back the configuration's agent, and the log tells of it") {
  revised_engine it;
  const auto before = it.greeting();
  REQUIRE(it.api("PATCH", "/v1/agent", R"({"greeting":"Good evening."})").status == 200);
  CHECK(it.greeting() == "Good evening.");
  it.running.engine->signal(SIGHUP);
  REQUIRE(becomes([&] { return it.running.engine->said("agent is the configuration's again"); }));
  CHECK(it.greeting() == before);
}

TEST_CASE("a call that goes on takes a changed agent if that is wished, and one with its own keeps it") {
  revised_engine it;
  const auto usual = controlled_engine::text_of(it.place("+13125550142").body, "id");
  const auto special = controlled_engine::text_of(
      it.place("+13125550142", R"(,"agent":{"fallback_reply":"Pardon?"})").body, "id");
  REQUIRE(it.becomes_text(usual, "state", "connected"));
  REQUIRE(it.becomes_text(special, "state", "connected"));
  const auto alone = it.api("PATCH", "/v1/agent", R"({"fallback_reply":"Sorry?"})");
  CHECK(revised_engine::number_of(alone.body, "applied_to") == 0);
  const auto both = it.api("PATCH", "/v1/agent", R"({"fallback_reply":"Once more?","live":true})");
  CHECK(revised_engine::number_of(both.body, "applied_to") == 1);
  CHECK(revised_engine::number_of(both.body, "kept") == 1);
  it.placed->somebody.leaving = true;
  CHECK(it.running.left().empty());
}

TEST_CASE("a new call says what a script says that came over the API") {
  revised_engine it;
  std::ifstream in(project_folder() / "deploy/agents/book-a-table.json", std::ios::binary);
  std::string script{std::istreambuf_iterator<char>(in), {}};
  constexpr std::string_view words = "this is the Blue Door restaurant";
  script.replace(script.find(words), words.size(), "this is the Red Door restaurant");
  std::string body = R"({"script":)";
  json::append_quoted(body, script);
  REQUIRE(it.api("PATCH", "/v1/agent", body + "}").status == 200);
  const auto placed = it.place("+13125550142", R"(,"agent":{"kind":"script"})");
  const auto path = "/v1/calls/" + controlled_engine::text_of(placed.body, "id") + "/transcript";
  CHECK(becomes(
      [&] { return it.api("GET", path).body.find("this is the Red Door restaurant") != std::string::npos; }));
  it.placed->somebody.leaving = true;
  CHECK(it.running.left().empty());
}

}  // namespace tandem::test
