#include "tests/lab/cluster/scenarios.hpp"
#include "tests/lab/cluster/trial_report.hpp"
#include "tests/lab/commands.hpp"

#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace tandem::lab {

namespace {

struct cluster_arguments {
  stage_options stage;
  std::vector<std::string> scenarios;
  std::string second_stream = "replaces";
  std::string rest_delay = "50..300";
  bool has_targets = false;
  std::string json;
};

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

/// What breaks off one scenario is its fault, and not the end of the others.
trial_result run_one(const scenario& what, cluster_stage& stage) {
  try {
    return what.run(stage);
  } catch (const std::exception& fault) {
    trial_result broken;
    broken.scenario = what.name;
    broken.faults.emplace_back(fault.what());
    return broken;
  }
}

int run_cluster(cluster_arguments given) {
  given.stage.second_stream = *read_second_stream(given.second_stream);
  given.stage.rest_delay = *read_delay_range(given.rest_delay);
  std::vector<const scenario*> wanted;
  for (const auto& name : given.scenarios) wanted.push_back(scenario_of(name));
  cluster_stage stage(given.stage);
  if (!stage.is_whole()) throw std::runtime_error("the nodes do not find each other");
  std::vector<trial_result> results;
  std::size_t failed = 0;
  for (const auto* each : wanted) {
    results.push_back(run_one(*each, stage));
    auto& result = results.back();
    if (given.has_targets) require_targets(result);
    failed += result.faults.empty() ? 0 : 1;
    print(trial_text(result));
  }
  if (!given.json.empty() && !(std::ofstream(given.json) << trials_json(given.stage, results)))
    throw std::runtime_error("cannot write " + given.json);
  print(std::to_string(results.size() - failed) + " passed, " + std::to_string(failed) + " failed\n");
  return failed == 0 ? 0 : 1;
}

std::string names_of_scenarios() {
  std::string out;
  for (const auto& each : scenarios()) {
    out += out.empty() ? "" : "; ";
    out.append(each.name).append(": ").append(each.what);
  }
  return out;
}

}  // namespace

void add_cluster_command(CLI::App& program, int& exit_code) {
  auto given = std::make_shared<cluster_arguments>();
  auto* command = program.add_subcommand(
      "cluster",
      "Three nodes in a world of tests/system/cluster/world, and callers who know every word they "
      "hear while nodes go and come; tests/system/cluster/run makes the world");
  command->add_option("--world", given->stage.world, "The world's folder")->required();
  command->add_option("--world-script", given->stage.world_script, "tests/system/cluster/world")->required();
  command->add_option("--logs", given->stage.logs, "A folder for the nodes' logs")
      ->required()
      ->check(CLI::ExistingDirectory);
  command->add_option("--scenario", given->scenarios, names_of_scenarios())
      ->required()
      ->delimiter(',')
      ->check([](const std::string& name) {
        return scenario_of(name) != nullptr ? "" : "no scenario is called " + name;
      });
  command->add_option("--calls", given->stage.calls, "Callers in each of them")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command->add_option("--rate", given->stage.rate, "New calls a second")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 1000.0));
  command->add_option("--second-stream", given->second_stream, "As `carrier` has it")
      ->capture_default_str()
      ->check(CLI::IsMember({"replaces", "refuses", "waits"}));
  command->add_option("--rest-delay", given->rest_delay, "As `carrier` has it")
      ->capture_default_str()
      ->check([](const std::string& text) {
        return read_delay_range(text) ? "" : "wants MIN..MAX in ms, at most 60000, not " + text;
      });
  command->add_option("--seed", given->stage.seed, "Of the REST API's delays")->capture_default_str();
  command->add_flag("--targets", given->has_targets,
                    "Longer gaps than these are faults: kill 1.5 s for half of the calls and 3 s for all, "
                    "rolling 1 s for 99 %");
  command->add_option("--json", given->json, "Writes what was found to this file");
  command->callback([given, &exit_code] { exit_code = run_cluster(*given); });
}

}  // namespace tandem::lab
