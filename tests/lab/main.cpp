#include "tests/lab/commands.hpp"

#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

int main(int count, char** arguments) {
  // Standard output is for what a program says, such as where it listens.
  spdlog::set_default_logger(spdlog::stderr_logger_mt("tandem-lab"));
  CLI::App program{"Tandem's lab: local counterparts of the services that the engine talks to.",
                   "tandem-lab"};
  program.require_subcommand(1);
  int exit_code = 0;
  tandem::lab::add_carrier_command(program, exit_code);
  tandem::lab::add_cluster_command(program, exit_code);
  tandem::lab::add_demo_command(program, exit_code);
  tandem::lab::add_load_command(program, exit_code);
  tandem::lab::add_speech_command(program, exit_code);
  try {
    program.parse(count, arguments);
  } catch (const CLI::ParseError& fault) {
    return program.exit(fault) == 0 ? 0 : 2;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "tandem-lab: %s\n", fault.what());
    return 1;
  }
  return exit_code;
}
