#include "protocols/call_order_json.hpp"

#include <doctest/doctest.h>

namespace tandem {

namespace {

tl::expected<call_order, std::string> read(std::string text) {
  json::document document;
  REQUIRE(document.parse({text.data(), text.size()}) == json::fault::none);
  return read_call_order(document.root());
}

}  // namespace

TEST_CASE("an order of a call reads back as it was written") {
  const auto order =
      read(R"({"from":"+13125550100","agent":{"kind":"echo","timeout_ms":500},"metadata":{"a":"\"b\""},)"
           R"("machine_detection":"premium","on_machine":"continue","ring_seconds":20})");
  REQUIRE_MESSAGE(order, order.error());
  CHECK(order->agent.back() == std::pair<std::string, std::string>("timeout_ms", "500"));
  std::string text;
  {
    json::builder object(text);
    add_members(object, *order);
  }
  const auto again = read(text);
  REQUIRE(again);
  CHECK(*again == *order);
}

TEST_CASE("an order that cannot be read says which member is wrong") {
  CHECK(read(R"({"ring_seconds":1})").error() == "ring_seconds is a number from 5 to 600");
  CHECK(read(R"({"on_machine":"shout"})").error().find("on_machine") == 0);
  CHECK(read(R"({"agent":[]})").error().find("agent") == 0);
  CHECK(read(R"({"metadata":{"":"x"}})").error().find("metadata") == 0);
  CHECK(read(R"({"metadata":{"x":")" + std::string(1025, 'x') + "\"}}").error().find("metadata") == 0);
  // It would be longer when it is written.
  CHECK(read(R"({"metadata":{"x":")" + std::string(1024, '\xff') + "\"}}").error().find("metadata") == 0);
  CHECK(read("{\"metadata\":{\"\xc3\":\"x\"}}").error().find("metadata") == 0);
}

TEST_CASE("an order has to have numbers that can be dialled, and a way to detect machines that there is") {
  call_order order{.to = "+13125550142", .from = "+13125550100"};
  CHECK(fault_of(order).empty());
  order.machine_detection = "psychic";
  CHECK(fault_of(order).find("machine_detection") == 0);
  order.from = "nobody";
  CHECK(fault_of(order).find("from") == 0);
  order.to = "12345";
  CHECK(fault_of(order).find("to") == 0);
}

}  // namespace tandem
