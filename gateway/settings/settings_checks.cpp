#include "gateway/settings/settings_checks.hpp"

#include "actors/admission.hpp"
#include "gateway/settings/settings_table.hpp"
#include "protocols/s3/place.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace tandem {
namespace {

constexpr std::size_t short_secret = 16;
constexpr std::string_view elevenlabs_host = "://api.elevenlabs.io/";

bool loopback(const std::string& address) {
  const auto parsed = parse_listen(address);
  return !parsed || parsed->loopback();
}

/// With SO_REUSEPORT both would bind, and the carrier's traffic would meet the admin API.
bool same_port(const settings& values) {
  const auto carrier = parse_listen(values.server.listen);
  const auto admin = parse_listen(values.server.admin_listen);
  if (!carrier || !admin || carrier->port != admin->port || carrier->port == 0) return false;
  const auto any = [](const std::string& host) { return host == "0.0.0.0" || host == "::"; };
  return carrier->host == admin->host || any(carrier->host) || any(admin->host);
}

/// A demand that several keys make together.
struct demand {
  std::initializer_list<std::string_view> keys;
  bool (*broken)(const settings& values);
  std::string_view fault;
};

const demand demands[] = {
    {{"server.admin_listen", "server.api_token"},
     [](const settings& s) { return !loopback(s.server.admin_listen) && s.server.api_token.empty(); },
     "is not loopback, so server.api_token is needed"},
    {{"server.admin_listen", "server.listen"}, same_port, "takes the port of server.listen"},
    {{"server.tls_certificate", "server.tls_key"},
     [](const settings& s) { return !s.server.tls_certificate.empty() && s.server.tls_key.empty(); },
     "is set, so server.tls_key is needed"},
    {{"server.tls_key", "server.tls_certificate"},
     [](const settings& s) { return !s.server.tls_key.empty() && s.server.tls_certificate.empty(); },
     "is set, so server.tls_certificate is needed"},
    {{"limits.max_connections"},
     [](const settings& s) { return s.limits.connections() < admission::connections_per_call; },
     "is less than one call needs"},
    {{"store.key", "store.numbers", "store.transcripts"},
     [](const settings& s) {
       return s.store.key.empty() && (s.store.numbers == "encrypt" || s.store.transcripts == "encrypt");
     },
     "is needed, since store.numbers or store.transcripts is encrypt"},
    {{"store.s3_access_key", "store.recordings"},
     [](const settings& s) { return s3::is_place(s.store.recordings) && s.store.s3_access_key.empty(); },
     "is needed, since store.recordings is s3://…"},
    {{"store.s3_secret_key", "store.recordings"},
     [](const settings& s) { return s3::is_place(s.store.recordings) && s.store.s3_secret_key.empty(); },
     "is needed, since store.recordings is s3://…"},
    {{"scribe.standby_url", "scribe.url"},
     [](const settings& s) {
       return s.scribe.standby_url == s.scribe.url && s.scribe.standby_api_key == s.elevenlabs.api_key;
     },
     "is scribe.url with the same key, so it would fail together with it"},
    {{"speech.standby_url", "speech.url"},
     [](const settings& s) {
       return s.speech.standby_url == s.speech.url && s.speech.standby_api_key == s.elevenlabs.api_key;
     },
     "is speech.url with the same key, so it would fail together with it"},
    {{"cluster.listen", "store.url"},
     [](const settings& s) { return !s.cluster.listen.empty() && !s.store.url.starts_with("postgresql://"); },
     "is set, so store.url must be postgresql://…"},
    {{"cluster.listen", "server.secret"},
     [](const settings& s) { return !s.cluster.listen.empty() && s.server.secret.empty(); },
     "is set, so server.secret is needed, the same on every node"},
    {{"cluster.listen", "cluster.trusted_network"},
     [](const settings& s) {
       return !s.cluster.listen.empty() && !loopback(s.cluster.listen) && !s.cluster.trusted_network;
     },
     "is not loopback, so cluster.trusted_network = true is needed"},
    {{"cluster.timeout_ms", "cluster.heartbeat_ms"},
     [](const settings& s) { return s.cluster.timeout_ms < 3 * s.cluster.heartbeat_ms; },
     "must be at least three times cluster.heartbeat_ms"},
};

}  // namespace

