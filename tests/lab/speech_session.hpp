#pragma once

#include "actors/runtime/link.hpp"
#include "tests/lab/speech_context.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tandem::lab {

/// One client of the lab's text to speech, from the accepted upgrade to the close. Lives on its link's loop.
class speech_session final : public link_events {
 public:
  /// `key` is the client's `xi-api-key`, `target` the request's path and query; `gone` is called once when
  /// the connection has ended, from inside of the session. `asked` gets each text that is to be spoken.
  speech_session(const speech_behaviour& behaviour, voice& mouth, worker_pool& workers,
                 std::shared_ptr<link> client, std::string_view key, std::string_view target,
                 std::function<void()> gone, std::function<void(std::string_view text)> asked = {});
  ~speech_session() { *open_ = false; }
  speech_session(const speech_session&) = delete;

  /// Fails with an error of this type, and closes.
  void break_off(std::string_view type) { fail(type, "a fault of the lab"); }

 private:
  void on_text(std::span<char> text) override;
  void on_writable() override;
  void on_closed(const link_closed& how) override;

  void begin(std::string_view key, std::string_view target);
  speech_context* context(const tts::client_message& message);
  void forget(const std::string& id);
  void wait_for_client();
  void fail(std::string_view code, std::string_view message, std::string_view context = {});

  std::shared_ptr<link> client_;
  std::function<void()> gone_;
  std::function<void(std::string_view)> asked_;
  std::shared_ptr<bool> open_ = std::make_shared<bool>(true);
  bool failed_ = false;
  bool ending_ = false;
  speech_socket socket_;
  moment last_input_;
  std::map<std::string, std::unique_ptr<speech_context>, std::less<>> contexts_;
  timer idle_;
};

}  // namespace tandem::lab
