#pragma once

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::lab {

/// An element's start tag, as a page has it.
struct markup_tag {
  std::string name;
  std::map<std::string, std::string> attributes;
};

/// A page taken apart, more strictly than a browser would: attributes in double quotes, every element closed
/// in order, no `<` or `&` as text.
struct markup {
  std::vector<markup_tag> tags;
  /// Everything between tags, one piece a line, entities as they are; style sheets are not in it.
  std::string text;
  std::string style;
  /// The first thing that is wrong; empty when nothing is.
  std::string fault;
};

/// Reads a page of HTML with SVG in it.
class markup_reader {
 public:
  static markup read(std::string_view page) {
    markup_reader reader(page);
    while (!reader.rest_.empty() && reader.out_.fault.empty()) reader.step();
    if (reader.out_.fault.empty() && !reader.open_.empty()) reader.fail("not closed: " + reader.open_.back());
    return std::move(reader.out_);
  }

 private:
  explicit markup_reader(std::string_view page) : rest_(page) {}

  void fail(const std::string& why) {
    if (out_.fault.empty()) out_.fault = why + " before: " + std::string(rest_.substr(0, 60));
  }

  std::string_view take_until(std::string_view end) {
    const auto at = rest_.find(end);
    const auto taken = rest_.substr(0, at);
    rest_.remove_prefix(at == rest_.npos ? rest_.size() : at + end.size());
    if (at == rest_.npos) fail("no " + std::string(end));
    return taken;
  }

  void step() {
    if (rest_.front() != '<') return take_text();
    constexpr std::string_view doctype = "<!DOCTYPE html>";
    if (rest_.starts_with(doctype)) return rest_.remove_prefix(doctype.size());
    if (rest_.starts_with("</")) return close();
    open();
  }

  void take_text() {
    const auto piece = rest_.substr(0, rest_.find('<'));
    rest_.remove_prefix(piece.size());
    check_entities(piece);
    out_.text += std::string(piece) + "\n";
  }

  void check_entities(std::string_view piece) {
    static const std::set<std::string_view> known{"amp", "lt", "gt", "quot", "#39"};
    for (auto at = piece.find('&'); at != piece.npos; at = piece.find('&', at + 1)) {
      const auto end = piece.find(';', at);
      if (end == piece.npos || known.count(piece.substr(at + 1, end - at - 1)) == 0)
        fail("no entity: " + std::string(piece.substr(at, 10)));
    }
  }

  void close() {
    rest_.remove_prefix(2);
    const std::string name(take_until(">"));
    if (open_.empty() || open_.back() != name) return fail("closed and not open: " + name);
    open_.pop_back();
  }

  std::string take_name() {
    std::size_t size = 0;
    while (size < rest_.size() && (std::isalnum(static_cast<unsigned char>(rest_[size])) != 0 ||
                                   rest_[size] == '-' || rest_[size] == ':'))
      ++size;
    std::string name(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return name;
  }

  void skip_blanks() { rest_.remove_prefix(std::min(rest_.size(), rest_.find_first_not_of(" \n"))); }

  void open() {
    static const std::set<std::string> empty_ones{"meta", "br", "hr"};
    rest_.remove_prefix(1);
    markup_tag tag{take_name(), {}};
    if (tag.name.empty()) return fail("no name");
    for (skip_blanks(); !rest_.empty() && rest_.front() != '>' && rest_.front() != '/'; skip_blanks()) {
      const auto name = take_name();
      if (name.empty() || !rest_.starts_with("=\"")) return fail("no attribute");
      rest_.remove_prefix(2);
      const auto value = take_until("\"");
      if (value.find('<') != value.npos) fail("a tag in an attribute");
      check_entities(value);
      if (!tag.attributes.emplace(name, value).second) fail("twice: " + name);
    }
    const auto ends = rest_.starts_with("/>");
    if (!ends && !rest_.starts_with(">")) return fail("no end of a tag");
    rest_.remove_prefix(ends ? 2 : 1);
    out_.tags.push_back(tag);
    if (ends || empty_ones.count(tag.name) != 0) return;
    if (tag.name == "style") return void(out_.style += take_until("</style>"));
    open_.push_back(tag.name);
  }

  std::string_view rest_;
  std::vector<std::string> open_;
  markup out_;
};

}  // namespace tandem::lab
