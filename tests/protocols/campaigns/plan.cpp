#include "protocols/campaigns/plan.hpp"

#include <doctest/doctest.h>

namespace tandem::campaigns {

namespace {

using namespace std::chrono_literals;

tl::expected<plan, std::string> read(std::string text) {
  json::document document;
  REQUIRE(document.parse({text.data(), text.size()}) == json::fault::none);
  return read_plan(document.root());
}

std::string fault(const std::string& more) {
  const auto got = read(R"({"from":"+13125550100",)" + more + "}");
  return got ? "" : got.error();
}

}  // namespace

TEST_CASE("a plan with nothing but the number shown calls one at a time, once, at any time") {
  const auto how = read(R"({"from":"+13125550100","numbers":[]})");
  REQUIRE(how);
  CHECK(how->concurrency == 1);
  CHECK(how->calls_per_minute == 0);
  CHECK(how->retry.attempts == 1);
  CHECK(how->hours.time_zone.empty());
  CHECK(how->call.ends_at_machine);
}

TEST_CASE("a plan reads back as it was written") {
  auto how = read(
      R"({"name":"spring","from":"+13125550100","concurrency":20,"calls_per_minute":90,)"
      R"("calling_hours":{"time_zone":"Europe/Berlin","days":["mon","sun"],"from":"09:30","to":"24:00"},)"
      R"("retry":{"attempts":4,"after_seconds":60,"on":["busy","machine","interrupted"]},)"
      R"("agent":{"greeting":"Good \"morning\""},"metadata":{"a":"b","c":4},)"
      R"("machine_detection":"premium","on_machine":"continue","ring_seconds":20})");
  REQUIRE_MESSAGE(how, how.error());
  CHECK(how->hours.days[6]);
  CHECK_FALSE(how->hours.days[1]);
  std::string text;
  append_json(text, *how);
  const auto again = read(text);
  REQUIRE_MESSAGE(again, again.error());
  CHECK(*again == *how);
  text.clear();
  plan least;
  least.call.from = "+13125550100";
  append_json(text, least);
  CHECK(*read(text) == least);
}

TEST_CASE("whoever wants retries without more gets three calls") {
  CHECK(read(R"({"from":"+13125550100","retry":{}})")->retry.attempts == 3);
}

TEST_CASE("the wait before another call is one for all ends, or one for each") {
  const auto all = read(R"({"from":"+13125550100","retry":{"after_seconds":60,"on":["busy","machine"]}})");
  REQUIRE(all);
  CHECK(all->retry.on == decltype(retry_rule::on){{"busy", 60s}, {"machine", 60s}});
  const auto each = read(R"({"from":"+13125550100","retry":{"on":{"busy":5,"no_answer":3600}}})");
  REQUIRE(each);
  CHECK(each->retry.on == decltype(retry_rule::on){{"busy", 5s}, {"no_answer", 3600s}});
}

TEST_CASE("what cannot be done is refused with the reason") {
  CHECK(read("{}").error().find("from") == 0);
  CHECK(fault(R"("colour":"red")") == "unknown member colour");
  CHECK(fault(R"("concurrency":0)") == "concurrency is a number from 1 to 10000");
  CHECK(fault(R"("calls_per_minute":"many")").find("calls_per_minute") == 0);
  CHECK(fault(R"("ring_seconds":1)").find("ring_seconds") == 0);
  CHECK(fault(R"("retry":{"attempts":21})").find("attempts") == 0);
  CHECK(fault(R"("retry":{"after_seconds":0})").find("after_seconds") == 0);
  CHECK(fault(R"("retry":{"on":["bored"]})").find("on has") == 0);
  CHECK(fault(R"("retry":{"on":{"busy":0}})").find("busy") == 0);
  CHECK(fault(R"("retry":{"on":"busy"})").find("on has") == 0);
  CHECK(fault(R"("retry":{"no":1})") == "unknown member no");
  CHECK(fault(R"("retry":3)") == "retry is an object");
  CHECK(fault(R"("calling_hours":{})").find("time_zone") == 0);
  CHECK(fault(R"("calling_hours":{"time_zone":"UTC","from":"17:00","to":"09:00"})").find("from and to") == 0);
  CHECK(fault(R"("calling_hours":{"time_zone":"UTC","days":["today"]})").find("days are") == 0);
  CHECK(fault(R"("calling_hours":{"time_zone":"UTC","days":[]})").find("days has") == 0);
  CHECK(fault(R"("agent":7)").find("agent") == 0);
  CHECK(fault(R"("metadata":{"a":[]})").find("metadata") == 0);
  CHECK(fault(R"("machine_detection":"psychic")").find("machine_detection") == 0);
  CHECK(fault(R"("on_machine":"shout")").find("on_machine") == 0);
  CHECK(fault(R"("name":")" + std::string(257, 'x') + "\"").find("name") == 0);
}

}  // namespace tandem::campaigns
