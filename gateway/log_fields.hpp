#pragma once

#include <string_view>
#include <utility>
#include <vector>

namespace tandem {

/// A log line's words and the values behind them; views into the line.
struct log_fields {
  std::string_view words;
  std::vector<std::pair<std::string_view, std::string_view>> values;
};

/// Takes `subject verb key=value other="some words"` apart. A line that is not wholly of this form, or gives
/// a key twice or one of JSON's own (`time`, `level`, `message`), is all words.
log_fields split_log_line(std::string_view line);

}  // namespace tandem
