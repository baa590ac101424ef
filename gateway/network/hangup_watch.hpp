#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

namespace tandem {

/// Tells the sockets of one loop that their peer has hung up: that nothing comes behind what has come. A part
/// of the loop's context, on its thread.
///
/// Asio's own reactor does not tell an end from more bytes, so that a read which took all there was has to be
/// followed by one in vain, only to see whether it took the end as well.
class hangup_watch final : public boost::asio::execution_context::service {
 public:
  using key_type = hangup_watch;
  static inline boost::asio::execution_context::id id;  // NOLINT: Asio finds its services by it

  /// Names a watched socket; never 0, and none comes again.
  using ticket = std::uint64_t;

  explicit hangup_watch(boost::asio::execution_context& context);
  ~hangup_watch() override;

  /// Calls `hung_up` once when the peer of this descriptor has hung up, or at once if it has. 0 when the
  /// system refuses to watch one more.
  ticket watch(int descriptor, std::function<void()> hung_up);

  /// The call is not made any more. `descriptor` is the one that was given, or -1 if it is closed next, which
  /// forgets it as well.
  void forget(ticket which, int descriptor = -1) noexcept;

  /// Watches nobody, as where the system refuses to; before the first connection, for tests and comparisons.
  void refuse() noexcept;

  /// Reads on the sockets that are watched.
  struct read_count {
    std::uint64_t all = 0;
    std::uint64_t in_vain = 0;  ///< they found nothing
  };
  const read_count& reads() const { return reads_; }
  void count_read(bool found) {
    ++reads_.all;
    if (!found) ++reads_.in_vain;
  }

 private:
  using executor = boost::asio::io_context::executor_type;

  void shutdown() noexcept override;
  void wait();
  void tell();

  boost::asio::posix::basic_stream_descriptor<executor> poller_;
  std::unordered_map<ticket, std::function<void()>> watched_;
  ticket newest_ = 0;
  read_count reads_;
  bool waiting_ = false;
};

}  // namespace tandem
