#include "gateway/network/hangup_watch.hpp"

#include <array>
#include <sys/epoll.h>
#include <utility>

#include <spdlog/spdlog.h>

namespace tandem {

hangup_watch::hangup_watch(boost::asio::execution_context& context)
    : service(context), poller_(static_cast<boost::asio::io_context&>(context).get_executor()) {
  const auto descriptor = epoll_create1(EPOLL_CLOEXEC);
  boost::system::error_code error;
  if (descriptor >= 0) poller_.assign(descriptor, error);
  if (descriptor < 0 || error) spdlog::warn("loop cannot watch for hang-ups, and reads more often instead");
}

hangup_watch::~hangup_watch() = default;

void hangup_watch::shutdown() noexcept { refuse(); }

void hangup_watch::refuse() noexcept {
  watched_.clear();
  boost::system::error_code ignored;
  poller_.close(ignored);
}

hangup_watch::ticket hangup_watch::watch(int descriptor, std::function<void()> hung_up) {
  if (!poller_.is_open()) return 0;
  epoll_event event{};
  event.events = EPOLLRDHUP | EPOLLET;
  event.data.u64 = newest_ + 1;
  if (epoll_ctl(poller_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) != 0) return 0;
  watched_.emplace(++newest_, std::move(hung_up));
  if (!waiting_) wait();
  return newest_;
}

void hangup_watch::forget(ticket which, int descriptor) noexcept {
  if (watched_.erase(which) == 0 || descriptor < 0) return;
  epoll_event unused{};
  epoll_ctl(poller_.native_handle(), EPOLL_CTL_DEL, descriptor, &unused);
}

void hangup_watch::wait() {
  waiting_ = true;
  poller_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                     [this](const boost::system::error_code& error) {
                       waiting_ = false;
                       if (error) return;
                       tell();
                       wait();
                     });
}

void hangup_watch::tell() {
  std::array<epoll_event, 64> events;
  const auto count = epoll_wait(poller_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) {
    // One that was told earlier may have had it forgotten.
    const auto found = watched_.find(events[static_cast<std::size_t>(i)].data.u64);
    if (found != watched_.end()) found->second();
  }
}

}  // namespace tandem
