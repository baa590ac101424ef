#include "tests/project_folder.hpp"
#include "tests/system/control_fixture.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tandem::test {

namespace {

constexpr std::string_view api = "http://127.0.0.1:9090";

/// In place of curl's own: an answer that says no is a failure, once it has said so for a while, since the
/// reader takes longer than this to get to the next line; and a stream without an end is cut off.
constexpr std::string_view patient_curl = R"(set -eo pipefail
curl() {
  local code=0
  for _ in $(seq 100); do
    code=0
    command curl --fail-with-body --max-time 3 "$@" >answer || code=$?
    [[ $code == 22 ]] || break
    sleep 0.1
  done
  cat answer
  [[ $code == 28 ]] || return "$code"
}
)";

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The README's blocks of shell that talk to the API, one behind the other.
std::string examples() {
  constexpr std::string_view opening = "```sh\n";
  const auto readme = text_of(project_folder() / "README.md");
  std::string all;
  for (auto begin = readme.find(opening); begin != readme.npos; begin = readme.find(opening, begin)) {
    begin += opening.size();
    const auto block = readme.substr(begin, readme.find("```", begin) - begin);
    if (block.find(api) != block.npos) all += block;
  }
  return all;
}

}  // namespace

TEST_CASE("the README's examples of the API work as they are written") {
  if (std::system("command -v curl jq >/dev/null") != 0) {
    MESSAGE("skipped: no curl or no jq");
    return;
  }
  temporary_folder folder;
  std::filesystem::copy_file(project_folder() / "deploy/agents/book-a-table.json", folder / "agent.json");
  controlled_engine it(
      [](lab::carrier_options& line) {
        // The caller stays with the agent.
        line.callees = [](std::string_view number) {
          return number.ends_with("77") ? lab::callee::no_answer : lab::callee::answers;
        };
      },
      {"--store.recordings=" + (folder / "recordings")});
  auto script = std::string(patient_curl) + examples();
  const auto here = "http://127.0.0.1:" + std::to_string(it.running.engine->admin_port());
  std::size_t places = 0;
  for (auto at = script.find(api); at != script.npos; at = script.find(api, at + here.size())) {
    script.replace(at, api.size(), here);
    ++places;
  }
  CHECK(places >= 3);
  std::ofstream(folder / "examples") << script;
  const auto outcome = std::system(("cd " + folder.path() + " && bash -x examples >out 2>err").c_str());
  CHECK_MESSAGE(outcome == 0, text_of(folder / "err"), text_of(folder / "out"));
  CHECK(text_of(folder / "call.wav").starts_with("RIFF"));
  CHECK(text_of(folder / "out").find("event: call.ended") != std::string::npos);
}

}  // namespace tandem::test
