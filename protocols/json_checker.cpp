#include "protocols/json_checker.hpp"

#include <algorithm>
#include <cstdio>
#include <map>

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace tandem::json {

namespace {

std::string_view view(const value& string) { return {string.GetString(), string.GetStringLength()}; }

std::string shown(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", number);
  return text;
}

/// Goes through a text and keeps where each member and each element of a list begins, by its path.
class line_index {
 public:
  explicit line_index(std::string_view text) : text_(text), stream_(text.data(), text.size()) {
    rapidjson::Reader reader;
    reader.Parse<rapidjson::kParseIterativeFlag>(stream_, *this);
  }

  /// The line of the longest path that the fault begins with; the first one when there is none.
  std::size_t line_of(std::string_view fault) const {
    std::size_t length = 0;
    std::size_t line = 1;
    for (const auto& [path, where] : lines_) {
      const bool fits = fault.starts_with(path) && fault.find_first_of(".[: ", path.size()) == path.size();
      if (!fits || path.size() <= length) continue;
      length = path.size();
      line = where;
    }
    return line;
  }

  // What the reader tells.
  bool Null() { return value(); }
  bool Bool(bool) { return value(); }
  bool Int(int) { return value(); }
  bool Uint(unsigned) { return value(); }
  bool Int64(std::int64_t) { return value(); }
  bool Uint64(std::uint64_t) { return value(); }
  bool Double(double) { return value(); }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return value(); }
  bool String(const char*, rapidjson::SizeType, bool) { return value(); }
  bool StartObject() { return open(false); }
  bool StartArray() { return open(true); }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool EndArray(rapidjson::SizeType) { return close(); }
  bool Key(const char* name, rapidjson::SizeType size, bool) {
    const auto& within = open_.back().path;
    member_ = within + (within.empty() ? "" : ".") + std::string(name, size);
    return keep(member_);
  }

 private:
  struct level {
    std::string path;
    bool is_list = false;
    std::size_t elements = 0;
  };

  bool keep(const std::string& path) {
    for (; counted_ < stream_.Tell(); ++counted_) line_ += text_[counted_] == '\n' ? 1 : 0;
    lines_.emplace(path, line_);
    return true;
  }

  bool value() {
    if (open_.empty() || !open_.back().is_list) return true;
    auto& list = open_.back();
    member_ = list.path + "[" + std::to_string(list.elements++) + "]";
    return keep(member_);
  }

  bool open(bool is_list) {
    value();
    open_.push_back({member_, is_list, 0});
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  std::string_view text_;
  rapidjson::MemoryStream stream_;
  std::map<std::string, std::size_t> lines_;
  std::vector<level> open_;
  std::string member_;
  std::size_t line_ = 1;
  std::size_t counted_ = 0;
};

}  // namespace

std::vector<std::string> with_lines(std::vector<std::string> faults, std::string_view text) {
  const line_index index(text);
  for (auto& fault : faults) fault.insert(0, "line " + std::to_string(index.line_of(fault)) + ": ");
  return faults;
}

std::string describe_fault(fault reason, const document& parsed, std::string_view original) {
  std::string why(to_string(reason));
  if (reason != fault::syntax && reason != fault::too_deep) return why;
  const auto before = original.substr(0, parsed.fault_offset());
  return "line " + std::to_string(std::count(before.begin(), before.end(), '\n') + 1) + ": " + why;
}

checker::checker(const value& object, std::string path, std::vector<std::string>& faults)
    : object_(object), path_(std::move(path)), faults_(faults) {
  if (!object_.IsObject()) fault({}, "must be an object");
}

checker::~checker() {
  if (!object_.IsObject()) return;
  std::string allowed;
  for (const auto& key : known_) allowed += (allowed.empty() ? "" : ", ") + key;
  std::vector<std::string_view> seen;
  for (const auto& member : object_.GetObject()) {
    const auto key = view(member.name);
    if (std::find(known_.begin(), known_.end(), key) == known_.end())
      fault(key, "unknown; allowed: " + allowed);
    else if (std::find(seen.begin(), seen.end(), key) != seen.end())
      fault(key, "appears twice");
    seen.push_back(key);
  }
}

std::string checker::path_of(std::string_view key) const {
  if (key.empty()) return path_.empty() ? "the file" : path_;
  return (path_.empty() ? path_ : path_ + ".") + std::string(key);
}

void checker::fault(std::string_view key, std::string_view why) {
  faults_.push_back(path_of(key) + ": " + std::string(why));
}

const value* checker::take(std::string_view key, bool required, std::string_view wanted) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  if (!object_.IsObject()) return nullptr;
  const auto* found = find(object_, key);
  if (!found && required) fault(key, "missing; must be " + std::string(wanted));
  return found;
}

