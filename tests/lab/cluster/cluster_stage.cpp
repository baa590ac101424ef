#include "tests/lab/cluster/cluster_stage.hpp"

#include "tests/lab/load/scribe_end.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <utility>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

// The addresses of tests/system/cluster/world.
const std::string lab_address = "10.77.0.30";
const std::string front_address = "10.77.0.10";
const std::string store_address = "10.77.0.20";
constexpr std::array<const char*, 3> node_names{"voice-1", "voice-2", "voice-3"};
constexpr std::uint16_t carrier_port = 9300;
constexpr std::uint16_t providers_port = 9100;
constexpr std::uint16_t model_port = 9200;

constexpr std::string_view caller_numbers = "+131255";
constexpr std::uint32_t first_number = 50000;
constexpr std::string_view media_path = "/telnyx/media/";
constexpr std::string_view key_begin = "key-";
constexpr auto look_again = 20ms;
constexpr auto leave_time = 20s;
constexpr auto whole_within = 30s;

/// The node that a stream's path names.
std::string node_in(const std::string& url) {
  const auto at = url.find(media_path);
  if (at == url.npos) return {};
  const auto begin = at + media_path.size();
  return url.substr(begin, url.find('.', begin) - begin);
}

std::string node_address(std::size_t n) { return "10.77.0." + std::to_string(n + 1); }

void note_stream(watched_call& call, const leg_stream& stream, stream_news what, moment now) {
  std::lock_guard guard(call.mutex);
  auto& seen = call.streams[stream.number];
  seen.node = node_in(stream.url);
  switch (what) {
    case stream_news::opened:
      seen.opened = now;
      break;
    case stream_news::audio:
      if (seen.first_audio == moment{}) seen.first_audio = now;
      seen.last_audio = now;
      break;
    case stream_news::over:
      seen.over = now;
      break;
  }
}

}  // namespace

cluster_stage::cluster_stage(stage_options options) : options_(std::move(options)) {
  providers_ = std::make_unique<word_providers>(*loops_.all()[1], lab_address, providers_port);
  model_ = std::make_unique<chat_server>(
      *loops_.all()[1],
      chat_server_options{.host = lab_address,
                          .port = model_port,
                          .keeps_requests = false,
                          .reply = [this](const chat_question& asked) { return reply(asked); }});
  model_->start();
  carrier_ = std::make_unique<carrier>(loops_.first(), carrier_settings());
  carrier_->start();
  start_nodes();
}

/// Nodes first, so that none of them is without a carrier at its end.
cluster_stage::~cluster_stage() { nodes_.clear(); }

carrier_options cluster_stage::carrier_settings() {
  carrier_options out;
  out.host = lab_address;
  out.port = carrier_port;
  out.webhook_url = "http://" + front_address + ":8080/telnyx/webhooks";
  out.rest_delay = options_.rest_delay;
  out.seed = options_.seed;
  out.second_stream = options_.second_stream;
  out.on_stream = [this](const leg_stream& stream, stream_news what) {
    if (const auto call = call_of(stream.from)) note_stream(*call, stream, what, loops_.first().now());
  };
  out.on_obeyed = [this](const obeyed_command& command) {
    const auto call = call_of(command.from);
    if (!call) return;
    std::lock_guard guard(call->mutex);
    call->carrier_id = command.call_control_id;
    const auto key = command.key.substr(std::min(key_begin.size(), command.key.size()));
    call->commands.push_back({command.action, std::string(key), loops_.first().now()});
  };
  out.reroute = [this](const std::string& url) { return misroutes_ ? other_door(url) : url; };
  return out;
}

std::shared_ptr<watched_call> cluster_stage::call_of(const std::string& from) const {
  std::uint32_t number = 0;
  const auto begin = std::min(caller_numbers.size(), from.size());
  std::from_chars(from.data() + begin, from.data() + from.size(), number);
  return calls_.find(number - first_number);
}

/// Every word tells how many of the caller's turns the model was told of.
std::string cluster_stage::reply(const chat_question& question) const {
  const auto number = named_call(question.words);
  const auto call = number ? calls_.find(*number) : nullptr;
  if (!call) return "Good day.";
  std::lock_guard guard(call->mutex);
  call->judge_memory(question.callers);
  std::uint32_t history = 0;
  for (const auto& text : question.callers) history += static_cast<std::uint32_t>(named_turns(text).size());
  const auto turns = named_turns(question.words);
  std::string out;
  for (std::uint32_t n = 0; n < reply_words; ++n) {
    if (n != 0) out += ' ';
    out += to_text({*number, turns.empty() ? 0 : turns.back(), history, n});
    if ((n + 1) % (reply_words / 2) == 0) out += '.';
  }
  return out;
}

/// The carrier's side of the node behind the one that is meant.
std::string cluster_stage::other_door(const std::string& url) const {
  const auto meant = node_in(url);
  for (std::size_t n = 0; n < node_names.size(); ++n) {
    if (meant != node_names[n]) continue;
    return "ws://" + node_address((n + 1) % node_names.size()) + ":8080" + url.substr(url.find(media_path));
  }
  return url;
}

