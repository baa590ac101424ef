#include "gateway/settings/settings.hpp"

#include "gateway/settings/settings_table.hpp"
#include "tests/gateway/temporary_file.hpp"
#include "tests/project_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;

namespace {

using pairs = std::vector<std::pair<std::string, std::string>>;

loaded_settings load(const std::string& toml, pairs environment = {}, pairs flags = {}) {
  const temporary_file file(toml);
  return load_settings({file.path(), std::move(flags), std::move(environment)});
}

loaded_settings load_flags(pairs flags) { return load_settings({"", std::move(flags), {}}); }

/// The only fault, without the file's name, which changes.
std::string fault_of(const loaded_settings& loaded) {
  for (const auto& fault : loaded.faults) INFO(fault);
  REQUIRE(loaded.faults.size() == 1);
  auto text = loaded.faults.front();
  if (const auto at = text.find("/tmp/"); at != std::string::npos) {
    text.replace(at, text.find_first_of(" :\"", at) - at, "FILE");
  }
  return text;
}

bool mentions(const std::vector<std::string>& lines, std::string_view text) {
  return std::ranges::any_of(lines, [&](const auto& line) { return line.find(text) != std::string::npos; });
}

settings defaults() {
  auto values = load_settings({}).values;
  values.cluster.node.clear();
  return values;
}

}  // namespace

TEST_CASE("nothing given is the defaults and this host's name") {
  const auto loaded = load_settings({});
  CHECK(loaded.faults.empty());
  CHECK(defaults() == settings{});
  CHECK_FALSE(loaded.values.cluster.node.empty());
}

TEST_CASE("a flag wins over the environment, the environment over the file, the file over the default") {
  const std::string file = "[limits]\nmax_calls = 1\nloop_lag_ms = 2\nmax_call_seconds = 3\n";
  const auto loaded = load(file, {{"TANDEM_LIMITS_MAX_CALLS", "10"}, {"TANDEM_LIMITS_LOOP_LAG_MS", "20"}},
                           {{"limits.max_calls", "100"}});
  CHECK(loaded.faults.empty());
  CHECK(loaded.values.limits.max_calls == 100);
  CHECK(loaded.values.limits.loop_lag_ms == 20);
  CHECK(loaded.values.limits.max_call_seconds == 3);
  CHECK(loaded.values.limits.silence_seconds == 30);
}

TEST_CASE("amounts are given with or without a fraction, as numbers or as text") {
  const auto hour = [](const std::string& value) { return load("[prices]\nstt_hour = " + value + "\n"); };
  CHECK(hour("0.39").values.prices.stt_hour == 0.39);
  CHECK(hour("2").values.prices.stt_hour == 2);
  CHECK(load_settings({"", {{"prices.stt_hour", "0.39"}}, {}}).values.prices.stt_hour == 0.39);
  CHECK(mentions({to_toml(hour("0.39").values)}, "stt_hour = 0.39\n"));
  for (const auto* wrong : {"-1", "1e9", "nan", "\"0.39\"", "true"}) CHECK(hour(wrong).faults.size() == 1);
}

TEST_CASE("every key can be given in each of the three ways") {
  for (const auto& one : setting_table()) {
    CAPTURE(one.key());
    settings read;
    CHECK(one.same(read, settings{}));
    const auto names = load_settings({"", {{one.key(), "\x01\xff"}}, {{one.variable(), "\x01\xff"}}});
    const auto named = [&](const std::string& name) { return mentions(names.faults, name); };
    CHECK(named(one.key() + " = "));
    CHECK(named("(--" + one.key() + ")"));
    CHECK(named("(" + one.variable() + ")"));
    CHECK(load(std::string("[") + std::string(one.section) + "]\n" + std::string(one.name) + " = -1.5\n")
              .faults.size() == 1);
  }
}

TEST_CASE("the last of several equal flags counts") {
  CHECK(load_flags({{"log.level", "warn"}, {"log.level", "debug"}}).values.log.level == "debug");
}

TEST_CASE("an unknown key is refused wherever it stands, with the likely one") {
  CHECK(fault_of(load("[telnyx]\napikey = \"x\"\n")) ==
        "telnyx.apikey (FILE line 2): unknown key; did you mean telnyx.api_key?");
  CHECK(fault_of(load("[telnix]\napi_key = \"x\"\n")) == "telnix (FILE line 1): unknown section");
  CHECK(fault_of(load("threads = 2\n")) == "threads (FILE line 1): unknown section");
  CHECK(fault_of(load("server = 2\n")) == "server (FILE line 1): must be a section: [server]");
  CHECK(fault_of(load("", {{"TANDEM_TELNYX_APIKEY", "x"}})) ==
        "TANDEM_TELNYX_APIKEY (environment): unknown key; did you mean TANDEM_TELNYX_API_KEY?");
  CHECK(fault_of(load_flags({{"nothing.like_it", "x"}})) == "--nothing.like_it: unknown key");
  CHECK(fault_of(load_flags({{"log.level_file", "x"}})) == "--log.level_file: unknown key");
}

