#include "tests/lab/speech_server.hpp"

#include "protocols/url.hpp"

#include <algorithm>
#include <future>
#include <stdexcept>
#include <utility>

namespace tandem::lab {

namespace {

constexpr std::string_view scribe_path = "/v1/speech-to-text/realtime";
constexpr std::string_view speech_path = "/v1/text-to-speech/";
constexpr std::string_view speech_path_end = "/multi-stream-input";

server_answer not_found() {
  return {
      .status = 404, .content_type = "application/json", .body = R"({"detail":"Not Found"})", .headers = {}};
}

std::string query_of(const request_head& head) {
  std::string query;
  for (const auto& [name, value] : head.query) url::append_parameter(query, name, value);
  return query;
}

}  // namespace

/// The clients of one loop; `count` alone may be read from elsewhere.
struct speech_server::room {
  struct client {
    speech_side side = speech_side::scribe;
    std::shared_ptr<link> connection;
    std::unique_ptr<scribe_session> scribe;
    std::unique_ptr<speech_session> speech;
  };

  explicit room(asio_loop& loop) : home(loop) {}

  asio_loop& home;
  std::atomic<std::size_t> count = 0;
  bool closed = false;
  std::map<std::uint64_t, client> clients;
  /// Of the faults to come; those of all rooms are in the first one.
  std::vector<timer> schedule;

  void leave(std::uint64_t id) {
    // From inside of the client, which must not end there.
    home.post([this, id] {
      if (clients.erase(id) != 0) --count;
    });
  }

