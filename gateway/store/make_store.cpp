#include "gateway/store/make_store.hpp"

#include "gateway/settings/call_settings.hpp"
#include "protocols/s3/place.hpp"

#include <filesystem>

namespace tandem {

namespace {

constexpr std::string_view sqlite_scheme = "sqlite:";

text_policy policy(std::string_view name) {
  if (name == "encrypt") return text_policy::encrypt;
  return name == "omit" ? text_policy::omit : text_policy::plain;
}

std::string amazon_endpoint(std::string_view region) {
  return std::string("https://s3.").append(region).append(".amazonaws.com");
}

std::string journal_folder(const settings& values) {
  if (!values.store.journal.empty()) return values.store.journal;
  const std::string_view url = values.store.url;
  if (!url.starts_with(sqlite_scheme)) return {};
  return std::filesystem::path(url.substr(sqlite_scheme.size())).parent_path();
}

}  // namespace

store_settings make_store_settings(const settings& values) {
  const auto& from = values.store;
  store_settings out;
  out.url = from.url;
  out.pool = from.pool;
  out.node = node_label(values.cluster.node);
  out.journal_bytes = from.journal_mb * 1024 * 1024;
  if (from.journal_mb > 0) {
    out.journal = std::filesystem::path(journal_folder(values)) / ("tandem-" + out.node + ".journal");
  }
  out.numbers = policy(from.numbers);
  out.words = policy(from.transcripts);
  out.key = parse_seal_key(from.key);
  out.keep_calls_days = from.keep_calls_days;
  out.keep_transcripts_days = from.keep_transcripts_days;
  out.keep_events_days = from.keep_events_days;
  out.prices = make_prices(values);
  return out;
}

std::optional<recording_settings> make_recording_settings(const settings& values) {
  const auto& from = values.store;
  if (from.recordings.empty()) return std::nullopt;
  recording_settings out{.folder = from.recordings,
                         .node = node_label(values.cluster.node),
                         .keep_days = from.keep_recordings_days};
  if (auto where = s3::read_place(from.recordings)) {
    out.folder = from.recordings_folder;
    out.waiting_bound = from.recordings_folder_mb * 1024 * 1024;
    out.bucket = s3_settings{
        .endpoint = from.s3_endpoint.empty() ? amazon_endpoint(from.s3_region) : from.s3_endpoint,
        .where = *std::move(where),
        .who = {
            .access_key = from.s3_access_key, .secret_key = from.s3_secret_key, .region = from.s3_region}};
  }
  return out;
}

records::price_table make_prices(const settings& values) {
  const auto& from = values.prices;
  return {.currency = from.currency,
          .carrier_minute = from.carrier_minute,
          .stt_hour = from.stt_hour,
          .tts_1000_characters = from.tts_1000_characters,
          .llm_million_input_tokens = from.llm_million_input_tokens,
          .llm_million_output_tokens = from.llm_million_output_tokens};
}

}  // namespace tandem
