#pragma once

#include "actors/call_store.hpp"
#include "gateway/store/sealer.hpp"
#include "protocols/records/row.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tandem {

/// How a kind of text is kept.
enum class text_policy : std::uint8_t { plain, encrypt, omit };

/// Makes rows of what calls say, and records of rows, with texts as the operator wants them kept.
class row_maker {
 public:
  /// Without a key nothing can be encrypted, and what is encrypted cannot be read.
  row_maker(text_policy numbers, text_policy words, const std::optional<sealer::key>& key, std::string node);

  records::row make(const store_change& change, std::int64_t revision) const;

  /// What cannot be read any more stands as `[sealed]`.
  call_record read(records::call_row row) const;
  turn_record read(records::turn_row row) const;
  call_event read(records::event_row row) const;
  campaigns::campaign_record read(const records::campaign_row& row) const;
  campaigns::entry read(records::entry_row row) const;
  campaigns::barred_number read(records::barred_row row) const;
  /// One that cannot be read any more has no body.
  delivery read(records::delivery_row row) const;

  /// What a call leaves for whoever adopts it, as it is kept, and whether that is sealed; and back: empty
  /// when it cannot be read any more.
  std::pair<std::string, bool> make_ledger(std::string_view text, std::string_view call_id) const;
  std::string read_ledger(std::string kept, bool sealed, std::string_view call_id) const;

 private:
  records::row make_row(const call_record& call, std::int64_t revision) const;
  records::row make_row(const turn_change& change, std::int64_t revision) const;
  records::row make_row(const call_event& event, std::int64_t revision) const;
  records::row make_row(const caller_gone& gone, std::int64_t revision) const;
  records::row make_row(const campaigns::campaign_record& campaign, std::int64_t revision) const;
  records::row make_row(const entry_change& change, std::int64_t revision) const;
  records::row make_row(const bar_change& change, std::int64_t revision) const;
  records::row make_row(const delivery_change& change, std::int64_t revision) const;
  std::string kept(std::string_view text, text_policy how, const std::string& context) const;
  std::string shown(std::string text, bool sealed, const std::string& context) const;
  /// The bits of a row's `sealed`.
  std::int64_t sealed_texts() const;
  std::string caller_of(std::string_view number) const;

  /// Who posts the events that are to be posted.
  std::string node_;
  text_policy numbers_;
  text_policy words_;
  std::optional<sealer> sealer_;
};

}  // namespace tandem
