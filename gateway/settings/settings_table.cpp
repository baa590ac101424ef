#include "gateway/settings/settings_table.hpp"

#include "gateway/settings/settings_forms.hpp"
#include "protocols/providers/kinds.hpp"

#include <array>

namespace tandem {
namespace {

using s = settings;

template <auto section, auto member>
setting_slot at(settings& values) {
  return &(values.*section.*member);
}

using server = s::server_section;
using telnyx = s::telnyx_section;
using elevenlabs = s::elevenlabs_section;
using scribe = s::scribe_section;
using speech = s::speech_section;
using agent = s::agent_section;
using turns = s::turns_section;
using limits = s::limits_section;
using store = s::store_section;
using prices = s::prices_section;
using events = s::events_section;
using cluster = s::cluster_section;
using logging = s::log_section;

constexpr std::array<std::string_view, 5> codecs{"PCMU", "PCMA", "G722", "L16", "OPUS"};
constexpr std::array<std::string_view, 3> byte_orders{"auto", "little", "big"};
constexpr std::array<std::string_view, 4> agents{"script", "openai", "webhook", "echo"};
constexpr std::array<std::string_view, 2> committers{"local", "vad"};
constexpr std::array<std::string_view, 6> levels{"trace", "debug", "info", "warn", "error", "off"};
constexpr std::array<std::string_view, 3> policies{"plain", "encrypt", "omit"};
constexpr std::array<std::string_view, 2> key_policies{"plain", "omit"};
constexpr std::array<std::string_view, 2> formats{"text", "json"};

constexpr std::uint64_t million = 1'000'000;

constexpr truth_rule truth;
constexpr text_rule bind_address{"ADDRESS:PORT, e.g. 0.0.0.0:8080, [::1]:8080 or localhost:0", is_listen,
                                 false};
constexpr text_rule bind_address_or_none{"ADDRESS:PORT, e.g. 10.0.0.5:4000 or [::1]:4000", is_listen};
constexpr text_rule public_url{"an http:// or https:// URL without query, may contain {node}", is_public_url,
                               true, true};
constexpr text_rule http_url{"an http:// or https:// URL", is_http_url};
constexpr text_rule http_base{"an http:// or https:// URL without query", is_http_base, false, true};
constexpr text_rule socket_base{"a ws:// or wss:// URL without query", is_socket_base, false, true};
constexpr text_rule socket_base_or_none{"a ws:// or wss:// URL without query", is_socket_base, true, true};
constexpr text_rule secret_text{"printable ASCII without blanks, at most 4096 characters", is_secret};
constexpr text_rule path_token{"letters, digits and - . _ ~, at most 512 of them", is_path_token};
constexpr text_rule path_token_required{"letters, digits and - . _ ~, at most 512 of them", is_path_token,
                                        false};
constexpr text_rule ed25519_key{"base64 of a 32-byte Ed25519 key", is_ed25519_key};
constexpr text_rule word{"printable ASCII without blanks, at most 256 characters", is_word};
constexpr text_rule name{"printable ASCII without blanks, at most 256 characters", is_word, false};
constexpr text_rule language{"an ISO 639 code such as en or deu; empty = any", is_language};
constexpr text_rule any_text{"any text in UTF-8", is_text};
constexpr text_rule file{"a file that can be read", is_readable_file};
constexpr text_rule folder{"a folder", is_text};
constexpr text_rule waiting_folder{"a folder", is_text, false};
constexpr text_rule recordings_place{"a folder, or s3://BUCKET or s3://BUCKET/PREFIX", is_recordings_place};
constexpr text_rule http_origin{"an http:// or https:// URL without path", is_http_origin, true, true};
constexpr text_rule store_url{"sqlite:FILE or postgresql://…", is_store_url, false};
constexpr text_rule seal_key{"base64 of 32 random bytes, e.g. from `openssl rand -base64 32`", is_seal_key};
constexpr text_rule currency{"a code of ISO 4217 such as USD", is_currency};
constexpr amount_rule amount;
constexpr text_rule host_name{"letters, digits and - . _, at most 253 of them", is_host_name};
constexpr text_rule node_host{"a name or an address without port, and not 0.0.0.0 or ::", is_node_host};
constexpr text_rule discovery{"HOST:PORT, several of them, or dns:NAME:PORT", is_discovery};

constexpr auto secret = secrecy::secret;

const setting table[] = {
    {"server", "listen", at<&s::server, &server::listen>, bind_address,
     "where the carrier's webhooks and media streams come in"},
    {"server", "admin_listen", at<&s::server, &server::admin_listen>, bind_address,
     "where API, metrics and console are served; not loopback only with an api_token"},
    {"server", "public_url", at<&s::server, &server::public_url>, public_url,
     "how the carrier reaches `listen`, e.g. https://voice.example.com"},
    {"server", "threads", at<&s::server, &server::threads>, number_rule{0, 256},
     "event loops; 0 = one per core"},
    {"server", "tls_certificate", at<&s::server, &server::tls_certificate>, file,
     "PEM file for both listeners; empty = TLS ends in front"},
    {"server", "tls_key", at<&s::server, &server::tls_key>, file, "PEM file of its private key"},
    {"server", "secret", at<&s::server, &server::secret>, secret_text,
     "signs stream tokens and sessions; empty = random at each start", secret},
    {"server", "api_token", at<&s::server, &server::api_token>, secret_text, "bearer token of the admin API",
     secret},
    {"server", "listen_in", at<&s::server, &server::listen_in>, truth,
     "whether those who may use the admin API may hear calls that go on"},
    {"server", "drain_seconds", at<&s::server, &server::drain_seconds>, number_rule{0, 86400},
     "how long calls may go on after SIGTERM"},

    {"telnyx", "api_url", at<&s::telnyx, &telnyx::api_url>, http_base, "Call Control"},
    {"telnyx", "api_key", at<&s::telnyx, &telnyx::api_key>, secret_text, "key of Call Control", secret},
    {"telnyx", "public_key", at<&s::telnyx, &telnyx::public_key>, ed25519_key,
     "checks webhooks; as Mission Control shows it"},
    {"telnyx", "connection_id", at<&s::telnyx, &telnyx::connection_id>, word,
     "the Call Control application that outgoing calls use; a start finds there what a crash left"},
    {"telnyx", "stream_token", at<&s::telnyx, &telnyx::stream_token>, path_token,
     "fixed token for streams the engine did not invite; empty = none accepted", secret},
    {"telnyx", "codec", at<&s::telnyx, &telnyx::codec>, choice_rule{codecs},
     "codec of the streams the engine invites"},
    {"telnyx", "inband_dtmf", at<&s::telnyx, &telnyx::inband_dtmf>, truth,
     "whether keys are heard in the audio too, where the carrier tells of none"},
    {"telnyx", "l16_byte_order", at<&s::telnyx, &telnyx::l16_byte_order>, choice_rule{byte_orders},
     "which byte of an L16 sample comes first; auto = found out in each call"},

    {"elevenlabs", "api_key", at<&s::elevenlabs, &elevenlabs::api_key>, secret_text,
     "key of Scribe and text to speech", secret},

    {"scribe", "provider", at<&s::scribe, &scribe::provider>, choice_rule{recogniser_kinds()},
     "what kind of provider hears callers"},
    {"scribe", "url", at<&s::scribe, &scribe::url>, socket_base, "speech to text"},
    {"scribe", "model", at<&s::scribe, &scribe::model>, name, "its model"},
    {"scribe", "language", at<&s::scribe, &scribe::language>, language, "what callers speak"},
    {"scribe", "commit", at<&s::scribe, &scribe::commit>, choice_rule{committers},
     "who ends an utterance: the engine (local) or Scribe (vad)"},
    {"scribe", "max_sessions", at<&s::scribe, &scribe::max_sessions>, number_rule{0, million},
     "sessions the account allows, one for each call; 0 = unlimited"},
    {"scribe", "standby_url", at<&s::scribe, &scribe::standby_url>, socket_base_or_none,
     "speech to text that stands in where the first one fails; empty = none"},
    {"scribe", "standby_provider", at<&s::scribe, &scribe::standby_provider>, choice_rule{recogniser_kinds()},
     "what kind of provider that is"},
    {"scribe", "standby_api_key", at<&s::scribe, &scribe::standby_api_key>, secret_text, "its key", secret},
    {"scribe", "standby_model", at<&s::scribe, &scribe::standby_model>, word,
     "its model; empty = scribe.model"},

    {"speech", "provider", at<&s::speech, &speech::provider>, choice_rule{synthesiser_kinds()},
     "what kind of provider speaks"},
    {"speech", "url", at<&s::speech, &speech::url>, socket_base, "text to speech"},
    {"speech", "voice", at<&s::speech, &speech::voice>, path_token, "id of the agent's voice"},
    {"speech", "model", at<&s::speech, &speech::model>, name, "its model"},
    {"speech", "max_sessions", at<&s::speech, &speech::max_sessions>, number_rule{0, million},
     "sessions the account allows, one for each call; 0 = unlimited"},
    {"speech", "standby_url", at<&s::speech, &speech::standby_url>, socket_base_or_none,
     "text to speech that stands in where the first one fails; empty = none"},
    {"speech", "standby_provider", at<&s::speech, &speech::standby_provider>,
     choice_rule{synthesiser_kinds()}, "what kind of provider that is"},
    {"speech", "standby_api_key", at<&s::speech, &speech::standby_api_key>, secret_text, "its key", secret},
    {"speech", "standby_voice", at<&s::speech, &speech::standby_voice>, path_token,
     "id of its voice; empty = speech.voice"},
    {"speech", "standby_model", at<&s::speech, &speech::standby_model>, word,
     "its model; empty = speech.model"},

    {"agent", "kind", at<&s::agent, &agent::kind>, choice_rule{agents}, "who answers the caller"},
    {"agent", "greeting", at<&s::agent, &agent::greeting>, any_text,
     "first words of every call; empty = none"},
    {"agent", "script", at<&s::agent, &agent::script>, file, "the script agent's JSON dialogue"},
    {"agent", "url", at<&s::agent, &agent::url>, http_url,
     "the openai agent's server, up to /chat/completions, e.g. https://api.openai.com/v1; or where the "
     "webhook "
     "agent's events are posted"},
    {"agent", "api_key", at<&s::agent, &agent::api_key>, secret_text, "key of the openai agent's server",
     secret},
    {"agent", "model", at<&s::agent, &agent::model>, word, "the openai agent's model"},
    {"agent", "system_prompt", at<&s::agent, &agent::system_prompt>, any_text,
     "what the openai agent is told first; empty = how to behave on a telephone"},
    {"agent", "tools", at<&s::agent, &agent::tools>, file,
     "JSON file of what the openai agent may do beside talking"},
    {"agent", "timeout_ms", at<&s::agent, &agent::timeout_ms>, number_rule{100, 600'000},
     "how long the agent may think"},
    {"agent", "fallback_reply", at<&s::agent, &agent::fallback_reply>, any_text,
     "said when the agent fails, or as a goodbye when hearing or voice does; empty = nothing"},
    {"agent", "secret", at<&s::agent, &agent::secret>, secret_text,
     "signs requests to the webhook agent and to tools", secret},

    {"turns", "barge_in", at<&s::turns, &turns::barge_in>, truth,
     "whether the caller can interrupt the agent"},
    {"turns", "min_interruption_ms", at<&s::turns, &turns::min_interruption_ms>, number_rule{0, 10'000},
     "so much voice pauses the agent"},
    {"turns", "min_interruption_words", at<&s::turns, &turns::min_interruption_words>, number_rule{1, 100},
     "so many words end its turn; fewer, and it resumes"},
    {"turns", "endpoint_ms", at<&s::turns, &turns::endpoint_ms>, number_rule{0, 10'000},
     "so much silence ends the caller's turn"},
    {"turns", "adaptive_endpoint", at<&s::turns, &turns::adaptive_endpoint>, truth,
     "less of it behind words that sound finished, more behind those that do not and for slow callers"},
    {"turns", "preemptive", at<&s::turns, &turns::preemptive>, truth,
     "the agent is asked before that; what it says is kept back until the turn is over"},
    {"turns", "hold_seconds", at<&s::turns, &turns::hold_seconds>, number_rule{1, 3600},
     "so long a call may be on hold; then it goes on"},
    {"turns", "hold_sound", at<&s::turns, &turns::hold_sound>, http_url,
     "URL of an mp3 or wav that a caller on hold hears over and over; empty = silence"},

    {"limits", "max_calls", at<&s::limits, &limits::max_calls>, number_rule{1, 100'000}, "calls at once"},
    {"limits", "max_connections", at<&s::limits, &limits::max_connections>, number_rule{0, million},
     "sockets at once, of which each call books 5; 0 = 5 x max_calls + 200"},
    {"limits", "pending_connections", at<&s::limits, &limits::pending_connections>, number_rule{1, million},
     "inbound sockets not yet authenticated, counted apart"},
    {"limits", "calls_per_second", at<&s::limits, &limits::calls_per_second>, number_rule{1, 100'000},
     "new calls"},
    {"limits", "max_call_seconds", at<&s::limits, &limits::max_call_seconds>, number_rule{1, 86'400},
     "when a call is ended"},
    {"limits", "silence_seconds", at<&s::limits, &limits::silence_seconds>, number_rule{1, 86'400},
     "so long without a word ends a call"},
    {"limits", "buffer_bytes", at<&s::limits, &limits::buffer_bytes>, number_rule{65'536, 1'073'741'824},
     "per call, all queues together"},
    {"limits", "loop_lag_ms", at<&s::limits, &limits::loop_lag_ms>, number_rule{1, 60'000},
     "beyond it new calls are refused"},
    {"limits", "memory_mb", at<&s::limits, &limits::memory_mb>, number_rule{0, 16 * million},
     "beyond it new calls are refused; 0 = off"},
    {"limits", "retry_after_seconds", at<&s::limits, &limits::retry_after_seconds>, number_rule{1, 3600},
     "what refused streams are told"},

    {"store", "url", at<&s::store, &store::url>, store_url, "where calls and turns are kept",
     secrecy::password_in_url},
    {"store", "pool", at<&s::store, &store::pool>, number_rule{2, 1000},
     "connections to it at most: one writes, the others read"},
    {"store", "journal", at<&s::store, &store::journal>, folder,
     "folder of the file where records wait while the store is away; empty = beside SQLite's file, or the "
     "working "
     "directory"},
    {"store", "journal_mb", at<&s::store, &store::journal_mb>, number_rule{0, million},
     "how large that file may get; 0 = no journal"},
    {"store", "numbers", at<&s::store, &store::numbers>, choice_rule{policies},
     "how phone numbers are kept; what is omitted cannot be deleted by number either"},
    {"store", "transcripts", at<&s::store, &store::transcripts>, choice_rule{policies},
     "how what was said, and what agents noted, is kept"},
    {"store", "key", at<&s::store, &store::key>, seal_key, "encrypts both; what is encrypted is lost with it",
     secret},
    {"store", "keep_calls_days", at<&s::store, &store::keep_calls_days>, number_rule{0, 36'500},
     "so long after its end a call is kept with everything about it; 0 = for ever"},
    {"store", "keep_transcripts_days", at<&s::store, &store::keep_transcripts_days>, number_rule{0, 36'500},
     "so long turns are kept; 0 = as long as their call"},
    {"store", "keep_events_days", at<&s::store, &store::keep_events_days>, number_rule{0, 36'500},
     "so long events are kept; 0 = as long as their call"},
    {"store", "keys", at<&s::store, &store::keys>, choice_rule{key_policies},
     "whether the keys that callers press are kept; omit = neither in events nor audible in recordings"},
    {"store", "recordings", at<&s::store, &store::recordings>, recordings_place,
     "where each call's WAV file goes, caller left, agent right: a folder, or a store like S3; empty = off"},
    {"store", "keep_recordings_days", at<&s::store, &store::keep_recordings_days>, number_rule{0, 36'500},
     "so long recordings are kept; 0 = as long as their call"},
    {"store", "recordings_folder", at<&s::store, &store::recordings_folder>, waiting_folder,
     "where recordings wait until they are uploaded"},
    {"store", "recordings_folder_mb", at<&s::store, &store::recordings_folder_mb>, number_rule{1, million},
     "how much may wait there; beyond it nothing more is recorded"},
    {"store", "s3_endpoint", at<&s::store, &store::s3_endpoint>, http_origin,
     "where the store for s3:// is; empty = Amazon's, in s3_region"},
    {"store", "s3_region", at<&s::store, &store::s3_region>, path_token_required,
     "the region that requests are signed for"},
    {"store", "s3_access_key", at<&s::store, &store::s3_access_key>, word,
     "who we are there; may put, get, delete and list objects"},
    {"store", "s3_secret_key", at<&s::store, &store::s3_secret_key>, secret_text, "signs requests to it",
     secret},

    {"prices", "currency", at<&s::prices, &prices::currency>, currency,
     "what calls cost is kept with them in this currency; empty = it is not reckoned"},
    {"prices", "carrier_minute", at<&s::prices, &prices::carrier_minute>, amount,
     "a minute of the line, charged by the second"},
    {"prices", "stt_hour", at<&s::prices, &prices::stt_hour>, amount,
     "an hour of audio to speech recognition"},
    {"prices", "tts_1000_characters", at<&s::prices, &prices::tts_1000_characters>, amount,
     "a thousand characters to synthesis"},
    {"prices", "llm_million_input_tokens", at<&s::prices, &prices::llm_million_input_tokens>, amount,
     "a million tokens to the language model"},
    {"prices", "llm_million_output_tokens", at<&s::prices, &prices::llm_million_output_tokens>, amount,
     "a million tokens from it"},

    {"events", "url", at<&s::events, &events::url>, http_url,
     "receives events as signed webhooks; empty = off"},
    {"events", "secret", at<&s::events, &events::secret>, secret_text, "signs them", secret},

    {"cluster", "node", at<&s::cluster, &cluster::node>, host_name, "this node's name; empty = the host's"},
    {"cluster", "listen", at<&s::cluster, &cluster::listen>, bind_address_or_none,
     "where other nodes come in; empty = single node"},
    {"cluster", "advertise", at<&s::cluster, &cluster::advertise>, node_host,
     "host under which they reach it, and `server.listen` too; empty = those of both, or this host's first "
     "address; with a tls_certificate a name in it"},
    {"cluster", "discovery", at<&s::cluster, &cluster::discovery>, discovery, "where other nodes are"},
    {"cluster", "trusted_network", at<&s::cluster, &cluster::trusted_network>, truth,
     "needed for a `listen` that is not loopback: the nodes' traffic is neither encrypted nor authenticated"},
    {"cluster", "heartbeat_ms", at<&s::cluster, &cluster::heartbeat_ms>, number_rule{10, 60'000},
     "between signs of life; the same on every node"},
    {"cluster", "timeout_ms", at<&s::cluster, &cluster::timeout_ms>, number_rule{50, 600'000},
     "a node silent for so long is taken to be down; the same on every node"},

    {"log", "level", at<&s::log, &logging::level>, choice_rule{levels}, "the least level that is written"},
    {"log", "format", at<&s::log, &logging::format>, choice_rule{formats},
     "lines for people or for machines"},
};

}  // namespace

std::span<const setting> setting_table() { return table; }

}  // namespace tandem
