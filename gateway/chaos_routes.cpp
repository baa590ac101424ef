#include "actors/runtime/chaos.hpp"
#include "gateway/routes.hpp"

#include <charconv>
#include <cstdint>

#include <spdlog/spdlog.h>

namespace tandem {

void chaos_route(const request_head& head, const respond& answer) {
  if (head.method != "POST" || head.path != "/chaos/kill") {
    return answer(error_answer(404, "not_found", "chaos is POST /chaos/kill?kind=KIND&seed=N"));
  }
  const auto kind = chaos::kind_of(head.parameter("kind"));
  if (!kind) return answer(error_answer(400, "bad_kind", "no actor is of this kind"));
  const auto digits = head.parameter("seed");
  std::uint64_t seed = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), seed);
  if (!chaos::fail_one(*kind, seed))
    return answer(error_answer(409, "nobody", "no actor of this kind lives"));
  spdlog::warn("chaos fails an actor kind={} seed={}", to_string(*kind), seed);
  answer({.body = R"({"failed":true})"});
}

}  // namespace tandem
