#include "tests/lab/load/load_model.hpp"

#include "tests/lab/load/scribe_end.hpp"

#include <chrono>
#include <future>
#include <mutex>
#include <utility>

namespace tandem::lab {

namespace {

/// Short enough for what comes in pieces of three bytes to be there in time.
constexpr std::chrono::milliseconds token_time{2};

chat_fault refusal_of(unsigned status) {
  switch (status) {
    case 429:
      return chat_fault::limited;
    case 503:
      return chat_fault::overloaded;
    case 1:
      return chat_fault::cut_before;
    default:
      return chat_fault::broken;
  }
}

}  // namespace

std::vector<std::string> common_texts() { return {std::string(model_greeting), std::string(model_apology)}; }

chat_fault next_model_fault(call_facts& call, std::uint32_t turn) {
  const auto& plan = call.plan;
  std::lock_guard guard(call.mutex);
  const auto is_due =
      call.model_faults == 0 ? turn >= plan.model_at : plan.model_stays && turn == call.model_failed_in;
  if (plan.model == chat_fault::none || !is_due) return chat_fault::none;
  ++call.model_faults;
  call.model_failed_in = turn;
  return plan.model;
}

std::string model_reply(const chat_question& question) {
  const auto call = named_call(question.words);
  if (!call) return std::string(model_greeting);
  const auto sentence = question.words + ".";
  if (question.fault == chat_fault::endless) return sentence;
  const auto breaks_off = question.fault == chat_fault::cut_within || question.fault == chat_fault::stalls;
  // So that it happens before the first sentence, and behind it.
  if (breaks_off && *call % 2 == 0) return sentence + " " + sentence + " " + sentence;
  return question.words;
}

load_model::load_model(asio_loop& home, const std::string& host, const call_book& calls)
    : home_(home),
      calls_(calls),
      server_(home, {.host = host,
                     .next_token = token_time,
                     .keeps_requests = false,
                     .reply = model_reply,
                     .fault = [this](const chat_question& asked) { return fault_of(asked); }}) {
  server_.start();
}

chat_fault load_model::fault_of(const chat_question& question) {
  ++asked_;
  if (const auto status = refusal_.load(); status != 0) {
    ++refused_;
    return refusal_of(status);
  }
  const auto number = named_call(question.words);
  const auto turn = named_turn(question.words);
  const auto call = number ? calls_.find(*number) : nullptr;
  return call && turn ? next_model_fault(*call, *turn) : chat_fault::none;
}

std::size_t load_model::open_answers() {
  std::promise<std::size_t> told;
  home_.post([&] { told.set_value(server_.open_streams()); });
  return told.get_future().get();
}

}  // namespace tandem::lab