TEST_CASE("variables that Kubernetes and our scripts set are not taken for keys") {
  const auto loaded = load("", {{"TANDEM_SERVICE_HOST", "10.1.2.3"},
                                {"TANDEM_SERVICE_PORT", "80"},
                                {"TANDEM_SERVICE_PORT_HTTP", "80"},
                                {"TANDEM_PORT", "tcp://10.1.2.3:80"},
                                {"TANDEM_PORT_80_TCP", "tcp://10.1.2.3:80"},
                                {"TANDEM_PORT_80_TCP_PROTO", "tcp"},
                                {"TANDEM_ADMIN_PORT_80_TCP_ADDR", "10.1.2.3"},
                                {"TANDEM_JOBS", "2"},
                                {"HOME", "/root"}});
  CHECK(loaded.faults.empty());
  for (const auto& one : setting_table()) {
    CAPTURE(one.variable());
    CHECK(load_settings({"", {}, {{one.variable(), "\x01\xff"}}}).faults.size() == 1);
  }
}

TEST_CASE("a fault names the key, the value, where it stands and what is allowed") {
  CHECK(fault_of(load("[limits]\n\nmax_calls = 0\n")) ==
        R"(limits.max_calls = "0" (FILE line 3): allowed: a whole number from 1 to 100000)");
  CHECK(fault_of(load("[limits]\nmax_calls = \"200\"\n")) ==
        R"(limits.max_calls = "200" (FILE line 2): allowed: a whole number from 1 to 100000)");
  CHECK(fault_of(load("[limits]\nmax_calls = [1]\n")) ==
        "limits.max_calls = […] (FILE line 2): allowed: a whole number from 1 to 100000");
  CHECK(fault_of(load("[turns]\nbarge_in = \"yes\"\n")) ==
        R"(turns.barge_in = "yes" (FILE line 2): allowed: true or false)");
  CHECK(
      fault_of(load("", {{"TANDEM_LOG_LEVEL", "loud\nlog.level = fine"}})) ==
      R"(log.level = "loud\nlog.level = fine" (TANDEM_LOG_LEVEL): allowed: trace, debug, info, warn, error, off)");
  CHECK(fault_of(load_flags({{"scribe.url", ""}})) ==
        R"(scribe.url = "" (--scribe.url): allowed: a ws:// or wss:// URL without query; not empty)");
}

TEST_CASE("a word that is none of a setting's is refused with those that are") {
  CHECK(fault_of(load("[telnyx]\ncodec = \"AMR-WB\"\n")) ==
        "telnyx.codec = \"AMR-WB\" (FILE line 2): allowed: PCMU, PCMA, G722, L16, OPUS");
  CHECK(fault_of(load_flags({{"telnyx.l16_byte_order", "native"}})) ==
        "telnyx.l16_byte_order = \"native\" (--telnyx.l16_byte_order): allowed: auto, little, big");
  CHECK(fault_of(load_flags({{"agent.kind", "human"}})) ==
        "agent.kind = \"human\" (--agent.kind): allowed: script, openai, webhook, echo");
  CHECK(fault_of(load_flags({{"telnyx.codec", "pcmu"}})) ==
        "telnyx.codec = \"pcmu\" (--telnyx.codec): allowed: PCMU, PCMA, G722, L16, OPUS");
}

TEST_CASE("all faults are told at once, each on one line") {
  const auto loaded = load("[limits]\nmax_calls = -1\n[\"no\\nwhere\"]\nx = 1\n[log]\nlevel = \"x\"\n",
                           {{"TANDEM_SPEECH_VOICE", "a/b\n"}, {"TANDEM_X", ""}},
                           {{"server.listen", "here"}, {"server.listne", ""}});
  CHECK(loaded.faults.size() == 7);
  CHECK(loaded.warnings.empty());
  for (const auto& fault : loaded.faults) CHECK(fault.find('\n') == std::string::npos);
}

TEST_CASE("a file that cannot be read hides no demand that it may meet") {
  const auto loaded =
      load("[server\napi_token = \"0123456789abcdef\"\n", {}, {{"server.admin_listen", "0.0.0.0:0"}});
  CHECK(loaded.faults.size() == 1);
  CHECK_FALSE(mentions(loaded.faults, "api_token"));
}

