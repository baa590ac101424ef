#include "gateway/command_line.hpp"

#include "gateway/settings/settings_table.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;

namespace {

parsed_command_line parse(std::vector<const char*> words) {
  words.insert(words.begin(), "tandem");
  return parse_command_line(words);
}

using flags = std::vector<std::pair<std::string, std::string>>;

}  // namespace

TEST_CASE("a command has a file and keys, in any order") {
  for (const auto& words : std::vector<std::vector<const char*>>{
           {"serve", "--config", "a.toml", "--log.level=warn", "--turns.barge_in=false"},
           {"serve", "--log.level=warn", "--config=a.toml", "--turns.barge_in=false"},
           {"--log.level=warn", "serve", "--turns.barge_in=false", "--config", "a.toml"}}) {
    const auto parsed = parse(words);
    REQUIRE(parsed.asked);
    CHECK(parsed.asked->what == command::kind::serve);
    CHECK(parsed.asked->source.file == "a.toml");
    CHECK(parsed.asked->source.flags == flags{{"log.level", "warn"}, {"turns.barge_in", "false"}});
  }
}

TEST_CASE("each command is its own") {
  CHECK(parse({"check"}).asked->what == command::kind::check);
  CHECK(parse({"version"}).asked->what == command::kind::version);
  CHECK(parse({"serve"}).asked->source.file.empty());
}

TEST_CASE("an empty value stays empty and takes nothing from the next argument") {
  const auto parsed = parse({"check", "--telnyx.api_key=", "--agent.greeting=a = b.c", "--config", "f"});
  REQUIRE(parsed.asked);
  CHECK(parsed.asked->source.flags == flags{{"telnyx.api_key", ""}, {"agent.greeting", "a = b.c"}});
  CHECK(parsed.asked->source.file == "f");
}

TEST_CASE("a file may have dots in its name") {
  CHECK(parse({"check", "--config=/etc/tandem.d/a.toml"}).asked->source.file == "/etc/tandem.d/a.toml");
}

TEST_CASE("an unknown key is left to the settings, which name all of them") {
  CHECK(parse({"check", "--no.such=1"}).asked->source.flags == flags{{"no.such", "1"}});
}

TEST_CASE("what is no command is a fault of usage") {
  for (const auto& words : std::vector<std::vector<const char*>>{{},
                                                                 {"swerve"},
                                                                 {"serve", "check"},
                                                                 {"serve", "file"},
                                                                 {"serve", "--config"},
                                                                 {"serve", "--confg=a"},
                                                                 {"serve", "--log.level", "warn"},
                                                                 {"serve", "--log.level"},
                                                                 {"version", "--log.level=warn"},
                                                                 {"version", "--config", "a"},
                                                                 {"-x"}}) {
    const auto parsed = parse(words);
    CHECK_FALSE(parsed.asked);
    CHECK(parsed.exit_code == 2);
    CHECK_FALSE(parsed.text.empty());
  }
}

TEST_CASE("a value after a blank is answered with how to give it") {
  CHECK(parse({"serve", "--log.level", "warn"}).text ==
        "--log.level: a value is given as --log.level=VALUE\n");
}

TEST_CASE("help is no fault and names the commands") {
  const auto help = parse({"--help"});
  CHECK(help.exit_code == 0);
  for (const auto* word : {"serve", "check", "version", "Exit codes"}) {
    CHECK(help.text.find(word) != std::string::npos);
  }
}

TEST_CASE("the help of a command lists every key") {
  for (const auto* name : {"serve", "check"}) {
    const auto help = parse({name, "--help"});
    CHECK(help.exit_code == 0);
    CHECK(help.text.find("--config") != std::string::npos);
    for (const auto& one : setting_table()) {
      CAPTURE(one.key());
      CHECK(help.text.find("--" + one.key() + "=") != std::string::npos);
    }
  }
  CHECK(parse({"version", "--help"}).exit_code == 0);
}

TEST_CASE("no arguments at all, not even a name, is a fault of usage") {
  CHECK(parse_command_line({}).exit_code == 2);
}
