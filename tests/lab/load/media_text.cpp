#include "tests/lab/load/media_text.hpp"

#include "protocols/base64.hpp"
#include "protocols/json.hpp"

#include <array>
#include <charconv>

namespace tandem::lab {

namespace {

constexpr std::size_t longest_short = 125;
constexpr std::size_t middle_head = 8;  // two bytes, two of length, four of mask

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

char byte(std::size_t value) { return static_cast<char>(value & 0xff); }

}  // namespace

void append_client_frame(std::string& out, std::string_view text, std::uint8_t opcode) {
  const auto size = text.size();
  out += byte(0x80U | opcode);
  if (size <= longest_short) {
    out += byte(0x80 | size);
  } else if (size <= 0xffff) {
    out += byte(0xfe);
    out += byte(size >> 8);
    out += byte(size);
  } else {
    out += byte(0xff);
    for (int shift = 56; shift >= 0; shift -= 8) out += byte(size >> shift);
  }
  out.append(4, '\0');
  out += text;
}

media_text::media_text(std::string_view stream_id) {
  stream_ = R"(","stream_id":)";
  json::append_quoted(stream_, stream_id);
  stream_ += R"(,"media":{"track":"inbound","chunk":")";
}

std::string_view media_text::frame_of(std::uint64_t sequence, std::uint64_t chunk, const sound_book& book,
                                      const frame_tag& tag) {
  const auto bytes = book.tagged(tag);
  out_.assign(middle_head, '\0');
  out_ += R"({"event":"media","sequence_number":")";
  append_number(out_, sequence);
  out_ += stream_;
  append_number(out_, chunk);
  out_ += R"(","timestamp":")";
  append_number(out_, chunk * frame_bytes);
  out_ += R"(","payload":")";
  base64::append(out_, std::span(bytes).first(fresh_bytes));
  out_ += book.settled_base64(tag.sound);
  out_ += R"("}})";
  const auto size = out_.size() - middle_head;
  out_[0] = byte(0x81);
  out_[1] = byte(0xfe);
  out_[2] = byte(size >> 8);
  out_[3] = byte(size);
  return out_;
}

}  // namespace tandem::lab
