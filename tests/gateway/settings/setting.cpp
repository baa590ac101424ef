#include "gateway/settings/setting.hpp"

#include "gateway/settings/settings_forms.hpp"
#include "gateway/settings/settings_table.hpp"
#include "tests/gateway/temporary_file.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;

namespace {

const setting& key_of(const std::string& name) {
  const auto found = std::ranges::find(setting_table(), name, &setting::key);
  REQUIRE(found != setting_table().end());
  return *found;
}

loaded_settings load(std::vector<std::pair<std::string, std::string>> flags) {
  return load_settings({"", std::move(flags), {}});
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// A secret with the word `sesame` that the key takes.
std::string fitting(std::string_view key) {
  if (key == "store.url") return "postgresql://u:sesame@h/db";
  return key == "store.key" ? "sesame" + std::string(37, 'A') + "=" : "sesame";
}

}  // namespace

TEST_CASE("the secrets are those of the contract, and each can come from a file") {
  std::vector<std::string> secrets;
  for (const auto& one : setting_table()) {
    if (one.takes_file()) secrets.push_back(one.key());
  }
  CHECK(secrets == std::vector<std::string>{"server.secret", "server.api_token", "telnyx.api_key",
                                            "telnyx.stream_token", "elevenlabs.api_key",
                                            "scribe.standby_api_key", "speech.standby_api_key",
                                            "agent.api_key", "agent.secret", "store.url", "store.key",
                                            "store.s3_secret_key", "events.secret"});
  for (const auto& name : secrets) {
    CAPTURE(name);
    const std::string value = fitting(name);
    const temporary_file file(value + "\r\n\n");
    const auto loaded = load({{name + "_file", file.path()}});
    CHECK(loaded.faults.empty());
    auto values = loaded.values;
    CHECK(*std::get<std::string*>(key_of(name).slot(values)) == value);
    CHECK_FALSE(holds(to_toml(values), "sesame"));
    CHECK(holds(to_toml(values), "***"));
  }
}

TEST_CASE("no fault and no warning shows a secret") {
  for (const auto& one : setting_table()) {
    if (!one.takes_file()) continue;
    CAPTURE(one.key());
    const temporary_file bad("open sesame"),
        toml("[" + std::string(one.section) + "]\n" + std::string(one.name) + " = [\"open sesame\"]\n");
    const auto loaded =
        load_settings({toml.path(),
                       {{one.key(), "open sesame"}},
                       {{one.variable(), "open sesame"}, {one.variable() + "_FILE", bad.path()}}});
    CHECK(loaded.faults.size() >= 3);
    for (const auto& fault : loaded.faults) CHECK_FALSE(holds(fault, "sesame"));
    const auto short_one = load({{one.key(), fitting(one.key())}});
    CHECK(short_one.faults.empty());
    for (const auto& warning : short_one.warnings) CHECK_FALSE(holds(warning, "sesame"));
  }
}

TEST_CASE("an empty secret is shown as empty") { CHECK(key_of("telnyx.api_key").shown_value({}) == "\"\""); }

TEST_CASE("a secret that is given twice by one source is refused") {
  const temporary_file file("sesame");
  const auto loaded = load({{"telnyx.api_key", "x"}, {"telnyx.api_key_file", file.path()}});
  CHECK(loaded.faults ==
        std::vector<std::string>{"telnyx.api_key and telnyx.api_key_file are both given (flags): give one"});
}

TEST_CASE("a secret's file gives way to a better source, and then need not be there") {
  const auto loaded = load_settings(
      {"", {{"telnyx.api_key", "from-flag"}}, {{"TANDEM_TELNYX_API_KEY_FILE", "/nowhere/key"}}});
  CHECK(loaded.faults.empty());
  CHECK(loaded.values.telnyx.api_key == "from-flag");
  const temporary_file file("from-file");
  const auto other = load_settings(
      {"", {{"telnyx.api_key_file", file.path()}}, {{"TANDEM_TELNYX_API_KEY", "from-environment"}}});
  CHECK(other.values.telnyx.api_key == "from-file");
}

TEST_CASE("a secret's file that is not there or does not fit says so") {
  CHECK(load({{"server.secret_file", "/nowhere/key"}}).faults ==
        std::vector<std::string>{
            "server.secret_file = \"/nowhere/key\" (--server.secret_file): cannot be read: No "
            "such file or directory"});
  const temporary_file two_lines("one\ntwo\n");
  const auto faults = load({{"server.secret_file", two_lines.path()}}).faults;
  REQUIRE(faults.size() == 1);
  CHECK(holds(faults.front(), "what it holds is not allowed; allowed: printable ASCII"));
  const temporary_file large(std::string(65 * 1024, 'x'));
  CHECK(holds(load({{"server.secret_file", large.path()}}).faults.at(0), "is larger than 65536 bytes"));
}

TEST_CASE("the password of a URL is hidden, the rest is not") {
  CHECK(without_password("postgresql://user:pass@host:5432/db") == "postgresql://user:***@host:5432/db");
  CHECK(without_password("postgresql://user:p@ss/w?rd@host/db") == "postgresql://user:***@host/db");
  CHECK(without_password("postgresql://user@host/db?password=x&sslmode=require") ==
        "postgresql://user@host/db?password=***&sslmode=require");
  CHECK(without_password("postgresql://user@host:5432/db") == "postgresql://user@host:5432/db");
  CHECK(without_password("https://host:443/a") == "https://host:443/a");
  CHECK(without_password("sqlite:tandem.db") == "sqlite:tandem.db");
  CHECK(without_password("") == "");
  settings values;
  values.store.url = "postgresql://user:pass@host/db";
  CHECK(key_of("store.url").shown_value(values) == R"("postgresql://user:***@host/db")");
}

TEST_CASE("a long text is cut in a fault, but not before its password is hidden") {
  const auto shown = key_of("events.url").shown_text("https://user:" + std::string(300, 'p') + "@host");
  CHECK(shown == R"("https://user:***@host")");
  CHECK(key_of("speech.model").shown_text(std::string(5000, 'm')).size() < 300);
}

TEST_CASE("a quoted text is one line") {
  CHECK(quoted("a\"b\\c\nd\re\tf\x01g\x7fh") == R"("a\"b\\c\nd\re\tf\u0001g\u007Fh")");
}

TEST_CASE("a value that does not fit changes nothing") {
  settings values;
  for (const auto& one : setting_table()) {
    CAPTURE(one.key());
    CHECK(one.assign(values, "\x01\xff").has_value());
  }
  CHECK(values == settings{});
}

TEST_CASE("numbers hold their bounds") {
  for (const auto& one : setting_table()) {
    const auto* bounds = std::get_if<number_rule>(&one.rule);
    if (!bounds) continue;
    CAPTURE(one.key());
    settings values;
    CHECK_FALSE(one.assign(values, std::to_string(bounds->least)));
    CHECK_FALSE(one.assign(values, std::to_string(bounds->most)));
    CHECK(one.assign(values, std::to_string(bounds->most + 1)));
    if (bounds->least > 0) CHECK(one.assign(values, std::to_string(bounds->least - 1)));
    for (const auto* text : {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "1e3", "99999999999999999999999"}) {
      CHECK(one.assign(values, text));
    }
  }
}
