#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace tandem::json {

using pool = rapidjson::MemoryPoolAllocator<>;
using value = rapidjson::GenericValue<rapidjson::UTF8<>, pool>;
using writer = rapidjson::Writer<rapidjson::StringBuffer>;

/// Why a text was not accepted. The last two are for the decoders above: a required member is missing or
/// misshapen, a payload is not base64.
enum class fault { none, too_large, too_deep, syntax, not_an_object, bad_field, bad_base64 };

/// A fault in words, for logs and error answers.
std::string_view to_string(fault reason);

/// What one text may cost: bytes of input and levels of nesting.
struct limits {
  std::size_t bytes = 1024UL * 1024;
  std::size_t depth = 32;
};

/// One parsed JSON object; parses in place with memory on the stack, so the text must outlive it and is
/// changed.
///
/// Every string points into the text, also after the document is gone. It may hold any byte: NUL and invalid
/// UTF-8 pass through. No terminating zero is needed, nothing beyond the text is read.
class document {
 public:
  document();
  document(const document&) = delete;
  document& operator=(const document&) = delete;

  /// Parses an object (the iterative parser, so nesting costs no stack); every earlier value becomes invalid.
  fault parse(std::span<char> text, const limits& bounds = {});

  /// The object; empty until `parse` returned `fault::none`.
  const value& root() const { return document_; }

  /// Bytes of the last text up to where it was at fault.
  std::size_t fault_offset() const { return fault_offset_; }

 private:
  using memory_document = rapidjson::GenericDocument<rapidjson::UTF8<>, pool, pool>;
  alignas(std::max_align_t) std::array<char, 4096> values_;
  alignas(std::max_align_t) std::array<char, 2048> stack_;
  pool value_pool_;
  pool stack_pool_;
  memory_document document_;
  std::size_t fault_offset_ = 0;
};

/// The member `key` of an object, or nullptr when the value is no object, has no such member, or it is null.
const value* find(const value& object, std::string_view key);

/// The member under the first of several spellings that is present and not null.
const value* find_any(const value& object, std::initializer_list<std::string_view> keys);

/// The member's text when it is a string; empty optional otherwise. Points into the parsed text.
std::optional<std::string_view> text(const value& object, std::string_view key);

/// The member's text, or `otherwise`.
std::string_view text_or(const value& object, std::string_view key, std::string_view otherwise = {});

/// The member's whole number, given as a JSON integer or as a string of decimal digits (with an optional
/// minus).
std::optional<std::int64_t> integer(const value& object, std::string_view key);

/// The member's number, given as a JSON number or as a string of one.
std::optional<double> number(const value& object, std::string_view key);

/// The member's truth value; only JSON true and false count.
std::optional<bool> boolean(const value& object, std::string_view key);

/// The member's elements when it is an array; nothing otherwise.
std::span<const value> elements(const value& object, std::string_view key);

/// The value's own text when it is a string, as `text` does for a member.
std::optional<std::string_view> text(const value& string);

/// Appends `text` to `out` as a quoted JSON string; invalid UTF-8 becomes U+FFFD.
void append_quoted(std::string& out, std::string_view text);

}  // namespace tandem::json
