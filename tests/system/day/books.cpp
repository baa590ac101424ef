#include "tests/system/day/books.hpp"

#include "protocols/json.hpp"

#include <cmath>
#include <set>

namespace tandem::test {

namespace {

/// So small that there are many pages, none of which may lose or repeat a call.
constexpr std::string_view page_size = "9";

call_record read_call(const json::value& from) {
  call_record call;
  call.id = json::text_or(from, "id");
  call.node = json::text_or(from, "node");
  call.carrier_call_id = json::text_or(from, "carrier_call_id");
  call.direction =
      json::text_or(from, "direction") == "outgoing" ? call_direction::outgoing : call_direction::incoming;
  call.from = json::text_or(from, "from");
  call.to = json::text_or(from, "to");
  const auto state = json::text_or(from, "state");
  call.state = state == "ended"     ? call_state::ended
               : state == "ringing" ? call_state::ringing
                                    : call_state::connected;
  call.started_at = lab::read_time(from, "started_at");
  call.answered_at = lab::read_time(from, "answered_at");
  call.ended_at = lab::read_time(from, "ended_at");
  call.end_reason = json::text_or(from, "end_reason");
  if (const auto* usage = json::find(from, "usage")) {
    call.usage.stt_seconds = json::number(*usage, "stt_seconds").value_or(-1);
    call.usage.tts_characters =
        static_cast<std::uint64_t>(json::integer(*usage, "tts_characters").value_or(0));
  }
  if (const auto* cost = json::find(from, "cost")) {
    const auto millionths = [&](std::string_view key) {
      return std::llround(json::number(*cost, key).value_or(-1) * 1e6);
    };
    call.cost = {std::string(json::text_or(*cost, "currency")), millionths("carrier"), millionths("stt"),
                 millionths("tts"), millionths("llm")};
    CHECK(call.cost.total() == millionths("total"));
  }
  if (const auto* metadata = json::find(from, "metadata"); metadata != nullptr && metadata->IsObject()) {
    for (const auto& each : metadata->GetObject())
      call.metadata.emplace_back(std::string(each.name.GetString(), each.name.GetStringLength()),
                                 json::text(each.value).value_or(""));
  }
  return call;
}

/// Every element of a list that is given in pages.
template <class Take>
void read_pages(lab::engine_view& view, const std::string& path, std::string_view list, Take take) {
  std::string cursor;
  do {
    auto page = view.get(path + "?limit=" + std::string(page_size) + "&cursor=" + cursor).value_or("");
    json::document document;
    REQUIRE(document.parse({page.data(), page.size()}) == json::fault::none);
    CHECK(json::boolean(document.root(), "complete").value_or(true));
    for (const auto& each : json::elements(document.root(), list)) take(each);
    cursor = json::text_or(document.root(), "cursor");
  } while (!cursor.empty());
}

}  // namespace

std::vector<call_record> told_calls(lab::engine_view& view) {
  std::vector<call_record> calls;
  std::set<std::string> ids;
  read_pages(view, "/v1/calls", "calls", [&](const json::value& each) {
    calls.push_back(read_call(each));
    CHECK_MESSAGE(ids.insert(calls.back().id).second, calls.back().id);
    if (calls.size() > 1) CHECK(calls[calls.size() - 2].started_at >= calls.back().started_at);
  });
  return calls;
}

std::vector<told_number> told_numbers(lab::engine_view& view, const std::string& campaign) {
  std::vector<told_number> numbers;
  read_pages(view, "/v1/campaigns/" + campaign + "/numbers", "numbers", [&](const json::value& each) {
    numbers.push_back({.number = std::string(json::text_or(each, "number")),
                       .state = std::string(json::text_or(each, "state")),
                       .call_id = std::string(json::text_or(each, "call_id")),
                       .end_reason = std::string(json::text_or(each, "end_reason")),
                       .attempts = json::integer(each, "attempts").value_or(0)});
  });
  return numbers;
}

}  // namespace tandem::test