std::vector<std::string> joint_faults(const settings& values, const std::set<std::string>& bad) {
  std::vector<std::string> faults;
  for (const auto& one : demands) {
    const auto is_bad = [&](std::string_view key) { return bad.count(std::string(key)) > 0; };
    if (std::ranges::any_of(one.keys, is_bad) || !one.broken(values)) continue;
    const auto key = *one.keys.begin();
    const auto found = std::ranges::find(setting_table(), key, &setting::key);
    faults.push_back(found->key() + " = " + found->shown_value(values) + ": " + std::string(one.fault));
  }
  return faults;
}

std::vector<std::string> warnings_of(const settings& values) {
  std::vector<std::string> warnings;
  const auto warn = [&](bool when, std::string text) {
    if (when) warnings.push_back(std::move(text));
  };
  const auto guessable = [](const std::string& secret) {
    return !secret.empty() && secret.size() < short_secret;
  };
  warn(guessable(values.server.secret), "server.secret is short; 32 random characters are not");
  warn(guessable(values.server.api_token), "server.api_token is short; 32 random characters are not");
  warn(guessable(values.telnyx.stream_token), "telnyx.stream_token is short; 32 random characters are not");
  warn(guessable(values.events.secret), "events.secret is short; 32 random characters are not");
  warn(!values.events.url.empty() && values.events.secret.empty(),
       "events.secret is empty: nobody can tell posted events from forged ones");

  warn(values.cluster.listen.empty() && !values.cluster.discovery.empty(),
       "cluster.listen is empty: cluster.discovery has no effect");
  warn(values.cluster.listen.empty() && !values.cluster.advertise.empty(),
       "cluster.listen is empty: cluster.advertise has no effect");
  warn(!values.cluster.listen.empty() && !loopback(values.cluster.listen) && loopback(values.server.listen),
       "server.listen is loopback: other nodes cannot bring streams here that reached them");

  const bool controls_calls = !values.telnyx.api_key.empty();
  warn(controls_calls && values.server.public_url.empty(),
       "server.public_url is empty: the carrier cannot be told where to stream, so no call can be answered");
  warn(controls_calls && values.telnyx.public_key.empty(),
       "telnyx.public_key is empty: every webhook will be refused");
  const auto at_elevenlabs = [](const std::string& url) {
    return url.find(elevenlabs_host) != std::string::npos;
  };
  warn(values.elevenlabs.api_key.empty() &&
           (at_elevenlabs(values.scribe.url) || at_elevenlabs(values.speech.url)),
       "elevenlabs.api_key is empty: api.elevenlabs.io will refuse every session");
  warn((values.scribe.standby_api_key.empty() && at_elevenlabs(values.scribe.standby_url)) ||
           (values.speech.standby_api_key.empty() && at_elevenlabs(values.speech.standby_url)),
       "standby_api_key is empty: api.elevenlabs.io will refuse every session");
  const auto useless = [](const std::string& url, std::initializer_list<const std::string*> others) {
    return url.empty() && std::ranges::any_of(others, [](const auto* each) { return !each->empty(); });
  };
  warn(useless(values.scribe.standby_url, {&values.scribe.standby_api_key, &values.scribe.standby_model}),
       "scribe.standby_url is empty: what else is said of a standby has no effect");
  warn(useless(values.speech.standby_url,
               {&values.speech.standby_api_key, &values.speech.standby_voice, &values.speech.standby_model}),
       "speech.standby_url is empty: what else is said of a standby has no effect");
  warn(s3::is_place(values.store.recordings) && values.store.s3_endpoint.starts_with("http://"),
       "store.s3_endpoint is not https: recordings go there unencrypted");
  warn(values.speech.voice.empty(), "speech.voice is empty: nothing can be spoken");
  return warnings;
}

}  // namespace tandem
