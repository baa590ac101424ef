#include "actors/agents/script.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace tandem;

namespace {

struct deaf final : agent_sink {
  void sentence(std::uint32_t, std::string text) override {
    if (text.empty()) std::abort();
  }
  void note(std::uint32_t, std::string, std::string) override {}
  void busy(std::uint32_t, std::chrono::milliseconds) override {}
  void finished(std::uint32_t, turns::reply_end) override { ++ends; }
  void failed(std::uint32_t, std::string) override { std::abort(); }
  int ends = 0;
};

}  // namespace

// A script that loads can be talked to, in its own phrases and in any bytes; every answer ends once, and a
// saved agent loads.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  auto loaded = load_script(text);
  if (!loaded) {
    if (loaded.error().empty()) std::abort();
    return 0;
  }
  const auto dialogue = std::make_shared<const script>(std::move(*loaded));
  script_agent agent(dialogue);
  if (agent.greeting().empty()) std::abort();
  const conversation nothing;
  deaf sink;
  int asked = 0;
  const auto ask = [&](std::string_view words, turns::question about = turns::question::words) {
    agent.answer({static_cast<std::uint32_t>(++asked), words, nothing, about}, sink);
    script_agent other(dialogue);
    if (sink.ends != asked || !other.load(agent.save()) || other.save() != agent.save()) std::abort();
  };
  ask(text);
  ask(text, turns::question::keys);
  ask("1", turns::question::keys);
  ask({}, turns::question::silence);
  const auto all = phrases(*dialogue);
  for (std::size_t i = 0; i < all.size(); i += 1 + all.size() / 20) {
    ask(all[i]);
    if (i % 3 == 0) agent.cancel(static_cast<std::uint32_t>(asked), turns::dismissal::unheard);
  }
  return 0;
}
