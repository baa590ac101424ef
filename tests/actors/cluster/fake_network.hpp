#pragma once

#include "actors/cluster/peer_network.hpp"
#include "tests/actors/test_loop.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tandem::test {

/// A network in which the test says what is at each address and behind each name.
class fake_network final : public peer_network {
 public:
  explicit fake_network(test_loop& host) : host_(host) {}

  std::unique_ptr<network_attempt> look_up(const std::string& name, std::chrono::milliseconds,
                                           hosts_found done) override {
    ++lookups;
    return answer_later([this, name, done = std::move(done)] {
      const auto found = names.find(name);
      done(found == names.end() ? std::nullopt : std::optional(found->second));
    });
  }

  std::unique_ptr<network_attempt> reach(const cluster::address& where, std::chrono::milliseconds,
                                         node_reached done) override {
    ++dials[to_string(where)];
    return answer_later([this, where, done = std::move(done)] {
      const auto found = doors.find(to_string(where));
      if (found == doors.end()) return done(tl::unexpected(std::string("nobody is there")));
      done(found->second);
    });
  }

  std::map<std::string, cluster_front> doors;
  std::map<std::string, std::vector<std::string>> names;
  std::map<std::string, int> dials;
  int lookups = 0;

 private:
  struct wanted final : network_attempt {
    ~wanted() override { *still = false; }
    std::shared_ptr<bool> still = std::make_shared<bool>(true);
  };

  std::unique_ptr<network_attempt> answer_later(std::function<void()> answer) {
    auto attempt = std::make_unique<wanted>();
    host_.post([still = attempt->still, answer = std::move(answer)] {
      if (*still) answer();
    });
    return attempt;
  }

  test_loop& host_;
};

}  // namespace tandem::test
