#include "gateway/serve.hpp"

#include "gateway/engine.hpp"
#include "gateway/settings/call_settings.hpp"
#include "gateway/settings/reloader.hpp"

#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words) all.append(all.empty() ? "" : ",").append(word);
  return all.empty() ? "none" : all;
}

void reload(reloader& configuration, engine& running) {
  const auto outcome = configuration.reload();
  for (const auto& fault : outcome.faults) spdlog::error("configuration {}", fault);
  if (!outcome.calls) {
    return spdlog::error("configuration refused, the former stays faults={}", outcome.faults.size());
  }
  running.apply(configuration.values(), outcome.calls);
  for (const auto& warning : outcome.warnings) spdlog::warn("configuration {}", warning);
  if (!outcome.need_restart.empty()) {
    spdlog::warn("configuration changes that need a restart keys={}", joined(outcome.need_restart));
  }
  spdlog::info("configuration reloaded changed={}", joined(outcome.changed));
}

}  // namespace

int serve(const settings& values, const settings_source& source) {
  auto calls = make_call_settings(values);
  if (!calls) {
    for (const auto& fault : calls.error()) spdlog::critical("{}", fault);
    return 2;
  }
  boost::asio::io_context waiting{1};
  boost::asio::signal_set signals(waiting, SIGTERM, SIGINT);
  engine running(values, std::make_shared<const call_settings>(std::move(*calls)));
  reloader configuration(source, values);
  boost::asio::signal_set reloads(waiting, SIGHUP);
  std::function<void(boost::system::error_code, int)> on_reload = [&](boost::system::error_code fault, int) {
    if (fault) return;
    reload(configuration, running);
    reloads.async_wait(on_reload);
  };
  reloads.async_wait(on_reload);
  bool draining = false;
  std::function<void(boost::system::error_code, int)> on_signal = [&](boost::system::error_code fault,
                                                                      int signal) {
    if (fault) return;
    if (std::exchange(draining, true)) {
      spdlog::warn("engine ends at once signal={}", signal);
      running.hurry();
      return waiting.stop();
    }
    spdlog::info("engine drains signal={} deadline_seconds={}", signal, values.server.drain_seconds);
    running.drain([&waiting] { waiting.stop(); });
    signals.async_wait(on_signal);
  };
  signals.async_wait(on_signal);
  running.when_failed([&waiting] { waiting.stop(); });
  waiting.run();
  return running.condition().ailment() ? 1 : 0;
}

}  // namespace tandem
