#include "tests/lab/cluster/cluster_node.hpp"

#include "protocols/json.hpp"

#include <csignal>
#include <stdexcept>
#include <utility>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr auto start_deadline = 60s;

}  // namespace

cluster_node::cluster_node(lab_loops& loops, std::string name, std::string address, std::string wrapper,
                           std::vector<std::string> flags, std::string log)
    : loops_(loops),
      name_(std::move(name)),
      address_(std::move(address)),
      wrapper_(std::move(wrapper)),
      flags_(std::move(flags)),
      log_(std::move(log)) {
  start();
}

void cluster_node::start() {
  engine_.reset();
  engine_ = std::make_unique<engine_process>(engine_program(), flags_, log_, wrapper_);
  if (!engine_->wait_ready(start_deadline)) throw std::runtime_error(name_ + " did not come up; see " + log_);
  view_ = std::make_unique<engine_view>(loops_, "http://" + address_ + ":9090", cluster_token);
}

void cluster_node::kill() {
  engine_->signal(SIGKILL);
  engine_->wait_end(10s);
  engine_.reset();
}

bool cluster_node::stop(std::chrono::seconds deadline) {
  const auto in_order = engine_->stop(deadline) == 0;
  engine_.reset();
  return in_order;
}

void cluster_node::freeze(bool still) { engine_->signal(still ? SIGSTOP : SIGCONT); }

std::size_t cluster_node::times_said(const std::string& text) const {
  std::size_t count = 0;
  const auto all = engine_ ? engine_->output() : std::string();
  for (auto at = all.find(text); at != all.npos; at = all.find(text, all.find('\n', at))) ++count;
  return count;
}

std::optional<double> cluster_node::metric(std::string_view name) {
  const auto all = view_->get("/metrics");
  return all ? std::optional(lab::metric(*all, name)) : std::nullopt;
}

std::map<std::string, std::string> cluster_node::knows() {
  std::map<std::string, std::string> out;
  auto text = view_->get("/v1/nodes").value_or("");
  json::document document;
  if (document.parse({text.data(), text.size()}) != json::fault::none) return out;
  for (const auto& each : json::elements(document.root(), "nodes"))
    out[std::string(json::text_or(each, "name"))] = json::text_or(each, "state");
  return out;
}

}  // namespace tandem::lab
