#include "tests/lab/cluster/word_providers.hpp"

#include "protocols/url.hpp"
#include "tests/lab/cluster/word_recogniser.hpp"
#include "tests/lab/cluster/word_voice.hpp"

#include <future>
#include <utility>
#include <vector>

namespace tandem::lab {

namespace {

constexpr std::string_view scribe_path = "/v1/speech-to-text/realtime";
constexpr std::string_view speech_path_end = "/multi-stream-input";

}  // namespace

word_providers::word_providers(asio_loop& home, const std::string& host, std::uint16_t port) : home_(home) {
  server_settings where{.host = host, .port = port};
  where.from = peer::admin;
  // Whoever asks a provider never says who they are.
  where.unknown_bound = 100'000;
  server_ = std::make_unique<http_server>(
      std::vector<asio_loop*>{&home}, where,
      server_handlers{
          .on_request = [](const server_request&, const respond& answer) { answer({.status = 404}); },
          .on_upgrade = [this](std::unique_ptr<upgrade> door) { admit(std::move(door)); },
      });
  server_->start();
}

word_providers::~word_providers() {
  server_->stop_accepting();
  std::promise<void> left;
  home_.post([&] {
    clients_.clear();
    left.set_value();
  });
  left.get_future().wait();
  server_->stop();
}

void word_providers::admit(std::unique_ptr<upgrade> door) {
  const auto& path = door->head().path;
  const auto is_scribe = path == scribe_path;
  if (!is_scribe && !path.ends_with(speech_path_end)) return door->refuse({.status = 404});
  std::string query;
  for (const auto& [name, value] : door->head().query) url::append_parameter(query, name, value);
  upgrade::bounds bounds;
  bounds.from = peer::admin;
  door->accept(home_, bounds, [this, is_scribe, query](std::shared_ptr<link> client) {
    if (!client) return;
    const auto id = ++last_;
    // From inside of the client, which must not end there.
    auto gone = [this, id] { home_.post([this, id] { clients_.erase(id); }); };
    if (is_scribe) {
      clients_[id] = std::make_shared<word_recogniser>(home_, std::move(client), query, gone);
    } else {
      clients_[id] = std::make_shared<word_voice>(home_, std::move(client), gone);
    }
  });
}

}  // namespace tandem::lab
