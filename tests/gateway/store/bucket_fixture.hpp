#pragma once

#include "actors/runtime/metrics.hpp"
#include "gateway/network/network_client.hpp"
#include "gateway/store/recordings.hpp"
#include "tests/gateway/network/network.hpp"
#include "tests/lab/s3_server.hpp"
#include "tests/temporary_folder.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace tandem::test {

inline constexpr auto bucket_patience = std::chrono::seconds(60);

/// A store like S3 on a loop, and what recordings need to reach it on another.
struct bucket_fixture {
  explicit bucket_fixture(lab::s3_server_options options = {})
      : store(net.loop(1), with_fault(std::move(options))) {
    store.start();
  }

  /// Before what it answers with.
  ~bucket_fixture() { http.reset(); }

  s3_settings to() const {
    return {.endpoint = "http://127.0.0.1:" + std::to_string(store.port()),
            .where = {"calls", "tandem/rec"},
            .who = {"lab", "secret-of-the-lab", "lab-1"}};
  }

  recording_settings how() const {
    return {.folder = std::filesystem::path(folder.path()) / "waiting", .node = "here", .bucket = to()};
  }

  std::unique_ptr<recordings> open(const recording_settings& how) {
    return std::make_unique<recordings>(how, measure, bucket_reach{http.get(), &net.loop(0)});
  }

  /// A finished recording of so many seconds.
  static void record(recordings& all, const std::string& id, std::uint64_t seconds) {
    for (std::uint64_t at = 0; at < seconds; ++at)
      all.write(id, at * 8000, std::vector<std::uint8_t>(16000, static_cast<std::uint8_t>(at)), 8000);
    all.finish(id);
  }

  std::map<std::string, lab::s3_server::object> objects() {
    return net.on(net.loop(1), [this] { return store.objects(); });
  }

  /// Answers requests of this method with this status from now on; 0 = as it should be.
  void refuse(const std::string& method, unsigned status) {
    net.on(net.loop(1), [&] {
      status == 0 ? static_cast<void>(refusals.erase(method)) : static_cast<void>(refusals[method] = status);
      return 0;
    });
  }

  std::size_t asked(const std::string& method) {
    return net.on(net.loop(1), [&] { return requests[method]; });
  }

  template <class Condition>
  static bool becomes(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + bucket_patience;
    while (!condition() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    return condition();
  }

  bool waits_for_nothing() {
    return std::filesystem::is_empty(how().folder) && measure.recording_waiting_bytes->Value() == 0;
  }

  lab::s3_server_options with_fault(lab::s3_server_options options) {
    options.fault = [this](const server_request& request) -> std::optional<server_answer> {
      ++requests[request.head.method];
      const auto found = refusals.find(request.head.method);
      if (found == refusals.end()) return std::nullopt;
      return server_answer{.status = found->second, .body = "<Error><Code>SlowDown</Code></Error>"};
    };
    return options;
  }

  temporary_folder folder;
  prometheus::Registry registry;
  metrics measure{registry};
  // On the store's loop.
  std::map<std::string, unsigned> refusals;
  std::map<std::string, std::size_t> requests;
  network net{2};
  lab::s3_server store;
  std::unique_ptr<http_client> http = make_http_client();
};

}  // namespace tandem::test
