#include "protocols/campaigns/record.hpp"

#include "protocols/campaigns/plan.hpp"
#include "protocols/json_builder.hpp"
#include "protocols/records/row.hpp"

namespace tandem::campaigns {

namespace {

// In the order of the states.
constexpr std::array<std::string_view, 5> entry_names{"pending", "calling", "done", "failed", "do_not_call"};
constexpr std::array<std::string_view, 4> campaign_names{"running", "paused", "stopped", "finished"};

template <class State, std::size_t Count>
State state_of(const std::array<std::string_view, Count>& names, std::string_view name, State otherwise) {
  for (std::size_t i = 0; i < Count; ++i) {
    if (names[i] == name) return static_cast<State>(i);
  }
  return otherwise;
}

void append_time(std::string& out, wall_time at) {
  if (at == wall_time{}) {
    out += "null";
  } else {
    json::append_quoted(out, to_rfc3339(at));
  }
}

}  // namespace

std::vector<std::pair<std::string, std::chrono::seconds>> retry_rule::usual(std::chrono::seconds after) {
  std::vector<std::pair<std::string, std::chrono::seconds>> out;
  for (const auto reason :
       {end_reason::busy, end_reason::no_answer, end_reason::carrier_failed, end_reason::provider_failed,
        end_reason::no_media, end_reason::internal_error, end_reason::shutdown, interrupted})
    out.emplace_back(reason, after);
  return out;
}

std::string_view to_string(entry_state state) { return entry_names[static_cast<std::size_t>(state)]; }
std::string_view to_string(campaign_state state) { return campaign_names[static_cast<std::size_t>(state)]; }

entry_state entry_state_of(std::string_view name) { return state_of(entry_names, name, entry_state::failed); }

campaign_state campaign_state_of(std::string_view name) {
  return state_of(campaign_names, name, campaign_state::stopped);
}

void append_json(std::string& out, const campaign_record& campaign) {
  const auto& numbers = campaign.numbers;
  json::builder object(out);
  object.text("id", campaign.id)
      .text("node", campaign.node)
      .text("state", to_string(campaign.state))
      .text_if("why", campaign.why);
  append_time(object.raw("created_at"), campaign.created_at);
  append_time(object.raw("ended_at"), campaign.ended_at);
  append_json(object.raw("settings"), campaign.how);
  json::builder(object.raw("numbers"))
      .integer("total", std::int64_t{numbers.pending} + numbers.calling + numbers.done + numbers.failed +
                            numbers.do_not_call)
      .integer("pending", numbers.pending)
      .integer("calling", numbers.calling)
      .integer("done", numbers.done)
      .integer("failed", numbers.failed)
      .integer("do_not_call", numbers.do_not_call)
      .integer("duplicates", campaign.duplicates);
}

void append_json(std::string& out, const entry& number) {
  json::builder object(out);
  object.integer("n", number.n)
      .text("number", number.number)
      .text("state", to_string(number.state))
      .integer("attempts", number.attempts)
      .text_if("call_id", number.call_id)
      .text_if("end_reason", number.end_reason)
      .text_if("time_zone", number.time_zone);
  if (number.state == entry_state::pending && number.due_at != wall_time{})
    append_time(object.raw("due_at"), number.due_at);
  object.raw("metadata") += records::to_json(number.metadata);
}

void append_json(std::string& out, const barred_number& number) {
  json::builder object(out);
  object.text("number", number.number);
  append_time(object.raw("since"), number.since);
  object.text("source", number.source);
}

}  // namespace tandem::campaigns
