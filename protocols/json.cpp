#include "protocols/json.hpp"

#include "protocols/json_stream.hpp"
#include "protocols/utf8.hpp"

#include <charconv>
#include <cmath>

#include <rapidjson/reader.h>

namespace tandem::json {
namespace {

/// Hands the parser's events on and stops at the depth limit; RapidJSON's iterative parser has none.
template <class Next>
class depth_filter {
 public:
  depth_filter(Next& next, std::size_t depth) : next_(next), left_(depth) {}

  bool Null() { return next_.Null(); }
  bool Bool(bool b) { return next_.Bool(b); }
  bool Int(int i) { return next_.Int(i); }
  bool Uint(unsigned i) { return next_.Uint(i); }
  bool Int64(std::int64_t i) { return next_.Int64(i); }
  bool Uint64(std::uint64_t i) { return next_.Uint64(i); }
  bool Double(double d) { return next_.Double(d); }
  bool RawNumber(const char* s, rapidjson::SizeType n, bool copy) { return next_.RawNumber(s, n, copy); }
  bool String(const char* s, rapidjson::SizeType n, bool copy) { return next_.String(s, n, copy); }
  bool Key(const char* s, rapidjson::SizeType n, bool copy) { return next_.Key(s, n, copy); }
  bool StartObject() { return enter() && next_.StartObject(); }
  bool EndObject(rapidjson::SizeType n) { return ++left_, next_.EndObject(n); }
  bool StartArray() { return enter() && next_.StartArray(); }
  bool EndArray(rapidjson::SizeType n) { return ++left_, next_.EndArray(n); }

 private:
  bool enter() { return left_ != 0 && left_-- != 0; }

  Next& next_;
  std::size_t left_;
};

// What a text needs beyond the document's own memory comes in pieces of this size.
constexpr std::size_t chunk_bytes = 16UL * 1024;
constexpr std::size_t initial_stack_bytes = 1024;

std::string_view view(const value& string) { return {string.GetString(), string.GetStringLength()}; }

template <class Number>
std::optional<Number> parsed(std::string_view digits) {
  Number result{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), result);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return result;
}

void append_control(std::string& out, unsigned char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  out += "\\u00";
  out += digits[c >> 4];
  out += digits[c & 15];
}

}  // namespace

std::string_view to_string(fault reason) {
  switch (reason) {
    case fault::none:
      return "none";
    case fault::too_large:
      return "too large";
    case fault::too_deep:
      return "too deep";
    case fault::syntax:
      return "not JSON";
    case fault::not_an_object:
      return "not an object";
    case fault::bad_field:
      return "missing or bad member";
    case fault::bad_base64:
      return "not base64";
  }
  return "unknown";
}

document::document()
    : value_pool_(values_.data(), values_.size(), chunk_bytes),
      stack_pool_(stack_.data(), stack_.size(), chunk_bytes),
      document_(&value_pool_, initial_stack_bytes, &stack_pool_) {
  document_.SetObject();
}

fault document::parse(std::span<char> text, const limits& bounds) {
  document_.SetObject();
  value_pool_.Clear();
  stack_pool_.Clear();
  if (text.size() > bounds.bytes) return fault::too_large;

  bounded_stream stream(text);
  rapidjson::ParseResult result;
  auto generate = [&](memory_document& handler) {
    constexpr unsigned flags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag;
    rapidjson::GenericReader<rapidjson::UTF8<>, rapidjson::UTF8<>, pool> reader(&stack_pool_);
    depth_filter<memory_document> filter(handler, bounds.depth);
    result = reader.Parse<flags>(stream, filter);
    return !result.IsError();
  };
  document_.Populate(generate);
  fault_offset_ = result.IsError() ? result.Offset() : stream.Tell();

  if (result.Code() == rapidjson::kParseErrorTermination) return fault::too_deep;
  // A zero byte ends the text for the parser; here only the end does.
  if (result.IsError() || !stream.at_end()) {
    document_.SetObject();
    return fault::syntax;
  }
  if (!document_.IsObject()) {
    document_.SetObject();
    return fault::not_an_object;
  }
  return fault::none;
}

const value* find(const value& object, std::string_view key) {
  if (!object.IsObject()) return nullptr;
  for (const auto& member : object.GetObject()) {
    if (view(member.name) == key) return member.value.IsNull() ? nullptr : &member.value;
  }
  return nullptr;
}

const value* find_any(const value& object, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (const value* found = find(object, key)) return found;
  }
  return nullptr;
}

std::optional<std::string_view> text(const value& string) {
  if (!string.IsString()) return std::nullopt;
  return view(string);
}

std::optional<std::string_view> text(const value& object, std::string_view key) {
  const value* found = find(object, key);
  return found ? text(*found) : std::nullopt;
}

std::string_view text_or(const value& object, std::string_view key, std::string_view otherwise) {
  return text(object, key).value_or(otherwise);
}

std::optional<std::int64_t> integer(const value& object, std::string_view key) {
  const value* found = find(object, key);
  if (!found) return std::nullopt;
  if (found->IsInt64()) return found->GetInt64();
  if (found->IsString()) return parsed<std::int64_t>(view(*found));
  return std::nullopt;
}

std::optional<double> number(const value& object, std::string_view key) {
  const value* found = find(object, key);
  if (!found) return std::nullopt;
  if (found->IsNumber()) return found->GetDouble();
  if (!found->IsString()) return std::nullopt;
  const auto result = parsed<double>(view(*found));
  return result && std::isfinite(*result) ? result : std::nullopt;
}

std::optional<bool> boolean(const value& object, std::string_view key) {
  const value* found = find(object, key);
  if (!found || !found->IsBool()) return std::nullopt;
  return found->GetBool();
}

std::span<const value> elements(const value& object, std::string_view key) {
  const value* found = find(object, key);
  if (!found || !found->IsArray()) return {};
  return {found->Begin(), found->Size()};
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  std::size_t done = 0;
  std::size_t at = 0;
  const auto flush = [&](std::size_t skip) {
    out.append(text, done, at - done);
    at += skip;
    done = at;
  };
  while (at < text.size()) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c == '"' || c == '\\') {
      flush(0);
      out += '\\';
      ++at;
    } else if (c < 0x20) {
      flush(1);
      append_control(out, c);
    } else if (c < 0x80) {
      ++at;
    } else if (const std::size_t length = utf8::sequence_length(text.substr(at)); length != 0) {
      at += length;
    } else {
      flush(1);
      out += "\xef\xbf\xbd";
    }
  }
  flush(0);
  out += '"';
}

}  // namespace tandem::json
