#include "tests/lab/load/caller.hpp"

#include <array>

namespace tandem::lab {

namespace {

constexpr std::uint32_t second = 50;
constexpr std::uint8_t binary_opcode = 2;

constexpr std::array<std::string_view, 8> junk{
    "",
    "{",
    "null",
    "[[[[[[[[[[[[[[[[[[[[[[",
    R"({"event":"media"})",
    R"({"event":"media","media":{"track":"inbound","chunk":"-1","timestamp":"x","payload":"*"}})",
    R"({"event":"dtmf","dtmf":{"digit":"Z"}})",
    R"({"event":"mark","mark":{"name":"never sent"}})"};

}  // namespace

void caller::note_suffering() {
  std::lock_guard guard(facts_->mutex);
  facts_->line_failed = plan().line != line_fault::none;
}

/// What goes wrong at this frame; true when no frame is to be sent.
bool caller::suffer() {
  if (reading_again_ != 0 && life_ >= reading_again_) {
    reading_again_ = 0;
    stream_->read(true);
  }
  if (former_ && stream_ && stream_->is_open() && life_ > plan().line_at + second / 2) let_go(former_);
  if (plan().line == line_fault::garbage && life_ >= plan().line_at && life_ % 13 == 0) {
    send_text(junk[(plan().seed + life_) % junk.size()]);
  }
  if (!over_ && life_ == plan().line_at) suffer_now();
  return over_ || silent_ || at_ != phase::talking;
}

void caller::suffer_now() {
  note_suffering();
  switch (plan().line) {
    case line_fault::none:
    case line_fault::swapped:
    case line_fault::doubled:
    case line_fault::garbage:
    case line_fault::lost:
    case line_fault::unborn:
      break;
    case line_fault::nameless:
      silent_ = true;
      break;
    case line_fault::deaf:
      stream_->read(false);
      reading_again_ = life_ + second + static_cast<std::uint32_t>(plan().seed % (5 * second));
      break;
    case line_fault::binary: {
      std::string framed;
      append_client_frame(framed, "\x01\x02\x03", binary_opcode);
      transmit(framed);
      break;
    }
    case line_fault::cut:
    case line_fault::reset:
      end(call_end::broken, "the connection broke");
      break;
    case line_fault::half_open:
      silent_ = true;
      stream_->read(false);
      break;
    case line_fault::after_stop: {
      close();
      if (!over_) send_frame();
      if (!over_) send_frame();
      break;
    }
    case line_fault::second_stream:
      dial(former_);
      break;
  }
}

}  // namespace tandem::lab
