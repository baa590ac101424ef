#include "tests/lab/load/report/html_table.hpp"

#include "tests/lab/load/report/figure_texts.hpp"
#include "tests/lab/load/report/html_writer.hpp"

namespace tandem::lab {

namespace {

std::string wide(std::size_t columns) { return "colspan=\"" + std::to_string(columns) + "\""; }

/// The attribute for these classes; nothing for none.
std::string classes(bool first, std::string_view look) {
  std::string out(first ? "first" : "");
  if (!look.empty()) out += (out.empty() ? "" : " ") + std::string(look);
  return out.empty() ? out : "class=\"" + out + "\"";
}

std::string titled(const table_column& column) {
  return column.unit.empty() ? column.name : column.name + ", " + column.unit;
}

}  // namespace

html_table::html_table(std::string& out, const std::vector<table_column>& columns) : out_(out) {
  out_ += "<div class=\"wide\"><table><thead>\n";
  auto two_lines = false;
  for (const auto& each : columns) {
    for (std::size_t n = 0; n < each.width(); ++n) firsts_.push_back(n == 0 && !each.parts.empty());
    two_lines = two_lines || !each.parts.empty();
  }
  {
    const html_element line(out_, "tr");
    for (const auto& each : columns) {
      if (!each.parts.empty()) {
        append_element(out_, "th", titled(each),
                       "scope=\"colgroup\" class=\"several first\" " + wide(each.parts.size()));
      } else {
        append_element(out_, "th", titled(each), two_lines ? "scope=\"col\" rowspan=\"2\"" : "scope=\"col\"");
      }
    }
  }
  if (two_lines) {
    const html_element line(out_, "tr");
    for (const auto& each : columns) {
      for (std::size_t n = 0; n < each.parts.size(); ++n)
        append_element(out_, "th", each.parts[n], "scope=\"col\" " + classes(n == 0, ""));
    }
  }
  out_ += "</thead><tbody>\n";
}

html_table::~html_table() {
  end_row();
  out_ += "</tbody></table></div>\n";
}

void html_table::end_row() {
  if (in_row_) out_ += "</tr>\n";
  in_row_ = false;
}

void html_table::row(std::string_view name) {
  end_row();
  out_ += "<tr>";
  in_row_ = true;
  written_ = 1;
  append_element(out_, "th", name, "scope=\"row\"");
}

void html_table::cell(std::string_view text, std::string_view look) {
  append_element(out_, "td", text.empty() ? "–" : text, classes(firsts_.at(written_), look));
  ++written_;
}

void html_table::tail(const time_statistics& of) {
  for (const double share : {0.5, 0.99, 0.999}) cell(of.count() == 0 ? "" : milliseconds(of.at(share)));
}

void html_table::most(const time_statistics& of) {
  for (const double share : {0.5, 0.99, 1.0}) cell(of.count() == 0 ? "" : milliseconds(of.at(share)));
}

void html_table::words(std::string_view text) {
  {
    const html_element cell(out_, "td", "class=\"words\" " + wide(firsts_.size() - written_));
    append_element(out_, "span", text);
  }
  written_ = firsts_.size();
}

void append_meanings(std::string& out, const std::vector<table_column>& columns) {
  const html_element list(out, "dl", "class=\"meanings\"");
  for (const auto& each : columns) {
    if (each.meaning.empty()) continue;
    const html_element entry(out, "div");
    append_element(out, "dt", each.name);
    append_element(out, "dd", each.meaning);
  }
}

}  // namespace tandem::lab
