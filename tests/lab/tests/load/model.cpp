#include "gateway/network/network_client.hpp"
#include "protocols/agents/chat_completions.hpp"
#include "protocols/agents/event_stream.hpp"
#include "tests/lab/lab_loop.hpp"
#include "tests/lab/load/load_model.hpp"
#include "tests/lab/load/scribe_end.hpp"

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

const sound_book& book() {
  static const sound_book made(std::vector<std::uint8_t>(1600, 0x20));
  return made;
}

call_plan plan_of(chat_fault fault, std::uint32_t at, bool stays) {
  return {.number = 7, .model = fault, .model_at = at, .model_stays = stays};
}

/// Load's model with whoever asks it, and calls that are up.
struct asked_model {
  http_request request_of(std::string_view words) const {
    const std::vector<chat::message> messages{{chat::role::user, std::string(words)}};
    const std::vector<chat::tool> tools;
    return {.to = peer::admin,
            .url = "http://127.0.0.1:" + std::to_string(model.port()) + "/v1/chat/completions",
            .body = chat::request_body({.model = "load", .messages = messages, .tools = tools}),
            .timeout = 60s};
  }

  http_answer ask(std::string_view words) {
    std::promise<http_answer> answered;
    std::unique_ptr<http_exchange> exchange;
    loops.run([&] {
      exchange = http->send(loops.first(), request_of(words),
                            [&](http_answer got) { answered.set_value(std::move(got)); });
    });
    auto got = answered.get_future().get();
    loops.run([&] { exchange.reset(); });
    return got;
  }

  lab_loops loops;
  call_book calls;
  load_model model{loops.first(), "127.0.0.1", calls};
  std::unique_ptr<http_client> http = make_http_client();
};

/// The words of a streamed answer, in whatever pieces they came.
std::string words_in(const std::string& body) {
  event_stream stream;
  std::vector<std::string> events;
  stream.add(body, events);
  stream.finish(events);
  chat::reply_reader reader;
  std::string words;
  for (const auto& each : events) words += reader.read(each);
  return words;
}

}  // namespace

TEST_CASE("a model that fails once in a call fails with one question of the planned turn") {
  call_facts call(plan_of(chat_fault::broken, 1, false), book());
  CHECK(next_model_fault(call, 0) == chat_fault::none);
  CHECK(next_model_fault(call, 1) == chat_fault::broken);
  CHECK(next_model_fault(call, 1) == chat_fault::none);
  CHECK(next_model_fault(call, 2) == chat_fault::none);
  CHECK(call.model_faults == 1);
}

TEST_CASE("a model that stays at fault fails with every question of one turn") {
  call_facts call(plan_of(chat_fault::silent, 1, true), book());
  CHECK(next_model_fault(call, 0) == chat_fault::none);
  // The planned turn was not asked about.
  for (int n = 0; n < 3; ++n) CHECK(next_model_fault(call, 2) == chat_fault::silent);
  CHECK(next_model_fault(call, 3) == chat_fault::none);
  CHECK(call.model_faults == 3);
}

TEST_CASE("a call whose plan has no fault of the model has none") {
  call_facts call({.number = 7}, book());
  for (std::uint32_t turn = 0; turn < 3; ++turn) CHECK(next_model_fault(call, turn) == chat_fault::none);
  CHECK(call.model_faults == 0);
}

TEST_CASE("a model says the caller's words again, and greets who has said none") {
  asked_model it;
  it.calls.open({.number = 7}, book());
  const auto words = naming_text(7, 3);
  const auto answer = it.ask(words);
  CHECK(answer.status == 200);
  CHECK(words_in(answer.body) == words);
  CHECK(words_in(it.ask("(The call begins. Greet the caller.)").body) == model_greeting);
  CHECK(it.model.asked() == 2);
  CHECK(it.model.refused() == 0);
}

TEST_CASE("a model does wrong what a call has planned, and nothing to its neighbour") {
  asked_model it;
  it.calls.open(plan_of(chat_fault::broken, 0, true), book());
  it.calls.open({.number = 8}, book());
  CHECK(it.ask(naming_text(7, 0)).status == 500);
  CHECK(it.ask(naming_text(8, 0)).status == 200);
  CHECK(it.ask(naming_text(7, 0)).status == 500);
  CHECK(it.ask(naming_text(7, 1)).status == 200);
}

TEST_CASE("answers that come in odd ways are whole") {
  for (const auto fault : {chat_fault::odd_but_right, chat_fault::trickle, chat_fault::no_done}) {
    CAPTURE(to_string(fault));
    asked_model it;
    it.calls.open(plan_of(fault, 0, false), book());
    CHECK(words_in(it.ask(naming_text(7, 0)).body) == naming_text(7, 0));
  }
}

TEST_CASE("an answer that breaks off has a sentence before that in every other call") {
  const auto words = naming_text(7, 0);
  CHECK(model_reply({.words = words, .fault = chat_fault::stalls}) == words);
  const auto even = naming_text(8, 0);
  CHECK(model_reply({.words = even, .fault = chat_fault::stalls}) == even + ". " + even + ". " + even + ".");
  CHECK(model_reply({.words = even, .fault = chat_fault::none}) == even);
}

TEST_CASE("a tool call that is none of a model's comes to no call but the unknown tool's") {
  asked_model it;
  it.calls.open(plan_of(chat_fault::bad_tool, 0, false), book());
  event_stream stream;
  std::vector<std::string> events;
  stream.add(it.ask(naming_text(7, 0)).body, events);
  chat::reply_reader reader;
  for (const auto& each : events) CHECK(reader.read(each).empty());
  const auto calls = reader.take_calls();
  REQUIRE(calls.size() == 1);
  CHECK(calls.front().name == "book_the_moon");
}

TEST_CASE("while a model refuses it refuses everybody, and is as planned again afterwards") {
  asked_model it;
  it.calls.open({.number = 7}, book());
  for (const unsigned status : {429U, 503U}) {
    it.model.refuse(status);
    CHECK(it.ask(naming_text(7, 0)).status == status);
  }
  it.model.refuse(1);
  CHECK(words_in(it.ask(naming_text(7, 0)).body).empty());
  it.model.refuse(0);
  CHECK(words_in(it.ask(naming_text(7, 0)).body) == naming_text(7, 0));
  CHECK(it.model.refused() == 3);
}

TEST_CASE("an endless answer is open until its reader goes") {
  asked_model it;
  it.calls.open(plan_of(chat_fault::endless, 0, false), book());
  std::promise<void> spoken_twice;
  std::unique_ptr<http_exchange> exchange;
  std::string heard;
  auto request = it.request_of(naming_text(7, 0));
  request.part = [&](std::string_view bytes) {
    const auto before = words_in(heard).size();
    heard += bytes;
    const auto twice = 2 * naming_text(7, 0).size() + 2;
    if (before < twice && words_in(heard).size() >= twice) spoken_twice.set_value();
  };
  it.loops.run(
      [&] { exchange = it.http->send(it.loops.first(), std::move(request), [](const http_answer&) {}); });
  REQUIRE(spoken_twice.get_future().wait_for(60s) == std::future_status::ready);
  CHECK(it.model.open_answers() == 1);
  it.loops.run([&] { exchange.reset(); });
  for (const auto until = std::chrono::steady_clock::now() + 60s;
       it.model.open_answers() != 0 && std::chrono::steady_clock::now() < until;)
    std::promise<void>().get_future().wait_for(10ms);
  CHECK(it.model.open_answers() == 0);
}

}  // namespace tandem::lab
