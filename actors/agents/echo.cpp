#include "actors/agents/echo.hpp"

namespace tandem {

void echo_agent::answer(const agent_request& request, agent_sink& sink) {
  if (request.about == turns::question::words) sink.sentence(request.turn, std::string(request.text));
  sink.finished(request.turn);
}

}  // namespace tandem