std::vector<std::string> cluster_stage::flags_of(std::size_t n) const {
  const std::string name = node_names[n];
  const auto own = node_address(n);
  std::string everybody;
  for (std::size_t other = 0; other < node_names.size(); ++other)
    everybody += (other == 0 ? "" : ",") + node_address(other) + ":4000";
  const auto at_lab = [](std::uint16_t port) { return lab_address + ":" + std::to_string(port); };
  return {
      "--server.listen=" + own + ":8080",
      "--server.admin_listen=" + own + ":9090",
      "--server.public_url=http://" + front_address + ":8080",
      "--server.secret=the-secret-of-the-cluster-test",
      std::string("--server.api_token=") + cluster_token,
      "--server.threads=1",
      "--server.drain_seconds=30",
      "--telnyx.api_url=http://" + at_lab(carrier_port) + "/v2",
      // Tells the carrier whose command it is.
      "--telnyx.api_key=" + std::string(key_begin) + name,
      "--telnyx.public_key=" + carrier_->public_key(),
      "--telnyx.connection_id=lab",
      "--elevenlabs.api_key=test",
      "--scribe.url=ws://" + at_lab(providers_port) + "/v1/speech-to-text/realtime",
      "--speech.url=ws://" + at_lab(providers_port) + "/v1/text-to-speech",
      "--speech.voice=words",
      "--agent.kind=openai",
      "--agent.url=http://" + at_lab(model_port) + "/v1",
      "--agent.model=words",
      "--agent.api_key=test",
      "--agent.greeting=Good day.",
      "--agent.fallback_reply=One moment please.",
      "--store.url=postgresql://tandem@" + store_address + "/tandem",
      "--store.pool=4",
      "--store.journal=" + options_.world,
      "--cluster.node=" + name,
      "--cluster.listen=" + own + ":4000",
      "--cluster.discovery=" + everybody,
      "--cluster.trusted_network=true",
      "--limits.max_calls=1000",
      "--limits.calls_per_second=1000",
      "--limits.silence_seconds=120",
      "--limits.loop_lag_ms=5000",
  };
}

void cluster_stage::start_nodes() {
  for (std::size_t n = 0; n < node_names.size(); ++n) {
    const std::string name = node_names[n];
    nodes_.push_back(std::make_unique<cluster_node>(loops_, name, node_address(n),
                                                    options_.world + "/in-" + name, flags_of(n),
                                                    options_.logs + "/" + name + ".log"));
  }
}

watched_calls cluster_stage::place(std::size_t count) {
  watched_calls out;
  for (std::size_t n = 0; n < count; ++n) {
    out.push_back(calls_.open());
    loops_.run([&] { place_one(out.back()); });
    std::this_thread::sleep_for(std::chrono::duration<double>(1 / options_.rate));
  }
  return out;
}

void cluster_stage::place_one(const std::shared_ptr<watched_call>& call) {
  auto& who = callers_[call->number] = std::make_unique<patient_caller>(call, book_);
  carrier_->place(std::string(caller_numbers) + std::to_string(first_number + call->number), "+13125550142",
                  telnyx::codec::pcmu, *who, [call](const call_outcome& how) {
                    std::lock_guard guard(call->mutex);
                    call->outcome = how;
                  });
}

bool cluster_stage::hang_up(const watched_calls& calls) {
  loops_.run([&] {
    for (const auto& each : calls) callers_.at(each->number)->leave();
  });
  const auto all_over = [&] {
    return std::ranges::all_of(calls, [](const auto& each) {
      std::lock_guard guard(each->mutex);
      return each->outcome.has_value();
    });
  };
  return becomes(all_over, leave_time);
}

void cluster_stage::world(const std::string& verb, const std::string& rest) const {
  const auto command = options_.world_script + " " + verb + " " + options_.world + " " + rest;
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

bool cluster_stage::becomes(const std::function<bool()>& so, std::chrono::seconds deadline) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (!so()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(look_again);
  }
  return true;
}

bool cluster_stage::is_whole() {
  const auto sees_all = [&](const auto& node) {
    const auto known = node->knows();
    return std::ranges::all_of(node_names, [&](const char* name) {
      const auto found = known.find(name);
      return found != known.end() && found->second == "alive";
    });
  };
  return becomes([&] { return std::ranges::all_of(nodes_, sees_all); }, whole_within);
}

std::size_t cluster_stage::fencings(const cluster_node& of) const {
  std::size_t count = 0;
  for (const auto& each : nodes_) count += each->times_said("node fenced node=" + of.name());
  return count;
}

cluster_node& cluster_stage::node(const std::string& name) {
  return **std::ranges::find_if(nodes_, [&](const auto& each) { return each->name() == name; });
}

cluster_node& cluster_stage::busiest(const watched_calls& calls) {
  std::map<std::string, std::size_t> counts;
  for (const auto& each : calls) {
    std::lock_guard guard(each->mutex);
    if (const auto where = each->node(); !where.empty()) ++counts[where];
  }
  if (counts.empty()) throw std::runtime_error("no node has a call");
  return node(std::ranges::max_element(counts, {}, [](const auto& each) { return each.second; })->first);
}

}  // namespace tandem::lab
