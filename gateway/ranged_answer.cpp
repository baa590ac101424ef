#include "gateway/ranged_answer.hpp"

#include "gateway/routes.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace tandem {

namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

/// What `bytes=0-99`, `bytes=100-` or `bytes=-100` means; nothing when it is to be ignored (RFC 9110, 14.2).
/// An empty part cannot be had.
std::optional<byte_range> part_of(std::string_view range, std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  if (!range.starts_with(unit)) return std::nullopt;
  range.remove_prefix(unit.size());
  const auto dash = range.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = number(range.substr(0, dash));
  const auto last = number(range.substr(dash + 1));
  if (dash == 0) {
    if (!last) return std::nullopt;
    return byte_range{size - std::min(size, *last), size};
  }
  if (!first || (!last && dash + 1 != range.size()) || (last && *last < *first)) return std::nullopt;
  if (*first >= size) return byte_range{};
  return byte_range{*first, last ? std::min(*last, size - 1) + 1 : size};
}

}  // namespace

ranged_answer begin_ranged_answer(const std::string& content_type, std::string_view range, std::uint64_t size,
                                  std::size_t body_bound) {
  const auto wanted = part_of(range, size);
  const auto what = wanted.value_or(byte_range{0, size});
  const auto whole = std::to_string(size);
  if (wanted && what.begin == what.end) {
    auto answer = error_answer(416, "bad_range", "there are " + whole + " bytes");
    answer.headers.emplace_back("Content-Range", "bytes */" + whole);
    return {std::move(answer), what, nullptr};
  }
  auto [write, read] = open_body::make(body_bound);
  server_answer answer{.status = wanted ? 206U : 200U,
                       .content_type = content_type,
                       .headers = {{"Accept-Ranges", "bytes"}},
                       .open = std::move(read),
                       .open_length = what.end - what.begin};
  if (wanted) {
    answer.headers.emplace_back("Content-Range", "bytes " + std::to_string(what.begin) + "-" +
                                                     std::to_string(what.end - 1) + "/" + whole);
  }
  return {std::move(answer), what, std::move(write)};
}

}  // namespace tandem
