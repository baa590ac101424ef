#pragma once

namespace CLI {
class App;
}

namespace tandem::lab {

/// Each adds its subcommand to the program; when that one was given, it runs while the line is parsed and
/// leaves its exit code (0 success, 1 failure, 2 usage) in `exit_code`.
void add_carrier_command(CLI::App& program, int& exit_code);
void add_cluster_command(CLI::App& program, int& exit_code);
void add_demo_command(CLI::App& program, int& exit_code);
void add_load_command(CLI::App& program, int& exit_code);
void add_speech_command(CLI::App& program, int& exit_code);

}  // namespace tandem::lab