TEST_CASE("a list is an array or a text with commas") {
  using list = std::vector<std::string>;
  CHECK(load("[cluster]\ndiscovery = [\"a:1\", \"b.c:2\"]\n").values.cluster.discovery ==
        list{"a:1", "b.c:2"});
  CHECK(load("[cluster]\ndiscovery = \"a:1, b.c:2\"\n").values.cluster.discovery == list{"a:1", "b.c:2"});
  CHECK(load_flags({{"cluster.discovery", "dns:tandem.svc:4000"}}).values.cluster.discovery ==
        list{"dns:tandem.svc:4000"});
  CHECK(load("[cluster]\ndiscovery = []\n").values.cluster.discovery.empty());
  for (const std::string_view bad : {"a", "a:0", "a:1,,b:2", "dns:a", ",", "a:1 b:2"}) {
    CAPTURE(bad);
    CHECK(load_flags({{"cluster.discovery", std::string(bad)}}).faults.size() == 1);
  }
  CHECK(load("[cluster]\ndiscovery = [\"a:1\", 2]\n").faults.size() == 1);
}

TEST_CASE("the end of a base URL holds no slash") {
  CHECK(load_flags({{"server.public_url", "https://{node}.example.com/"}}).values.server.public_url ==
        "https://{node}.example.com");
  CHECK(load_flags({{"speech.url", "ws://127.0.0.1:9/tts//"}}).values.speech.url == "ws://127.0.0.1:9/tts");
}

TEST_CASE("the sample configuration is the defaults, whole") {
  const auto path = project_folder() / "deploy/tandem.toml";
  const auto loaded = load_settings({path.string(), {}, {}});
  for (const auto& fault : loaded.faults) MESSAGE(fault);
  REQUIRE(loaded.faults.empty());
  auto values = loaded.values;
  values.cluster.node.clear();
  CHECK(values == settings{});

  const auto sample = read_file(path);
  std::size_t keys = 0;
  for (std::size_t at = 0; at < sample.size(); at = sample.find('\n', at) + 1) {
    const auto line = sample.substr(at, sample.find('\n', at) - at);
    keys += !line.starts_with('#') && line.find(" = ") != std::string::npos;
  }
  CHECK(keys == setting_table().size());
}

TEST_CASE("the printed configuration can be loaded and is the same") {
  auto loaded = load(
      "[agent]\ngreeting = \"Grüß \\\"Gott\\\"\\n\\\\ \\u0007\"\n[cluster]\ndiscovery = [\"a:1\", \"b:2\"]\n"
      "[turns]\nbarge_in = false\n[limits]\nmax_calls = 7\n");
  REQUIRE(loaded.faults.empty());
  const auto again = load(to_toml(loaded.values));
  CHECK(again.faults.empty());
  CHECK(again.values == loaded.values);
}

TEST_CASE("the help names every key with default, meaning and what is allowed") {
  const auto help = describe_settings();
  for (const auto& one : setting_table()) {
    CAPTURE(one.key());
    CHECK(help.find("--" + one.key() + "=" + one.shown_value(settings{})) != std::string::npos);
    CHECK(help.find(one.meaning) != std::string::npos);
    CHECK_FALSE(one.meaning.empty());
  }
}

TEST_CASE("a file that is missing, too large or no TOML says so") {
  CHECK(load_settings({"/nowhere/tandem.toml", {}, {}}).faults ==
        std::vector<std::string>{"/nowhere/tandem.toml: cannot be read: No such file or directory"});
  CHECK(load_settings({"/", {}, {}}).faults == std::vector<std::string>{"/: cannot be read: Is a directory"});
  CHECK(fault_of(load(std::string(1024 * 1024 + 1, '#'))) == "FILE: is larger than 1048576 bytes");
  CHECK(fault_of(load("[log]\nlevel = \"info\n")).starts_with("FILE line 2, column "));
  CHECK(fault_of(load("[log]\nlevel = \"info\"\nlevel = \"warn\"\n")).starts_with("FILE line 3, column "));
  CHECK(fault_of(load(std::string(1000, '['))).starts_with("FILE line 1, column "));
}

TEST_CASE("no broken file does harm") {
  const auto sample = read_file(project_folder() / "deploy/tandem.toml");
  std::mt19937 random(20260501);
  const std::string_view pieces[] = {"[",  "]",   "[[",   "{",        "}",          "\"",  "\"\"\"", "'",
                                     "=",  ".",   ",",    "#",        "\n",         "\r",  "\\u",    "1e9",
                                     "0x", "nan", "\xff", "\xe2\x82", "1979-05-27", "true"};
  for (int round = 0; round < 300; ++round) {
    auto text = sample;
    for (unsigned changes = 1 + random() % 5; changes > 0; --changes) {
      const auto at = random() % text.size();
      text.replace(at, random() % 3, pieces[random() % std::size(pieces)]);
    }
    for (const auto& fault : load(text).faults) CHECK(fault.find('\n') == std::string::npos);
  }
}
