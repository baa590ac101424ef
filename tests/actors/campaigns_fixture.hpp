#pragma once

#include "actors/campaign_store.hpp"
#include "actors/campaigns.hpp"
#include "tests/actors/fixture.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tandem::test {

using namespace std::chrono_literals;
using campaigns::campaign_state;
using campaigns::counts;
using campaigns::entry_state;

/// A store that has what it was given as soon as it says so; it outlives the actors, as a disk does.
struct fake_campaign_store final : campaign_store {
  void write(store_change change, std::function<void(bool)> kept) override;
  void read_campaigns(stored_campaigns query, answer_to<campaigns::campaign_record> answer) override;
  void read_entries(stored_entries query, answer_to<campaigns::entry> answer) override;
  void read_barred(std::size_t, wall_time since, answer_to<campaigns::barred_number> answer) override;

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

  /// What the actor answers. What tests ask is instantiated in the source.
  template <class Answer, class Question>
  Answer ask(Question question);

  /// Starts a campaign and gives its id; its numbers are +13125550101, …02 and so on.
  std::string begin(campaigns::plan how, std::size_t count);
  campaigns::campaign_record about(const std::string& id);
  campaigns::entry number(const std::string& id, std::uint32_t n);
  void advance(std::chrono::milliseconds by);
  static std::string number_of(std::size_t n);

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
