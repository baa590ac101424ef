#include "gateway/settings/event_settings.hpp"

#include "gateway/signature.hpp"

namespace tandem {

namespace {

/// Of this start's calls; events have an e behind it.
std::string id_prefix(const std::string& node, const std::string& epoch) { return node + "-" + epoch + "-"; }

event_privacy privacy_of(const settings& values) {
  return {.keeps_numbers = values.store.numbers != "omit", .keeps_words = values.store.transcripts != "omit"};
}

}  // namespace

event_settings make_event_settings(const settings& values, const std::string& node,
                                   const std::string& epoch) {
  return {.id_prefix = id_prefix(node, epoch) + "e", .privacy = privacy_of(values)};
}

std::optional<courier_settings> make_courier_settings(const settings& values, const std::string& node,
                                                      const std::string& epoch) {
  if (values.events.url.empty()) return std::nullopt;
  courier_settings out{
      .url = values.events.url, .id_prefix = id_prefix(node, epoch), .privacy = privacy_of(values)};
  if (!values.events.secret.empty()) {
    out.sign = [secret = values.events.secret](std::string_view text) { return hmac_sha256(secret, text); };
  }
  return out;
}

}  // namespace tandem
