#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace tandem {

/// The body of an answer that goes on for as long as its writer wants; between a writer and the connection
/// that sends it, on whatever threads they are.
class open_body {
 public:
  /// What the connection finds.
  struct taken {
    std::string text;
    /// Nothing comes after this.
    bool is_whole = false;
  };

  /// Adds to a body and ends it when it goes.
  class writer {
   public:
    explicit writer(std::shared_ptr<open_body> body) : body_(std::move(body)) {}
    ~writer();
    writer(const writer&) = delete;
    writer& operator=(const writer&) = delete;

    /// False when nobody reads any more, or when more than the body's bound would wait: then the connection
    /// is closed.
    bool write(const std::string& text);

    bool is_read() const;

    /// From now on `more` is called, by any thread, each time the connection has taken everything; it goes
    /// with either end.
    void when_taken(std::function<void()> more);

   private:
    std::shared_ptr<open_body> body_;
  };

  /// Takes what was written; when it goes, nobody reads any more.
  class reader {
   public:
    explicit reader(std::shared_ptr<open_body> body) : body_(std::move(body)) {}
    ~reader();
    reader(const reader&) = delete;
    reader& operator=(const reader&) = delete;

    /// From now on `wake` is called, by any thread, when there is something to take since the last time.
    void wake_with(std::function<void()> wake);

    taken take();

    /// Whether the client reads too slowly and is to be cut off.
    bool is_cut() const;

   private:
    std::shared_ptr<open_body> body_;
  };

  struct ends {
    std::unique_ptr<writer> write;
    std::shared_ptr<reader> read;
  };

  /// A body of which at most `bound` bytes wait for the client.
  static ends make(std::size_t bound);

 private:
  explicit open_body(std::size_t bound) : bound_(bound) {}
  void changed();

  std::mutex mutex_;
  const std::size_t bound_;
  std::string waiting_;
  std::function<void()> wake_;
  std::function<void()> more_;
  bool is_whole_ = false;
  bool is_cut_ = false;
  bool is_read_ = true;
  bool woken_ = false;
};

}  // namespace tandem
