#include "actors/agents/toolbox.hpp"

#include "actors/agents/agent.hpp"
#include "tests/actors/agents/shipped_file.hpp"

#include <doctest/doctest.h>

using namespace tandem;

namespace {

using texts = std::vector<std::string>;

texts faults(std::string_view text) {
  const auto loaded = load_toolbox(text);
  return loaded ? texts{} : loaded.error();
}

}  // namespace

TEST_CASE("a toolbox has tools, transfers and whether keys may be pressed") {
  const auto tools = load_toolbox(R"({"version":1,"tools":[{"name":"find-order_1","description":"Finds it.",
    "parameters":{"type":"object","properties":{"n":{"type":"integer"}}},"url":"https://example.com/o",
    "headers":{"X-Key":"k"},"timeout_ms":100,"say":"Wait."}],"transfers":{"cook":"+13125550177"},
    "press_keys":true})");
  REQUIRE(tools);
  REQUIRE(tools->tools.size() == 1);
  CHECK(tools->tools[0].parameters == R"({"type":"object","properties":{"n":{"type":"integer"}}})");
  CHECK(tools->tools[0].timeout == std::chrono::milliseconds(100));
  CHECK(tools->transfers.front().second == "+13125550177");
  CHECK(tools->presses_keys);
  CHECK(load_toolbox(R"({"version":1})").has_value());
}

TEST_CASE("the shipped toolbox can be loaded") {
  CHECK(load_toolbox(shipped_file("agents/tools.json")).has_value());
}

TEST_CASE("each fault of a toolbox is named with its place and what is allowed") {
  CHECK(faults("{") == texts{"line 1: not JSON"});
  CHECK(faults(R"({"version":1,"tols":[]})") ==
        texts{"tols: unknown; allowed: version, tools, transfers, press_keys"});
  CHECK(faults(R"({"version":1,"transfers":{"cook":"911"}})") ==
        texts{"transfers.cook: must be a number such as +13125550142 or a SIP address"});
  const auto tool = [](std::string_view members) {
    return faults(R"({"version":1,"tools":[{"description":"d",)" + std::string(members) + "}]}");
  };
  CHECK(tool(R"("name":"end_call","url":"http://a/")") ==
        texts{"tools[0].name: \"end_call\" is a tool that every agent has"});
  CHECK(tool(R"("name":"a b","url":"http://a/")") ==
        texts{"tools[0].name: must be letters, digits, _ and -, at most 64 of them"});
  CHECK(tool(R"("name":"a","url":"ftp://a/")") == texts{"tools[0].url: must be an http:// or https:// URL"});
  CHECK(tool(R"("name":"a","url":"http://a/","parameters":[])") ==
        texts{"tools[0].parameters: must be an object"});
  CHECK(tool(R"("name":"a","url":"http://a/","timeout_ms":99)") ==
        texts{"tools[0].timeout_ms: must be a whole number from 100 to 30000"});
  CHECK(tool(R"("name":"a","url":"http://a/","headers":{"A b":"c"})") ==
        texts{"tools[0].headers: \"A b\" is no header"});
}
