#pragma once

#include "tests/lab/load/statistics.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::lab {

/// A column of a table, or several of them under one name.
struct table_column {
  std::string name;
  std::string unit;
  /// The names of its parts; empty when it is one column.
  std::vector<std::string> parts;
  /// In one sentence, for below the table.
  std::string meaning;

  std::size_t width() const { return parts.empty() ? 1 : parts.size(); }
};

inline const std::vector<std::string> tail_parts{"p50", "p99", "p99.9"};
inline const std::vector<std::string> most_parts{"p50", "p99", "most"};

/// One table: its head first, then row by row; the end of it comes with the destructor.
class html_table {
 public:
  html_table(std::string& out, const std::vector<table_column>& columns);
  ~html_table();
  html_table(const html_table&) = delete;
  html_table& operator=(const html_table&) = delete;

  /// Begins a row, with what it is about.
  void row(std::string_view name);

  /// A text, a dash when there is none; `look` is a class of the page's style sheet.
  void cell(std::string_view text, std::string_view look = {});

  /// Milliseconds in three cells, as `tail_parts` and `most_parts` name them.
  void tail(const time_statistics& of);
  void most(const time_statistics& of);

  /// Words in place of all cells that are left.
  void words(std::string_view text);

 private:
  void end_row();

  std::string& out_;
  /// For each cell, whether columns of one name begin with it.
  std::vector<bool> firsts_;
  std::size_t written_ = 0;
  bool in_row_ = false;
};

/// What the columns mean, one after the other; those without a meaning are left out.
void append_meanings(std::string& out, const std::vector<table_column>& columns);

}  // namespace tandem::lab
