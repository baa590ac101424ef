#pragma once

#include "actors/runtime/http.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tandem::test {

/// An HTTP client whose server is the test.
struct fake_http final : http_client {
  struct exchange final : http_exchange {
    explicit exchange(std::size_t& open) : open_(open) { ++open_; }
    ~exchange() override { --open_; }
    std::size_t& open_;
  };

  std::unique_ptr<http_exchange> send(loop&, http_request request,
                                      std::function<void(http_answer)> done) override {
    requests.push_back(std::move(request));
    answers.push_back(std::move(done));
    return std::make_unique<exchange>(open);
  }

  void prepare(loop&, peer, const std::string& url) override { prepared.push_back(url); }

  void answer(unsigned status, std::string body = R"({"data":{"result":"ok"}})") {
    answers.back()({.status = status, .body = std::move(body)});
  }

  void limit(std::size_t which, unsigned status, std::string remaining, std::string reset) {
    answers[which]({.status = status,
                    .headers = {{"X-RateLimit-Remaining", remaining}, {"X-RateLimit-Reset", reset}},
                    .body = "{}"});
  }

  std::vector<http_request> requests;
  std::vector<std::function<void(http_answer)>> answers;
  std::size_t open = 0;
  std::vector<std::string> prepared;
};

}  // namespace tandem::test
