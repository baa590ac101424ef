#include "gateway/route_table.hpp"

#include "gateway/routes.hpp"

#include <algorithm>
#include <vector>

namespace tandem {

std::span<const route> all_routes() {
  static const auto all = [] {
    std::vector<route> out;
    for (const auto& some :
         {node_routes(), console_routes(), session_routes(), call_routes(), event_routes(), control_routes(),
          agent_routes(), socket_routes(), campaign_routes(), cluster_routes()})
      out.insert(out.end(), some.begin(), some.end());
    return out;
  }();
  return all;
}

std::optional<std::string_view> match(std::string_view pattern, std::string_view path) {
  const auto open = pattern.find('{');
  if (open == std::string_view::npos)
    return pattern == path ? std::optional<std::string_view>("") : std::nullopt;
  const auto before = pattern.substr(0, open);
  const auto after = pattern.substr(pattern.find('}') + 1);
  if (path.size() <= before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after))
    return std::nullopt;
  const auto argument = path.substr(before.size(), path.size() - before.size() - after.size());
  if (argument.find('/') != std::string_view::npos) return std::nullopt;
  return argument;
}

void dispatch(const std::shared_ptr<const route_context>& context, const server_request& request,
              const respond& answer) {
  std::string allowed;
  for (const auto& each : all_routes()) {
    const auto argument = match(each.path, request.head.path);
    if (!argument) continue;
    if (each.method == request.head.method)
      return each.handle({context, request, std::string(*argument), answer});
    allowed.append(allowed.empty() ? "" : ", ").append(each.method);
  }
  if (allowed.empty()) return answer(error_answer(404, "not_found", "no such route"));
  auto refused = error_answer(405, "bad_method", "allowed here: " + allowed);
  refused.headers.emplace_back("Allow", std::move(allowed));
  answer(std::move(refused));
}

void with_body(const routed_request& asked, std::size_t bound,
               const std::function<void(const json::value&)>& use) {
  auto text = asked.request.body.empty() ? std::string("{}") : asked.request.body;
  if (text.size() > bound)
    return asked.answer(
        error_answer(413, "too_large", "a body has at most " + std::to_string(bound / 1024) + " KiB here"));
  json::document body;
  if (const auto fault = body.parse({text.data(), text.size()}); fault != json::fault::none)
    return asked.answer(error_answer(400, "bad_json", json::to_string(fault)));
  use(body.root());
}

}  // namespace tandem
