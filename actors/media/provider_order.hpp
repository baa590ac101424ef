#pragma once

#include <cstddef>
#include <vector>

namespace tandem {

/// Which of its providers a call's next connection goes to: the first one, until that fails twice in a row or
/// gives no answer at all; then the next, and so on in a circle. A call stays where it is until then. Told
/// what happens; knows neither time nor sockets.
class provider_order {
 public:
  explicit provider_order(std::size_t count) : refused_(count) {}

  /// Where the newest connection went.
  std::size_t present() const { return present_; }

  /// Where the next one may go, the best first; empty when every provider has refused.
  std::vector<std::size_t> candidates() const;

  /// The next connection goes there.
  void choose(std::size_t which);

  /// The present provider's connection was not made, or was lost.
  void failed() { ++failures_; }

  /// It is of no use to try the present provider again, for now.
  void move_on();

  /// The present provider will never serve this call.
  void refused();

  /// The present provider does what it is for.
  void proved_good() { failures_ = 0; }

 private:
  std::size_t present_ = 0;
  std::size_t failures_ = 0;  // in a row
  std::vector<bool> refused_;
};

}  // namespace tandem
