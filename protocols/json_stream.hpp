#pragma once

#include <cstddef>
#include <span>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace tandem::json {

/// RapidJSON's in-situ stream over memory that ends where the span ends; past it every character is zero.
class bounded_stream {
 public:
  using Ch = char;

  explicit bounded_stream(std::span<char> text)
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()), put_(begin_) {}

  char Peek() const { return at_ != end_ ? *at_ : '\0'; }
  char Take() { return at_ != end_ ? *at_++ : '\0'; }
  std::size_t Tell() const { return static_cast<std::size_t>(at_ - begin_); }
  bool at_end() const { return at_ == end_; }

  /// A string begins. Its plain start needs no move, so it is skipped at once; the parser sees the first
  /// character that ends it, escapes or is forbidden.
  char* PutBegin() {
    char* const begin = at_;
    at_ += plain(at_, end_);
    put_ = at_;
    return begin;
  }
  void Put(char c) { *put_++ = c; }
  std::size_t PutEnd(const char* begin) const { return static_cast<std::size_t>(put_ - begin); }
  char* Push(std::size_t count) {
    char* const begin = put_;
    put_ += count;
    return begin;
  }
  void Pop(std::size_t count) { put_ -= count; }
  void Flush() {}

 private:
  static std::size_t plain(const char* begin, const char* end) {
    const char* at = begin;
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i escape = _mm_set1_epi8('\\');
    const __m128i control = _mm_set1_epi8(0x1f);
    for (; end - at >= 16; at += 16) {
      const __m128i next = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
      const __m128i found =
          _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(next, quote), _mm_cmpeq_epi8(next, escape)),
                       _mm_cmpeq_epi8(_mm_min_epu8(next, control), next));
      const int mask = _mm_movemask_epi8(found);
      if (mask != 0)
        return static_cast<std::size_t>(at - begin) + static_cast<std::size_t>(__builtin_ctz(mask));
    }
#endif
    while (at != end && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) > 0x1f) ++at;
    return static_cast<std::size_t>(at - begin);
  }

  char* begin_;
  char* at_;
  char* end_;
  char* put_;
};

}  // namespace tandem::json
