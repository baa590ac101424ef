#include "protocols/call_order.hpp"

#include "protocols/call_order_json.hpp"
#include "protocols/json_members.hpp"
#include "protocols/records/row.hpp"
#include "protocols/telnyx/dial.hpp"

#include <optional>

namespace tandem {

namespace {

constexpr std::size_t longest_metadata_value = 1024;

std::optional<std::string> read_texts(const json::value& object, std::string_view key, std::size_t longest,
                                      std::vector<std::pair<std::string, std::string>>& into) {
  const auto* given = json::find(object, key);
  if (given == nullptr) return std::nullopt;
  auto read = json::texts(*given, longest);
  if (!read)
    return std::string(key) + " is an object of at most 32 texts (in UTF-8) and numbers of at most " +
           std::to_string(longest) + " bytes";
  into = std::move(*read);
  return std::nullopt;
}

}  // namespace

std::string fault_of(const call_order& order) {
  constexpr std::string_view form = " is +, country code and number, or a SIP URI";
  if (!telnyx::can_be_dialled(order.to)) return std::string("to").append(form);
  if (!telnyx::can_be_dialled(order.from)) return std::string("from").append(form);
  if (!order.machine_detection.empty() && !telnyx::read_machine_detection(order.machine_detection))
    return "machine_detection is one of disabled, detect, detect_beep, detect_words, greeting_end, premium";
  return {};
}

tl::expected<call_order, std::string> read_call_order(const json::value& object) {
  call_order order;
  order.to = json::text_or(object, "to");
  order.from = json::text_or(object, "from");
  order.machine_detection = json::text_or(object, "machine_detection");
  const auto on_machine = json::text_or(object, "on_machine", "hang_up");
  if (on_machine != "hang_up" && on_machine != "continue")
    return tl::unexpected(std::string("on_machine is hang_up or continue"));
  order.ends_at_machine = on_machine == "hang_up";
  if (auto wrong = json::read_number(object, "ring_seconds", 5, 600, order.ring_seconds))
    return tl::unexpected(std::move(*wrong));
  if (auto wrong = read_texts(object, "agent", longest_agent_value, order.agent))
    return tl::unexpected(std::move(*wrong));
  if (auto wrong = read_texts(object, "metadata", longest_metadata_value, order.metadata))
    return tl::unexpected(std::move(*wrong));
  return order;
}

void add_members(json::builder& object, const call_order& order) {
  object.text("from", order.from);
  object.raw("agent") += records::to_json(order.agent);
  object.raw("metadata") += records::to_json(order.metadata);
  object.text_if("machine_detection", order.machine_detection)
      .text("on_machine", order.ends_at_machine ? "hang_up" : "continue")
      .integer("ring_seconds", order.ring_seconds);
}

}  // namespace tandem
