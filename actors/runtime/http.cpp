#include "actors/runtime/http.hpp"

#include <algorithm>

namespace tandem {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string_view header(const http_answer& answer, std::string_view name) {
  const auto same = [](char a, char b) { return lower(a) == lower(b); };
  for (const auto& [key, value] : answer.headers) {
    if (key.size() == name.size() && std::equal(key.begin(), key.end(), name.begin(), same)) return value;
  }
  return {};
}

}  // namespace tandem
