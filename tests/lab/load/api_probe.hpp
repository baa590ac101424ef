#pragma once

#include "gateway/network/network_client.hpp"
#include "tests/lab/lab_loop.hpp"
#include "tests/lab/load/api_figures.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace tandem::lab {

/// Asks an engine ten times a second for its fifty newest calls and for the newest of them, over one
/// connection that is kept, on a loop of its own.
class api_probe {
 public:
  /// `url` is the engine's operator's side, e.g. http://127.0.0.1:9090.
  explicit api_probe(std::string url);
  ~api_probe();
  api_probe(const api_probe&) = delete;

  /// So far.
  api_figures figures();

 private:
  void ask_list();
  void ask_call(const http_answer& list);
  void ask(const std::string& path, time_statistics& into, std::function<void(const http_answer&)> then);
  void pause();

  std::string url_;
  std::unique_ptr<http_client> http_;
  std::unique_ptr<http_exchange> exchange_;
  timer next_;
  moment due_;
  api_figures figures_;
  // Everything above lives on it.
  lab_loops loops_;
};

}  // namespace tandem::lab
