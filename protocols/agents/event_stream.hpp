#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// Server-sent events (the HTML standard's `text/event-stream`) out of bytes that come in any pieces; gives
/// the data of each. Comments and other fields are skipped. As some servers write a failure bare into such a
/// stream, a line `{…}` counts as data of its own, and a line `error: X` as the data `{"error":X}`.
class event_stream {
 public:
  static constexpr std::size_t max_event = std::size_t{256} * 1024;  ///< bytes of one event or line

  /// Takes the next bytes and appends the data of each event that is complete. False from the first event
  /// on that is too large.
  bool add(std::string_view bytes, std::vector<std::string>& events);

  /// The stream has ended: what it owed a line end or a blank line for is complete now.
  bool finish(std::vector<std::string>& events);

 private:
  void take_line(std::vector<std::string>& events);
  void dispatch(std::vector<std::string>& events);

  std::string line_;
  std::string data_;
  bool has_data_ = false;
  bool after_return_ = false;  // a line feed now belongs to the line end before it
  bool begun_ = false;
  bool too_large_ = false;
};

}  // namespace tandem
