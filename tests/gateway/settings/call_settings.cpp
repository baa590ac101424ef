#include "gateway/settings/call_settings.hpp"

#include <doctest/doctest.h>

using namespace tandem;

namespace {

settings with_voice() {
  settings values;
  values.agent.kind = "echo";
  values.elevenlabs.api_key = "key";
  values.scribe.model = "ears";
  values.speech.voice = "anna";
  values.speech.model = "mouth";
  return values;
}

}  // namespace

TEST_CASE("without its address a call has no standby") {
  auto values = with_voice();
  values.scribe.standby_api_key = "other";
  values.speech.standby_voice = "otto";
  const auto calls = make_call_settings(values);
  REQUIRE(calls);
  CHECK_FALSE(calls->scribe.standby);
  CHECK_FALSE(calls->speech.standby);
  CHECK(calls->scribe.protocol == recogniser_of("elevenlabs"));
  CHECK(calls->speech.protocol == synthesiser_of("elevenlabs"));
}

TEST_CASE("a standby takes what is not said from the first, but never its key") {
  auto values = with_voice();
  values.scribe.standby_url = "ws://127.0.0.1:1/ears";
  values.speech.standby_url = "ws://127.0.0.1:1/mouth";
  const auto calls = make_call_settings(values);
  REQUIRE(calls);
  REQUIRE(calls->scribe.standby);
  CHECK(calls->scribe.standby->url == "ws://127.0.0.1:1/ears");
  CHECK(calls->scribe.standby->model == "ears");
  CHECK(calls->scribe.standby->api_key.empty());
  CHECK(calls->scribe.api_key == "key");
  REQUIRE(calls->speech.standby);
  CHECK(calls->speech.standby->voice == "anna");
  CHECK(calls->speech.standby->model == "mouth");
  CHECK(calls->speech.standby->api_key.empty());
}

TEST_CASE("what is said of a standby holds for it alone") {
  auto values = with_voice();
  values.scribe.standby_url = "ws://127.0.0.1:1/ears";
  values.scribe.standby_model = "other ears";
  values.scribe.standby_api_key = "other key";
  values.speech.standby_url = "ws://127.0.0.1:1/mouth";
  values.speech.standby_voice = "otto";
  values.speech.standby_model = "other mouth";
  const auto calls = make_call_settings(values);
  REQUIRE(calls);
  CHECK(calls->scribe.model == "ears");
  CHECK(calls->scribe.standby->model == "other ears");
  CHECK(calls->scribe.standby->api_key == "other key");
  CHECK(calls->speech.voice == "anna");
  CHECK(calls->speech.standby->voice == "otto");
  CHECK(calls->speech.standby->model == "other mouth");
}
