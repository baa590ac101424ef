#pragma once

#include "actors/runtime/link.hpp"
#include "actors/runtime/loop.hpp"
#include "protocols/elevenlabs/speech_stream_server.hpp"
#include "tests/lab/load/call_facts.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::lab {

struct provider_ward;

/// One text-to-speech socket of load: each text becomes four seconds of tagged frames of the call that it
/// names, and one that is common to all calls a moment of silence. Lives on its link's loop.
class speech_end final : public link_events {
 public:
  speech_end(provider_ward& ward, std::shared_ptr<link> client, std::function<void()> gone);

 private:
  struct context {
    std::shared_ptr<call_facts> call;  // none = the text is common to all calls
    std::string text;                  // whose audio is under way
    std::uint32_t frames = 0;
    std::uint32_t sent = 0;
    bool closing = false;
  };

  void on_text(std::span<char> text) override;
  void on_writable() override;
  void on_closed(const link_closed& how) override;

  void add(context& to, std::string_view text, moment read_at);
  bool is_common(std::string_view text) const;
  std::vector<std::uint8_t> next_audio(const context& of, std::uint32_t count);
  void pump();
  void send_some(const std::string& id, context& of);
  bool suffer(call_facts& call);
  void send_error();

  provider_ward& ward_;
  std::shared_ptr<link> client_;
  std::function<void()> gone_;
  std::map<std::string, context, std::less<>> contexts_;
  std::uint32_t messages_ = 0;
  bool held_ = false;
  bool mute_ = false;
  bool ending_ = false;
  bool over_ = false;
  moment next_;
  timer pacing_;
  timer stalled_;
  std::string out_;
};

}  // namespace tandem::lab
