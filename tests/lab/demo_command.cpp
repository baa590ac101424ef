#include "tests/lab/commands.hpp"
#include "tests/lab/demo.hpp"

#include <memory>

#include <CLI/CLI.hpp>

namespace tandem::lab {

void add_demo_command(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<demo_options>();
  auto* command = program.add_subcommand(
      "demo",
      "One spoken call on this machine, without any account: engine, local speech, simulated carrier.");
  command->add_option("--directory", options->directory,
                      "Gets recording, record, metrics and log (tandem-demo)");
  command->add_option("--engine", options->engine, "The engine's program (tandem, beside this one)");
  command->add_option("--example", options->example, "Which of the dialogues in deploy/agents is played")
      ->capture_default_str()
      ->check(CLI::IsMember({"book-a-table", "front-desk"}));
  command->add_option("--agent", options->agent_script, "The agent's dialogue (deploy/agents/EXAMPLE.json)");
  command->add_option("--caller", options->caller_script,
                      "What the caller says (deploy/agents/EXAMPLE.caller.json)");
  auto codec = std::make_shared<std::string>("PCMU");
  command->add_option("--codec", *codec, "Of the line and of the engine")
      ->capture_default_str()
      ->check(CLI::IsMember({"PCMU", "PCMA", "G722", "L16", "OPUS"}));
  command->add_flag(
      "--stay", options->stays,
      "The engine stays up until Ctrl+C: look around in its console, talk to the agent yourself");
  command->callback([options, codec, &exit_code] {
    options->codec = telnyx::codec_of(*codec);
    exit_code = run_demo(*options);
  });
}

}  // namespace tandem::lab
