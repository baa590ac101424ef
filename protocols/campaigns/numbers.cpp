#include "protocols/campaigns/numbers.hpp"

#include "protocols/campaigns/calling_hours.hpp"
#include "protocols/json_members.hpp"
#include "protocols/telnyx/dial.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace tandem::campaigns {

namespace {

constexpr std::size_t most_columns = 32;
constexpr std::size_t longest_name = 64;
constexpr std::size_t longest_value = 1024;

/// Fills a list, and sees to what holds for every number however it is written.
class collector {
 public:
  void fault(std::size_t at, std::string what) {
    if (list_.faults.size() < most_faults) list_.faults.push_back({at, std::move(what)});
  }

  bool is_full() const { return list_.faults.size() >= most_faults; }

  void add(std::size_t at, entry one) {
    if (!telnyx::can_be_dialled(one.number))
      return fault(at, "number is +, country code and number, or a SIP URI");
    if (!one.time_zone.empty() && !is_known(one.time_zone)) return fault(at, "time_zone is none of IANA's");
    if (!seen_.insert(one.number).second) {
      ++list_.duplicates;
      return;
    }
    if (list_.entries.size() >= most_numbers)
      return fault(at, "a campaign has at most " + std::to_string(most_numbers) + " numbers");
    one.n = static_cast<std::uint32_t>(list_.entries.size() + 1);
    list_.entries.push_back(std::move(one));
  }

  number_list finish() {
    if (list_.entries.empty() && list_.faults.empty()) fault(1, "there are no numbers");
    return std::move(list_);
  }

 private:
  bool is_known(const std::string& zone) {
    const auto known = zones_.find(zone);
    if (known != zones_.end()) return known->second;
    return zones_.emplace(zone, is_time_zone(zone)).first->second;
  }

  number_list list_;
  std::set<std::string> seen_;
  std::map<std::string, bool> zones_;
};

/// Takes CSV apart: one record a call.
class csv_reader {
 public:
  explicit csv_reader(std::string_view text) : rest_(text) {
    if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
  }

  bool at_end() const { return rest_.empty(); }

  /// The line on which the last record began.
  std::size_t line() const { return line_; }

  /// The next record's fields; empty optional when its quotation marks are wrong, and the rest is skipped.
  std::optional<std::vector<std::string>> next() {
    line_ = next_line_;
    std::vector<std::string> fields(1);
    while (true) {
      if (!rest_.empty() && rest_.front() == '"') {
        if (!quoted(fields.back())) {
          rest_ = {};
          return std::nullopt;
        }
      } else {
        const auto size = std::min(rest_.find_first_of(",\r\n"), rest_.size());
        fields.back() = trimmed(rest_.substr(0, size));
        rest_.remove_prefix(size);
      }
      if (rest_.empty() || rest_.front() != ',') break;
      rest_.remove_prefix(1);
      fields.emplace_back();
    }
    end_line();
    return fields;
  }

 private:
  static std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
  }

  bool quoted(std::string& field) {
    rest_.remove_prefix(1);
    while (true) {
      const auto size = rest_.find('"');
      if (size == std::string_view::npos) return false;
      field.append(rest_.substr(0, size));
      next_line_ += static_cast<std::size_t>(std::count(rest_.begin(), rest_.begin() + size, '\n'));
      rest_.remove_prefix(size + 1);
      if (!rest_.starts_with('"')) break;
      field += '"';
      rest_.remove_prefix(1);
    }
    return rest_.empty() || rest_.find_first_of(",\r\n") == 0;
  }

  void end_line() {
    if (rest_.starts_with("\r\n")) {
      rest_.remove_prefix(2);
    } else if (!rest_.empty()) {
      rest_.remove_prefix(1);
    }
    ++next_line_;
  }

  std::string_view rest_;
  std::size_t line_ = 1;
  std::size_t next_line_ = 1;
};

/// What is wrong with a header; empty when nothing is.
std::string fault_of(const std::vector<std::string>& header) {
  if (header.size() > most_columns) return "there are at most 32 columns";
  std::set<std::string_view> names;
  for (const auto& each : header) {
    if (each.empty() || each.size() > longest_name) return "a column's name has 1 to 64 bytes";
    if (!names.insert(each).second) return "two columns have the same name";
  }
  return names.contains("number") ? "" : "the first line names the columns, one of them number";
}

/// One number of a list in CSV, or one line that says what is wrong.
std::string fill(entry& one, const std::vector<std::string>& header, std::vector<std::string> fields) {
  if (fields.size() != header.size()) return "there are not as many fields as columns";
  for (std::size_t i = 0; i < fields.size(); ++i) {
    auto& value = fields[i];
    if (value.size() > longest_value) return "a field has at most 1024 bytes";
    if (header[i] == "number") {
      one.number = std::move(value);
    } else if (header[i] == "time_zone") {
      one.time_zone = std::move(value);
    } else if (!value.empty()) {
      one.metadata.emplace_back(header[i], std::move(value));
    }
  }
  return {};
}

std::string fill(entry& one, const json::value& from) {
  if (const auto number = json::text(from)) {
    one.number = *number;
    return {};
  }
  if (!from.IsObject()) return "a number is a text or an object";
  for (const auto& member : from.GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    if (name == "metadata") {
      auto read = json::texts(member.value, longest_value);
      if (!read) return "metadata is an object of at most 32 texts of at most 1024 bytes";
      one.metadata = std::move(*read);
    } else if (const auto text = json::text(member.value);
               text && (name == "number" || name == "time_zone")) {
      (name == "number" ? one.number : one.time_zone) = *text;
    } else {
      return "a number has number, time_zone and metadata";
    }
  }
  return {};
}

}  // namespace

number_list read_csv(std::string_view text) {
  collector all;
  csv_reader reader(text);
  std::vector<std::string> header;
  while (!reader.at_end() && !all.is_full()) {
    auto fields = reader.next();
    if (!fields) {
      all.fault(reader.line(), "a quotation mark has no other, or more than the field");
      break;
    }
    if (fields->size() == 1 && fields->front().empty()) continue;
    if (header.empty()) {
      header = std::move(*fields);
      if (auto what = fault_of(header); !what.empty()) {
        all.fault(reader.line(), std::move(what));
        break;
      }
      continue;
    }
    entry one;
    if (auto what = fill(one, header, std::move(*fields)); !what.empty()) {
      all.fault(reader.line(), std::move(what));
    } else {
      all.add(reader.line(), std::move(one));
    }
  }
  return all.finish();
}

number_list read_array(const json::value& array) {
  collector all;
  std::size_t at = 0;
  for (const auto& each : array.GetArray()) {
    ++at;
    if (all.is_full()) break;
    entry one;
    if (auto what = fill(one, each); !what.empty()) {
      all.fault(at, std::move(what));
    } else {
      all.add(at, std::move(one));
    }
  }
  return all.finish();
}

number_list read_numbers(const json::value& list) {
  if (list.IsArray()) return read_array(list);
  if (const auto text = json::text(list)) return read_csv(*text);
  return {.entries = {}, .faults = {{1, "numbers is an array, or CSV as a text"}}};
}

}  // namespace tandem::campaigns
