#include "protocols/json.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include <rapidjson/document.h>
#include <rapidjson/memorystream.h>

using namespace tandem;

namespace {

/// Whether anything lies deeper than so many levels.
template <class Value>
bool deeper(const Value& value, std::size_t levels) {
  if (!value.IsObject() && !value.IsArray()) return false;
  if (levels == 0) return true;
  if (value.IsObject()) {
    for (const auto& member : value.GetObject()) {
      if (deeper(member.value, levels - 1)) return true;
    }
    return false;
  }
  for (const auto& element : value.GetArray()) {
    if (deeper(element, levels - 1)) return true;
  }
  return false;
}

/// Compares in order, so that names that come twice are compared as well.
template <class One, class Other>
bool same(const One& one, const Other& other) {
  if (one.GetType() != other.GetType()) return false;
  if (one.IsObject()) {
    const auto equal = [](const auto& a, const auto& b) {
      return same(a.name, b.name) && same(a.value, b.value);
    };
    return std::equal(one.MemberBegin(), one.MemberEnd(), other.MemberBegin(), other.MemberEnd(), equal);
  }
  if (one.IsArray()) {
    const auto equal = [](const auto& a, const auto& b) { return same(a, b); };
    return std::equal(one.Begin(), one.End(), other.Begin(), other.End(), equal);
  }
  return one == other;
}

}  // namespace

/// Our parser in place accepts what RapidJSON accepts from a stream of its own, and finds the same in it; and
/// any text that is quoted is read back the same once it is UTF-8.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr json::limits bounds{.bytes = 8192, .depth = 8};
  if (size > bounds.bytes) return 0;
  std::vector<char> text(data, data + size);
  json::document document;
  const json::fault fault = document.parse(text, bounds);

  rapidjson::Document reference;
  rapidjson::MemoryStream stream(reinterpret_cast<const char*>(data), size);
  reference.ParseStream<rapidjson::kParseIterativeFlag>(stream);
  // RapidJSON takes a zero byte for the end.
  const bool valid = !reference.HasParseError() && stream.Tell() == size;
  if (fault == json::fault::none) {
    if (!valid || deeper(document.root(), bounds.depth) ||
        !same(document.root(), static_cast<const rapidjson::Value&>(reference)))
      std::abort();
  } else if (valid && reference.IsObject() && !deeper(reference, bounds.depth)) {
    std::abort();
  }

  std::string once = "{\"k\":";
  json::append_quoted(once, {reinterpret_cast<const char*>(data), size});
  once += '}';
  std::string read = once;
  if (document.parse(read, {.bytes = 8 * bounds.bytes + 16}) != json::fault::none) std::abort();
  std::string twice = "{\"k\":";
  json::append_quoted(twice, *json::text(document.root(), "k"));
  if (twice + '}' != once) std::abort();
  return 0;
}
