#include "gateway/settings/reloader.hpp"

#include "gateway/settings/call_settings.hpp"
#include "gateway/settings/settings_table.hpp"

#include <utility>

namespace tandem {

reloader::reloader(settings_source source, settings running)
    : source_(std::move(source)), running_(std::move(running)) {}

reloaded_settings reloader::reload() {
  reloaded_settings out;
  auto loaded = load_settings(source_);
  out.faults = std::move(loaded.faults);
  if (!out.faults.empty()) return out;

  auto next = running_;
  next.limits = loaded.values.limits;
  next.agent = loaded.values.agent;
  next.turns = loaded.values.turns;
  next.log = loaded.values.log;
  auto calls = make_call_settings(next);
  if (!calls) {
    out.faults = std::move(calls.error());
    return out;
  }
  for (const auto& key : setting_table()) {
    if (!key.same(running_, next)) out.changed.push_back(key.key());
    if (!key.same(next, loaded.values)) out.need_restart.push_back(key.key());
  }
  out.warnings = std::move(loaded.warnings);
  out.calls = std::make_shared<const call_settings>(std::move(*calls));
  running_ = std::move(next);
  return out;
}

}  // namespace tandem