  void suffer(const speech_fault& fault, bool begins) {
    if (fault.what == speech_fault::kind::drop && begins) {
      count -= std::erase_if(clients, [&](const auto& one) { return fault.concerns(one.second.side); });
    }
    for (auto& [id, each] : clients) {
      if (!fault.concerns(each.side)) continue;
      if (fault.what == speech_fault::kind::stall) each.connection->pause_reading(begins);
      if (fault.what != speech_fault::kind::error || !begins) continue;
      if (each.scribe) each.scribe->break_off(fault.type);
      if (each.speech) each.speech->break_off(fault.type);
    }
  }
};

speech_server::speech_server(std::vector<asio_loop*> loops, speech_server_options options)
    : options_(std::move(options)), workers_(options_.workers) {
  if (options_.synthetic) {
    options_.voice = "synthetic";
    mouths_[options_.voice] = make_synthetic_voice();
    ears_ = options_.ears;
    if (!ears_)
      ears_ = make_scripted_recogniser(
          options_.transcripts.empty()
              ? std::vector<std::string>{"Hello, can you hear me?", "Thank you, goodbye."}
              : options_.transcripts);
  } else {
    for (auto name : flite_voices) mouths_.emplace(name, make_flite_voice(name));
    if (!mouths_.contains(options_.voice)) throw std::runtime_error("no voice is called " + options_.voice);
    ears_ = make_sphinx_recogniser(options_.phrases, workers_, options_.max_streams);
  }
  for (auto* each : loops) rooms_.push_back(std::make_shared<room>(*each));
  server_settings where;
  where.host = options_.host;
  where.port = options_.port;
  where.tls_certificate = options_.tls_certificate;
  where.tls_key = options_.tls_key;
  where.from = peer::admin;
  server_handlers handlers;
  handlers.on_request = [](const server_request&, const respond& answer) { answer(not_found()); };
  handlers.on_upgrade = [this](std::unique_ptr<upgrade> door) { admit(std::move(door)); };
  server_ = std::make_unique<http_server>(std::move(loops), where, std::move(handlers));
}

speech_server::~speech_server() {
  server_->stop_accepting();
  for (auto& each : rooms_) {
    std::promise<void> left;
    each->home.post([&] {
      each->closed = true;
      each->schedule.clear();
      each->count -= each->clients.size();
      each->clients.clear();
      left.set_value();
    });
    left.get_future().wait();
  }
  server_->stop();
}

void speech_server::start() {
  for (const auto& each : options_.faults) inject(each);
  server_->start();
}

void speech_server::inject(const speech_fault& fault) {
  auto& first = *rooms_.front();
  std::promise<void> done;
  first.home.post([&] {
    const auto begin = first.home.now() + fault.after;
    first.schedule.push_back(first.home.at(begin, [this, &first, fault, begin] {
      apply(fault, true);
      // Not before: timers of the same moment have no order.
      first.schedule.push_back(first.home.at(begin + fault.lasts, [this, fault] { apply(fault, false); }));
    }));
    done.set_value();
  });
  done.get_future().wait();
}

void speech_server::apply(const speech_fault& fault, bool begins) {
  for (auto side : {speech_side::scribe, speech_side::speech}) {
    if (!fault.concerns(side)) continue;
    auto& state = faults_of(side);
    if (fault.what == speech_fault::kind::refuse) state.refusal = begins ? fault.status : 0;
    if (fault.what == speech_fault::kind::drop) state.dropping = begins;
    if (fault.what == speech_fault::kind::stall) state.stalled = begins;
    if (fault.what == speech_fault::kind::silence) state.silent = begins;
  }
  for (auto& each : rooms_) each->home.post([room = each, fault, begins] { room->suffer(fault, begins); });
}

std::size_t speech_server::clients() const {
  std::size_t sum = 0;
  for (const auto& each : rooms_) sum += each->count;
  return sum;
}

voice& speech_server::mouth_of(std::string_view path) {
  path = path.substr(speech_path.size(), path.size() - speech_path.size() - speech_path_end.size());
  auto found = mouths_.find(path);
  return *(found == mouths_.end() ? mouths_.find(options_.voice) : found)->second;
}

std::shared_ptr<speech_server::room> speech_server::room_for(upgrade& door) {
  if (!door.can_move())
    return *std::find_if(rooms_.begin(), rooms_.end(),
                         [&](const auto& each) { return &each->home == &door.home(); });
  return *std::min_element(rooms_.begin(), rooms_.end(),
                           [](const auto& one, const auto& other) { return one->count < other->count; });
}

void speech_server::admit(std::unique_ptr<upgrade> door) {
  const auto& head = door->head();
  auto is_scribe = head.path == scribe_path;
  auto is_speech = head.path.size() > speech_path.size() + speech_path_end.size() &&
                   head.path.starts_with(speech_path) && head.path.ends_with(speech_path_end);
  if (!is_scribe && !is_speech) return door->refuse(not_found());
  auto side = is_scribe ? speech_side::scribe : speech_side::speech;
  if (unsigned status = faults_of(side).refusal) {
    return door->refuse({.status = status, .content_type = "text/plain", .body = "fault", .headers = {}});
  }
  auto target = room_for(*door);
  ++target->count;
  auto key = std::string(head.header("xi-api-key"));
  auto query = query_of(head);
  auto path = head.path;
  upgrade::bounds bounds;
  bounds.from = peer::admin;
  door->accept(target->home, bounds, [this, target, side, key, query, path](std::shared_ptr<link> accepted) {
    if (!accepted || target->closed || faults_of(side).dropping) {
      --target->count;
      return;
    }
    auto id = ++last_;
    auto gone = [room = target.get(), id] { room->leave(id); };
    auto& one = target->clients[id];
    one.side = side;
    one.connection =
        std::make_shared<faulty_link>(std::move(accepted), faults_[static_cast<std::size_t>(side)]);
    if (side == speech_side::speech) {
      std::function<void(std::string_view)> asked;
      if (options_.asked) asked = [this, id](std::string_view text) { options_.asked(id, text); };
      one.speech = std::make_unique<speech_session>(options_.speech, mouth_of(path), workers_, one.connection,
                                                    key, path + "?" + query, gone, std::move(asked));
    } else {
      std::function<void(std::span<const std::uint8_t>)> heard;
      if (options_.heard)
        heard = [this, id](std::span<const std::uint8_t> audio) { options_.heard(id, audio); };
      one.scribe = std::make_unique<scribe_session>(options_.scribe, *ears_, one.connection, key, query,
                                                    std::move(heard), gone);
    }
    if (faults_of(side).stalled) one.connection->pause_reading(true);
  });
}

}  // namespace tandem::lab