bool checker::has(std::string_view key) { return take(key, false, {}) != nullptr; }

bool checker::is_text(std::string_view key) {
  const auto* found = take(key, false, {});
  return found != nullptr && found->IsString();
}

bool checker::is_object(std::string_view key) {
  const auto* found = take(key, false, {});
  return found != nullptr && found->IsObject();
}

std::string checker::text(std::string_view key) {
  const auto* found = take(key, true, "a text");
  if (!found) return {};
  if (found->IsString() && found->GetStringLength() != 0) return std::string(view(*found));
  fault(key, "must be a text that is not empty");
  return {};
}

std::string checker::text_if(std::string_view key) { return has(key) ? text(key) : std::string(); }

std::string checker::choice(std::string_view key, std::initializer_list<std::string_view> allowed,
                            bool required) {
  std::string list;
  for (const auto name : allowed) list += (list.empty() ? "" : ", ") + std::string(name);
  const auto* found = take(key, required, "one of " + list);
  if (found) {
    if (found->IsString() && std::find(allowed.begin(), allowed.end(), view(*found)) != allowed.end())
      return std::string(view(*found));
    fault(key, "must be one of " + list);
  }
  return std::string(*allowed.begin());
}

std::int64_t checker::integer(std::string_view key, std::int64_t least, std::int64_t most,
                              std::optional<std::int64_t> otherwise) {
  const auto wanted = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  const auto* found = take(key, !otherwise, wanted);
  if (found) {
    if (found->IsInt64() && found->GetInt64() >= least && found->GetInt64() <= most) return found->GetInt64();
    fault(key, "must be " + wanted);
  }
  return otherwise.value_or(least);
}

double checker::number(std::string_view key, double least, double most, double otherwise) {
  const auto* found = take(key, false, {});
  if (!found) return otherwise;
  if (found->IsNumber() && found->GetDouble() >= least && found->GetDouble() <= most)
    return found->GetDouble();
  fault(key, "must be a number from " + shown(least) + " to " + shown(most));
  return otherwise;
}

bool checker::boolean(std::string_view key, bool otherwise) {
  const auto* found = take(key, false, {});
  if (!found) return otherwise;
  if (found->IsBool()) return found->GetBool();
  fault(key, "must be true or false");
  return otherwise;
}

std::vector<std::string> checker::texts(std::string_view key, std::size_t least) {
  std::vector<std::string> all;
  const auto* list = array(key, least);
  if (!list) return all;
  for (rapidjson::SizeType i = 0; i < list->Size(); ++i) {
    const auto& item = (*list)[i];
    if (item.IsString() && item.GetStringLength() != 0) {
      all.emplace_back(view(item));
    } else {
      fault(std::string(key) + "[" + std::to_string(i) + "]", "must be a text that is not empty");
    }
  }
  return all;
}

std::string checker::object_text(std::string_view key, std::string_view otherwise) {
  const auto* found = take(key, false, {});
  if (found != nullptr && found->IsObject()) {
    rapidjson::StringBuffer buffer;
    writer out(buffer);
    found->Accept(out);
    return {buffer.GetString(), buffer.GetSize()};
  }
  if (found != nullptr) fault(key, "must be an object");
  return std::string(otherwise);
}

std::vector<std::pair<std::string, std::string>> checker::text_members(std::string_view key) {
  std::vector<std::pair<std::string, std::string>> all;
  object(key, false, [&](checker& inner) {
    if (!inner.object_.IsObject()) return;
    for (const auto& member : inner.object_.GetObject())
      all.emplace_back(view(member.name), inner.text(view(member.name)));
  });
  return all;
}

const value* checker::array(std::string_view key, std::size_t least) {
  const auto wanted = least == 0 ? "a list" : "a list of at least " + std::to_string(least);
  const auto* found = take(key, least != 0, wanted);
  if (!found || (found->IsArray() && found->Size() >= least)) return found;
  fault(key, "must be " + wanted);
  return nullptr;
}

const value* checker::members_of(std::string_view key, std::size_t least) {
  const auto wanted = least == 0 ? "an object" : "an object of at least " + std::to_string(least);
  const auto* found = take(key, least != 0, wanted);
  if (!found || (found->IsObject() && found->MemberCount() >= least)) return found;
  fault(key, "must be " + wanted);
  return nullptr;
}

}  // namespace tandem::json
