#pragma once

#include "actors/campaign_store.hpp"
#include "actors/campaigns.hpp"
#include "tests/actors/fixture.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tandem::test {

using namespace std::chrono_literals;
using campaigns::campaign_state;
using campaigns::counts;
using campaigns::entry_state;

/// A store that has what it was given as soon as it says so; it outlives the actors, as a disk does.
struct fake_campaign_store final : campaign_store {
  void write(store_change change, std::function<void(bool)> kept) override {
    if (auto* about = std::get_if<campaigns::campaign_record>(&change)) records[about->id] = *about;
    if (auto* one = std::get_if<entry_change>(&change))
      numbers[one->campaign_id][one->number.n] = one->number;
    if (auto* one = std::get_if<bar_change>(&change)) {
      if (one->barred) {
        barred[one->number.number] = one->number;
      } else {
        barred.erase(one->number.number);
      }
    }
    ++writes;
    if (kept) waiting.push_back(std::move(kept));
  }
  void read_campaigns(stored_campaigns query, answer_to<campaigns::campaign_record> answer) override {
    std::vector<campaigns::campaign_record> found;
    for (const auto& [id, each] : records) {
      if ((query.id.empty() || query.id == id) && !(query.open && each.closed)) found.push_back(each);
    }
    answer(away ? std::nullopt : std::optional(found));
  }
  void read_entries(stored_entries query, answer_to<campaigns::entry> answer) override {
    std::vector<campaigns::entry> found;
    for (const auto& [n, each] : numbers[query.campaign_id]) {
      if (n > query.after && found.size() < query.limit) found.push_back(each);
    }
    answer(away ? std::nullopt : std::optional(found));
  }
  void read_barred(std::size_t, wall_time since, answer_to<campaigns::barred_number> answer) override {
    std::vector<campaigns::barred_number> found;
    for (const auto& [number, each] : barred)
      if (each.since >= since) found.push_back(each);
    answer(away ? std::nullopt : std::optional(found));
  }

  std::map<std::string, campaigns::campaign_record> records;
  std::map<std::string, std::map<std::uint32_t, campaigns::entry>> numbers;
  std::map<std::string, campaigns::barred_number> barred;
  std::vector<std::function<void(bool)>> waiting;
  std::size_t writes = 0;
  bool away = false;
};

/// What stands for the node and the store of calls: calls that the test ends.
struct line {
  struct placed {
    call_order order;
    call_actor call;
  };
  std::map<std::string, placed> calls;
  std::map<std::string, call_record> records;
  /// What is said to those who want to place a call.
  placed_call answer;
  std::size_t asked = 0;
};

struct campaigns_fixture : fixture {
  campaigns_fixture();
  ~campaigns_fixture();

  /// A new process on the same store; calls of the old one have ended without a word.
  void start_again();
  /// What an actor that has started does first.
  void load();

  /// Runs what is ready, and has the store keep whatever it is given, as long as it does.
  void run();

  template <class Answer, class Question>
  Answer ask(Question question) {
    caf::scoped_actor self(system);
    auto request = self->request(subject, 5s, std::move(question));
    run();
    std::optional<Answer> out;
    request.receive([&](Answer& answer) { out = std::move(answer); }, [](const caf::error&) {});
    REQUIRE(out);
    return std::move(*out);
  }

  /// Starts a campaign and gives its id; its numbers are +13125550101, …02 and so on.
  std::string begin(campaigns::plan how, std::size_t count);
  campaigns::campaign_record about(const std::string& id) {
    return ask<campaign_ruling>(find_campaign{id}).campaign;
  }
  campaigns::entry number(const std::string& id, std::uint32_t n);
  void advance(std::chrono::milliseconds by);

  static std::string number_of(std::size_t n) {
    return "+1312555" + std::to_string(100 + n / 10).substr(1) + std::to_string(100 + n).substr(1);
  }

  /// The numbers with which a call goes on.
  std::vector<std::string> on_line() const;
  /// Ends the call with this number.
  void end(const std::string& number, std::string_view reason);

  fake_campaign_store store;
  bool keeps = true;
  std::shared_ptr<line> world = std::make_shared<line>();
  node_actor node;
  records_actor records;
  /// Of a node that is not alone.
  switchboard_actor switchboard{};
  campaigns_actor subject;
  unsigned starts = 0;
};

}  // namespace tandem::test
