#include "gateway/store/migrations.hpp"

namespace tandem {

namespace {

// Times are milliseconds since 1970, 0 = not yet; amounts of money millionths of the currency. `sealed` says
// which texts are encrypted (1 numbers, 2 words), `revision` which of two writes of a row is the newer one.
constexpr std::string_view first[] = {
    R"(CREATE TABLE calls (
         id TEXT NOT NULL PRIMARY KEY,
         place BIGINT NOT NULL,
         revision BIGINT NOT NULL,
         sealed BIGINT NOT NULL,
         node TEXT NOT NULL,
         carrier_call_id TEXT NOT NULL,
         direction TEXT NOT NULL,
         from_number TEXT NOT NULL,
         to_number TEXT NOT NULL,
         caller TEXT NOT NULL,
         state TEXT NOT NULL,
         started_at BIGINT NOT NULL,
         answered_at BIGINT NOT NULL,
         ended_at BIGINT NOT NULL,
         end_reason TEXT NOT NULL,
         agent TEXT NOT NULL,
         metadata TEXT NOT NULL,
         stt_ms BIGINT NOT NULL,
         tts_characters BIGINT NOT NULL,
         llm_input_tokens BIGINT NOT NULL,
         llm_output_tokens BIGINT NOT NULL,
         currency TEXT NOT NULL,
         cost_carrier BIGINT NOT NULL,
         cost_stt BIGINT NOT NULL,
         cost_tts BIGINT NOT NULL,
         cost_llm BIGINT NOT NULL))",
    "CREATE INDEX calls_by_place ON calls (place)",
    "CREATE INDEX calls_by_state ON calls (state, place)",
    "CREATE INDEX calls_by_caller ON calls (caller)",
    "CREATE INDEX calls_by_end ON calls (ended_at)",
    "CREATE INDEX calls_by_carrier ON calls (carrier_call_id)",
    R"(CREATE TABLE turns (
         call_id TEXT NOT NULL,
         n BIGINT NOT NULL,
         revision BIGINT NOT NULL,
         sealed BIGINT NOT NULL,
         role TEXT NOT NULL,
         text TEXT NOT NULL,
         heard_text TEXT NOT NULL,
         interrupted BIGINT NOT NULL,
         started_at BIGINT NOT NULL,
         ended_at BIGINT NOT NULL,
         latency_ms BIGINT NOT NULL,
         PRIMARY KEY (call_id, n)))",
    "CREATE INDEX turns_by_end ON turns (ended_at)",
    R"(CREATE TABLE events (
         call_id TEXT NOT NULL,
         n BIGINT NOT NULL,
         revision BIGINT NOT NULL,
         sealed BIGINT NOT NULL,
         at BIGINT NOT NULL,
         name TEXT NOT NULL,
         data TEXT NOT NULL,
         PRIMARY KEY (call_id, n)))",
    "CREATE INDEX events_by_time ON events (at)",
};

constexpr std::string_view campaigns[] = {
    R"(CREATE TABLE campaigns (
         id TEXT NOT NULL PRIMARY KEY,
         place BIGINT NOT NULL,
         revision BIGINT NOT NULL,
         node TEXT NOT NULL,
         state TEXT NOT NULL,
         why TEXT NOT NULL,
         closed BIGINT NOT NULL,
         created_at BIGINT NOT NULL,
         ended_at BIGINT NOT NULL,
         settings TEXT NOT NULL,
         duplicates BIGINT NOT NULL,
         pending BIGINT NOT NULL,
         calling BIGINT NOT NULL,
         done BIGINT NOT NULL,
         failed BIGINT NOT NULL,
         do_not_call BIGINT NOT NULL))",
    "CREATE INDEX campaigns_by_place ON campaigns (place)",
    R"(CREATE TABLE campaign_numbers (
         campaign_id TEXT NOT NULL,
         n BIGINT NOT NULL,
         revision BIGINT NOT NULL,
         sealed BIGINT NOT NULL,
         number TEXT NOT NULL,
         caller TEXT NOT NULL,
         time_zone TEXT NOT NULL,
         metadata TEXT NOT NULL,
         state TEXT NOT NULL,
         attempts BIGINT NOT NULL,
         due_at BIGINT NOT NULL,
         call_id TEXT NOT NULL,
         end_reason TEXT NOT NULL,
         PRIMARY KEY (campaign_id, n)))",
    "CREATE INDEX campaign_numbers_by_caller ON campaign_numbers (caller)",
    R"(CREATE TABLE do_not_call (
         caller TEXT NOT NULL PRIMARY KEY,
         revision BIGINT NOT NULL,
         sealed BIGINT NOT NULL,
         number TEXT NOT NULL,
         since BIGINT NOT NULL,
         source TEXT NOT NULL,
         barred BIGINT NOT NULL))",
};

constexpr std::string_view deliveries[] = {
    R"(CREATE TABLE deliveries (
         call_id TEXT NOT NULL,
         n BIGINT NOT NULL,
         revision BIGINT NOT NULL,
         sealed BIGINT NOT NULL,
         node TEXT NOT NULL,
         at BIGINT NOT NULL,
         body TEXT NOT NULL,
         waits BIGINT NOT NULL,
         PRIMARY KEY (call_id, n)))",
    "CREATE INDEX deliveries_by_time ON deliveries (at)",
};

// Calls that were deleted, of which the node that carried them may keep something elsewhere.
constexpr std::string_view departures[] = {
    R"(CREATE TABLE departures (
         call_id TEXT NOT NULL PRIMARY KEY,
         node TEXT NOT NULL,
         at BIGINT NOT NULL))",
    "CREATE INDEX departures_by_node ON departures (node)",
    "CREATE INDEX departures_by_time ON departures (at)",
};

constexpr migration all[] = {first, campaigns, deliveries, departures};

}  // namespace

std::span<const migration> migrations() { return all; }

}  // namespace tandem
