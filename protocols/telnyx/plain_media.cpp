#include "protocols/telnyx/plain_media.hpp"

#include "protocols/base64.hpp"

#include <cstddef>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace tandem::telnyx {
namespace {

constexpr std::size_t longest_text = std::size_t{64} * 1024;
/// No number of so many digits is too large.
constexpr std::size_t most_digits = 18;

constexpr bool is_plain(char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The first byte that a plain string does not hold.
const char* plain_end(const char* at, const char* end) {
#ifdef __SSE2__
  for (; end - at >= 16; at += 16) {
    const auto some = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    // Compared as signed, so that what is no ASCII is less as well.
    const auto odd = _mm_or_si128(_mm_cmpgt_epi8(_mm_set1_epi8(0x20), some),
                                  _mm_or_si128(_mm_cmpeq_epi8(some, _mm_set1_epi8('"')),
                                               _mm_or_si128(_mm_cmpeq_epi8(some, _mm_set1_epi8('\\')),
                                                            _mm_cmpeq_epi8(some, _mm_set1_epi8(0x7f)))));
    const auto which = static_cast<unsigned>(_mm_movemask_epi8(odd));
    if (which != 0) return at + __builtin_ctz(which);
  }
#endif
  while (at != end && is_plain(*at)) ++at;
  return at;
}

/// What a frame says.
struct members {
  std::optional<std::string_view> event;
  std::optional<std::string_view> stream_id;
  std::optional<std::string_view> sequence;
  std::optional<std::string_view> track;
  std::optional<std::string_view> chunk;
  std::optional<std::string_view> timestamp;
  std::optional<std::string_view> payload;
  bool has_body = false;
};

class reader {
 public:
  explicit reader(std::span<const char> text) : at_(text.data()), end_(text.data() + text.size()) {}

  /// Whether the whole text is a plain frame, which is then in `found`.
  bool read(members& found) {
    const auto take = [&](std::string_view name, const value& what) {
      if (name == "event") return keep(found.event, what, false);
      if (name == "stream_id") return keep(found.stream_id, what, false);
      if (name == "sequence_number") return keep(found.sequence, what, true);
      return name != "media" || what.is_object;
    };
    const auto take_body = [&](std::string_view name, const value& what) {
      if (what.is_object) return false;
      if (name == "track") return keep(found.track, what, false);
      if (name == "chunk") return keep(found.chunk, what, true);
      if (name == "timestamp") return keep(found.timestamp, what, true);
      return name != "payload" || keep(found.payload, what, false);
    };
    const auto enter = [&](std::string_view name) {
      if (name != "media" || found.has_body) return false;
      found.has_body = true;
      return object(take_body, [](std::string_view) { return false; });
    };
    skip_blanks();
    if (!object(take, enter)) return false;
    skip_blanks();
    return at_ == end_;
  }

 private:
  struct value {
    std::string_view text;
    bool is_number = false;
    bool is_object = false;
  };

  static bool keep(std::optional<std::string_view>& where, const value& what, bool as_number) {
    if (where) return false;
    where = what.text;
    if (!as_number) return !what.is_number && !what.is_object;
    if (what.text.empty() || what.text.size() > most_digits) return false;
    for (const char c : what.text) {
      if (!is_digit(c)) return false;
    }
    return true;
  }

  bool skip(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  void skip_blanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }

  std::optional<std::string_view> string() {
    if (!skip('"')) return std::nullopt;
    const char* const begin = at_;
    at_ = plain_end(at_, end_);
    const std::string_view text(begin, static_cast<std::size_t>(at_ - begin));
    if (!skip('"')) return std::nullopt;
    return text;
  }

  std::optional<std::string_view> number() {
    const char* const begin = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    const std::string_view digits(begin, static_cast<std::size_t>(at_ - begin));
    if (digits.empty() || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
    return digits;
  }

  template <class Take, class Enter>
  bool object(const Take& take, const Enter& enter) {
    if (!skip('{')) return false;
    skip_blanks();
    if (skip('}')) return true;
    for (;;) {
      const auto name = string();
      if (!name) return false;
      skip_blanks();
      if (!skip(':')) return false;
      skip_blanks();
      if (!member(*name, take, enter)) return false;
      skip_blanks();
      if (skip('}')) return true;
      if (!skip(',')) return false;
      skip_blanks();
    }
  }

  template <class Take, class Enter>
  bool member(std::string_view name, const Take& take, const Enter& enter) {
    if (at_ == end_) return false;
    if (*at_ == '{') return enter(name) && take(name, value{.text = {}, .is_object = true});
    const bool is_string = *at_ == '"';
    const auto text = is_string ? string() : number();
    return text && take(name, value{.text = *text, .is_number = !is_string});
  }

  const char* at_;
  const char* const end_;
};

std::optional<std::int64_t> number_of(const std::optional<std::string_view>& digits) {
  if (!digits) return std::nullopt;
  std::int64_t out = 0;
  for (const char c : *digits) out = out * 10 + (c - '0');
  return out;
}

}  // namespace

std::optional<tl::expected<media, json::fault>> read_plain_media(std::span<char> text) {
  if (text.size() > longest_text) return std::nullopt;
  members found;
  if (!reader(text).read(found) || found.event != "media" || !found.payload) return std::nullopt;
  auto* const begin = reinterpret_cast<std::uint8_t*>(text.data() + (found.payload->data() - text.data()));
  const auto size = base64::decode(*found.payload, {begin, found.payload->size()});
  if (!size) return tl::unexpected(json::fault::bad_base64);
  return media{.sequence = number_of(found.sequence),
               .stream_id = found.stream_id.value_or(std::string_view()),
               .source = track_of(found.track.value_or(std::string_view())),
               .chunk = number_of(found.chunk),
               .timestamp = number_of(found.timestamp),
               .payload = {begin, *size}};
}

}  // namespace tandem::telnyx
