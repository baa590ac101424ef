#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem {

/// The whole configuration of a node, with its defaults; `settings_table.cpp` says what each key means and
/// allows. Numbers carry their unit in the name.
struct settings {
  struct server_section {
    std::string listen = "0.0.0.0:8080";
    std::string admin_listen = "127.0.0.1:9090";
    std::string public_url;
    std::uint64_t threads = 0;
    std::string tls_certificate;
    std::string tls_key;
    std::string secret;
    std::string api_token;
    bool listen_in = true;
    std::uint64_t drain_seconds = 600;
    bool operator==(const server_section&) const = default;
  } server;

  struct telnyx_section {
    std::string api_url = "https://api.telnyx.com/v2";
    std::string api_key;
    std::string public_key;
    std::string connection_id;
    std::string stream_token;
    std::string codec = "PCMU";
    bool inband_dtmf = true;
    std::string l16_byte_order = "auto";
    bool operator==(const telnyx_section&) const = default;
  } telnyx;

  struct elevenlabs_section {
    std::string api_key;
    bool operator==(const elevenlabs_section&) const = default;
  } elevenlabs;

  struct scribe_section {
    std::string provider = "elevenlabs";
    std::string url = "wss://api.elevenlabs.io/v1/speech-to-text/realtime";
    std::string model = "scribe_v2_realtime";
    std::string language = "en";
    std::string commit = "local";
    std::uint64_t max_sessions = 0;
    std::string standby_provider = "elevenlabs";
    std::string standby_url;
    std::string standby_api_key;
    std::string standby_model;
    bool operator==(const scribe_section&) const = default;
  } scribe;

  struct speech_section {
    std::string provider = "elevenlabs";
    std::string url = "wss://api.elevenlabs.io/v1/text-to-speech";
    std::string voice;
    std::string model = "eleven_flash_v2_5";
    std::uint64_t max_sessions = 0;
    std::string standby_provider = "elevenlabs";
    std::string standby_url;
    std::string standby_api_key;
    std::string standby_voice;
    std::string standby_model;
    bool operator==(const speech_section&) const = default;
  } speech;

  struct agent_section {
    std::string kind = "script";
    std::string greeting;
    std::string script;
    std::string url;
    std::string api_key;
    std::string model;
    std::string system_prompt;
    std::string tools;
    std::uint64_t timeout_ms = 8000;
    std::string fallback_reply = "I am sorry, something went wrong on our side. Please try again.";
    std::string secret;
    bool operator==(const agent_section&) const = default;
  } agent;

  struct turns_section {
    bool barge_in = true;
    std::uint64_t min_interruption_ms = 200;
    std::uint64_t min_interruption_words = 1;
    std::uint64_t endpoint_ms = 500;
    bool adaptive_endpoint = true;
    bool preemptive = true;
    std::uint64_t hold_seconds = 600;
    std::string hold_sound;
    bool operator==(const turns_section&) const = default;
  } turns;

  struct limits_section {
    std::uint64_t max_calls = 200;
    std::uint64_t max_connections = 0;
    std::uint64_t pending_connections = 1000;
    std::uint64_t calls_per_second = 50;
    std::uint64_t max_call_seconds = 3600;
    std::uint64_t silence_seconds = 30;
    std::uint64_t buffer_bytes = 524288;
    std::uint64_t loop_lag_ms = 100;
    std::uint64_t memory_mb = 0;
    std::uint64_t retry_after_seconds = 5;

    /// `max_connections`, or what stands for its 0.
    std::uint64_t connections() const { return max_connections ? max_connections : 5 * max_calls + 200; }
    bool operator==(const limits_section&) const = default;
  } limits;

  struct store_section {
    std::string url = "sqlite:tandem.db";
    std::uint64_t pool = 20;
    std::string journal;
    std::uint64_t journal_mb = 1024;
    std::string numbers = "plain";
    std::string transcripts = "plain";
    std::string key;
    std::uint64_t keep_calls_days = 0;
    std::uint64_t keep_transcripts_days = 0;
    std::uint64_t keep_events_days = 0;
    std::string keys = "plain";
    std::string recordings;
    std::uint64_t keep_recordings_days = 0;
    std::string recordings_folder = "tandem-recordings";
    std::uint64_t recordings_folder_mb = 4096;
    std::string s3_endpoint;
    std::string s3_region = "us-east-1";
    std::string s3_access_key;
    std::string s3_secret_key;
    bool operator==(const store_section&) const = default;
  } store;

  /// What providers charge, in the currency's own unit.
  struct prices_section {
    std::string currency;
    double carrier_minute = 0;
    double stt_hour = 0;
    double tts_1000_characters = 0;
    double llm_million_input_tokens = 0;
    double llm_million_output_tokens = 0;
    bool operator==(const prices_section&) const = default;
  } prices;

  struct events_section {
    std::string url;
    std::string secret;
    bool operator==(const events_section&) const = default;
  } events;

  struct cluster_section {
    /// Empty only before loading: `load_settings` puts the host's name here.
    std::string node;
    std::string listen;
    std::string advertise;
    std::vector<std::string> discovery;
    bool trusted_network = false;
    std::uint64_t heartbeat_ms = 250;
    std::uint64_t timeout_ms = 1000;
    bool operator==(const cluster_section&) const = default;
  } cluster;

  struct log_section {
    std::string level = "info";
    std::string format = "text";
    bool operator==(const log_section&) const = default;
  } log;

  bool operator==(const settings&) const = default;
};

/// Where a configuration comes from; kept, it can be loaded again.
struct settings_source {
  /// TOML; empty = no file.
  std::string file;
  /// `section.key` and value, as `--section.key=value` gave them.
  std::vector<std::pair<std::string, std::string>> flags;
  /// Name and value of every variable whose name begins with TANDEM_.
  std::vector<std::pair<std::string, std::string>> environment;
};

/// The variables of this process that may set a key.
std::vector<std::pair<std::string, std::string>> tandem_environment();

/// What loading came to; with faults nothing may start. One line each, never with a secret.
struct loaded_settings {
  settings values;
  std::vector<std::string> faults;
  std::vector<std::string> warnings;
};

/// Reads file, environment and flags, in rising precedence, and checks each value and what values demand of
/// each other. Reads files and the host's name; throws nothing.
loaded_settings load_settings(const settings_source& source);

/// The whole configuration as TOML, secrets and passwords as `***`.
std::string to_toml(const settings& values);

/// Every key with default, meaning and what is allowed, for `--help`.
std::string describe_settings();

/// An address to bind: host without brackets, port 0 = any.
struct listen_address {
  std::string host;
  std::uint16_t port = 0;

  /// Whether only this machine can reach it.
  bool loopback() const;
};

/// Reads `ADDRESS:PORT` with an IPv4 address, a bracketed IPv6 address, or `localhost` for 127.0.0.1.
std::optional<listen_address> parse_listen(std::string_view text);

}  // namespace tandem
