#pragma once

#include "protocols/json.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::json {

/// One line about a text that is no JSON object: the line where it goes wrong, counted from 1.
std::string describe_fault(fault reason, const document& parsed, std::string_view original);

/// Puts before each fault of a checker the line of its place in this text, which a document could read: the
/// line of the member, or of what should have it.
std::vector<std::string> with_lines(std::vector<std::string> faults, std::string_view text);

/// Reads the members of an object that a person wrote, and gathers one line for every fault: the value's
/// path, what is wrong, what is allowed. Wrong values read as their defaults. What was not asked for is
/// unknown.
class checker {
 public:
  /// `object` may be of any type and must outlive the checker; `path` is empty for the whole file.
  checker(const value& object, std::string path, std::vector<std::string>& faults);
  checker(const checker&) = delete;
  checker& operator=(const checker&) = delete;
  /// Reports members that are unknown or appear twice.
  ~checker();

  bool has(std::string_view key);

  /// Whether there is such a member and it is a text, perhaps an empty one.
  bool is_text(std::string_view key);

  /// Whether there is such a member and it is an object.
  bool is_object(std::string_view key);

  /// A text that must be there and not be empty.
  std::string text(std::string_view key);

  /// A text, or empty.
  std::string text_if(std::string_view key);

  /// One of some texts; the first when it is missing and none is required.
  std::string choice(std::string_view key, std::initializer_list<std::string_view> allowed, bool required);

  std::int64_t integer(std::string_view key, std::int64_t least, std::int64_t most,
                       std::optional<std::int64_t> otherwise);
  double number(std::string_view key, double least, double most, double otherwise);
  bool boolean(std::string_view key, bool otherwise);

  /// Texts, none of them empty; at least so many.
  std::vector<std::string> texts(std::string_view key, std::size_t least);

  /// Calls `each(checker&)` for every object of a list, of which there are at least so many.
  template <class F>
  void objects(std::string_view key, std::size_t least, F each) {
    const auto* list = array(key, least);
    if (!list) return;
    for (rapidjson::SizeType i = 0; i < list->Size(); ++i) {
      checker item((*list)[i], path_of(key) + "[" + std::to_string(i) + "]", faults_);
      each(item);
    }
  }

  /// Calls `each(name, checker&)` for every member of an object that holds objects, at least so many.
  template <class F>
  void members(std::string_view key, std::size_t least, F each) {
    const auto* object = members_of(key, least);
    if (!object) return;
    for (const auto& member : object->GetObject()) {
      const std::string name(member.name.GetString(), member.name.GetStringLength());
      checker item(member.value, path_of(key) + "." + name, faults_);
      each(name, item);
    }
  }

  /// Calls `read(checker&)` when there is such an object.
  template <class F>
  void object(std::string_view key, bool required, F read) {
    const auto* found = take(key, required, "an object");
    if (!found) return;
    checker inner(*found, path_of(key), faults_);
    read(inner);
  }

  /// Names and texts of an object.
  std::vector<std::pair<std::string, std::string>> text_members(std::string_view key);

  /// An object of any kind, as JSON.
  std::string object_text(std::string_view key, std::string_view otherwise);

  /// Adds a fault about a member, or about this object when the key is empty.
  void fault(std::string_view key, std::string_view why);

  std::string path_of(std::string_view key) const;

 private:
  const value* take(std::string_view key, bool required, std::string_view wanted);
  const value* array(std::string_view key, std::size_t least);
  const value* members_of(std::string_view key, std::size_t least);

  const value& object_;
  std::string path_;
  std::vector<std::string>& faults_;
  std::vector<std::string> known_;
};

}  // namespace tandem::json
