#include "gateway/log.hpp"

#include "gateway/log_fields.hpp"
#include "gateway/repeated_lines.hpp"
#include "protocols/conversation/record.hpp"
#include "protocols/json.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <poll.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

namespace tandem {
namespace {

using clock = std::chrono::steady_clock;

/// How long the log's thread waits for a reader before it drops lines.
constexpr std::chrono::milliseconds reader_patience{1000};
/// How long an end may take.
constexpr std::chrono::milliseconds end_patience{2000};
/// A pipe that says it is writable takes so much without blocking.
constexpr std::size_t pipe_piece = 4096;

/// A line of text stays one line, whatever was logged.
void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) {
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned char>(c));
      out += escaped;
    }
  }
}

std::string_view name_of(spdlog::level::level_enum level) {
  if (level == spdlog::level::warn) return "warn";
  const auto name = spdlog::level::to_string_view(level);
  return {name.data(), name.size()};
}

class line_formatter final : public spdlog::formatter {
 public:
  explicit line_formatter(bool json) : json_(json) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto time = to_rfc3339(std::chrono::time_point_cast<std::chrono::milliseconds>(message.time));
    const std::string_view text(message.payload.data(), message.payload.size());
    std::string line;
    if (json_) {
      line.append(R"({"time":")").append(time).append(R"(","level":")").append(name_of(message.level));
      line.append(R"(","message":)");
      const auto fields = split_log_line(text);
      json::append_quoted(line, fields.words);
      for (const auto& [key, value] : fields.values) {
        line.append(R"(,")").append(key).append(R"(":)");
        json::append_quoted(line, value);
      }
      line += '}';
    } else {
      line.append(time).append(1, ' ').append(name_of(message.level));
      line.resize(std::max(line.size() + 1, time.size() + 7), ' ');
      append_escaped(line, text);
    }
    line += '\n';
    out.append(line.data(), line.data() + line.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<line_formatter>(json_);
  }

 private:
  bool json_;
};

/// Writes lines to a descriptor and drops them rather than wait for long.
class descriptor_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  descriptor_sink(int descriptor, bool json)
      : base_sink(std::make_unique<line_formatter>(json)), to_(descriptor) {}

  /// From this moment on nothing is waited for.
  void end_by(clock::time_point deadline) { end_ = deadline; }

  std::uint64_t flushes() const { return flushes_; }

  /// Waits for the flush after `before`.
  bool wait(std::uint64_t before, std::chrono::milliseconds within) {
    std::unique_lock lock(flushed_mutex_);
    return flushed_.wait_for(lock, within, [&] { return flushes_ > before; });
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const auto now = clock::now();
    tell(repeated_.over(now));
    const std::string_view text(message.payload.data(), message.payload.size());
    if (message.level < spdlog::level::warn || repeated_.admit(text, now)) put(message);
  }

  void tell(const std::vector<std::string>& lines) {
    for (const auto& line : lines) put(spdlog::details::log_msg({}, spdlog::level::warn, line));
  }

  void put(const spdlog::details::log_msg& message) {
    if (lost_ > 0) {
      const std::string text = "log lost lines=" + std::to_string(lost_);
      const spdlog::details::log_msg said({}, spdlog::level::warn, text);
      if (!write_line(said)) {
        ++lost_;
        return;
      }
      lost_ = 0;
    }
    if (!write_line(message)) ++lost_;
  }

  void flush_() override {
    tell(repeated_.all());
    {
      const std::scoped_lock lock(flushed_mutex_);
      ++flushes_;
    }
    flushed_.notify_all();
  }

  bool write_line(const spdlog::details::log_msg& message) {
    spdlog::memory_buf_t line;
    // What broke off must not run into this line.
    if (torn_) line.push_back('\n');
    formatter_->format(message, line);
    const std::string_view whole(line.data(), line.size());
    const auto written = write_all(whole);
    if (written > 0) torn_ = written < whole.size();
    return written == whole.size();
  }

  /// The bytes that were written before patience or the descriptor ended.
  std::size_t write_all(std::string_view text) {
    std::size_t done = 0;
    while (done < text.size() && writable()) {
      const auto got = ::write(to_, text.data() + done, std::min(text.size() - done, pipe_piece));
      if (got > 0) done += static_cast<std::size_t>(got);
      if (got < 0 && errno != EINTR && errno != EAGAIN) break;
    }
    return done;
  }

  bool writable() {
    using std::chrono::milliseconds;
    const auto left = std::chrono::ceil<milliseconds>(end_.load() - clock::now());
    const auto patience = stuck_ ? milliseconds(0) : std::clamp(left, milliseconds(0), reader_patience);
    pollfd asked{to_, POLLOUT, 0};
    stuck_ = poll(&asked, 1, static_cast<int>(patience.count())) <= 0 || (asked.revents & POLLOUT) == 0;
    return !stuck_;
  }

  int to_;
  repeated_lines repeated_;
  bool stuck_ = false;
  bool torn_ = false;
  std::uint64_t lost_ = 0;
  std::atomic<clock::time_point> end_{clock::time_point::max()};
  std::atomic<std::uint64_t> flushes_{0};
  std::mutex flushed_mutex_;
  std::condition_variable flushed_;
};

descriptor_sink* sink_of(spdlog::logger& logger) {
  return logger.sinks().empty() ? nullptr : dynamic_cast<descriptor_sink*>(logger.sinks().front().get());
}

}  // namespace

process_log::process_log(const settings::log_section& how, int descriptor)
    : former_(spdlog::default_logger()) {
  spdlog::init_thread_pool(queue_bound, 1);
  const auto logger = std::make_shared<spdlog::async_logger>(
      "tandem", std::make_shared<descriptor_sink>(descriptor, how.format == "json"), spdlog::thread_pool(),
      spdlog::async_overflow_policy::overrun_oldest);
  logger->set_level(spdlog::level::from_str(how.level));
  spdlog::set_default_logger(logger);
}

process_log::~process_log() {
  if (const auto pool = spdlog::thread_pool(); pool && pool->overrun_counter() > 0) {
    spdlog::warn("log queue overran lines={}", pool->overrun_counter());
  }
  const auto logger = spdlog::default_logger();
  if (auto* const sink = sink_of(*logger)) sink->end_by(clock::now() + end_patience);
  logger->flush();
  spdlog::set_default_logger(former_);
  // The last owner: its end writes what is queued and joins the thread.
  spdlog::details::registry::instance().set_tp(nullptr);
}

void change_log(const settings::log_section& how) {
  const auto logger = spdlog::default_logger();
  logger->set_level(spdlog::level::from_str(how.level));
  if (auto* const sink = sink_of(*logger)) {
    sink->set_formatter(std::make_unique<line_formatter>(how.format == "json"));
  }
}

bool flush_log(std::chrono::milliseconds within) {
  const auto logger = spdlog::default_logger();
  auto* const sink = sink_of(*logger);
  if (!sink) {
    logger->flush();
    return true;
  }
  const auto before = sink->flushes();
  logger->flush();
  return sink->wait(before, within);
}

}  // namespace tandem
