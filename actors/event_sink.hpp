#pragma once

#include <string>

namespace tandem {

/// Where one watcher's events go, as text of server-sent events; its end is the stream's.
class event_sink {
 public:
  virtual ~event_sink() = default;

  /// Adds to the stream and returns at once; false when nobody reads it any more, or reads too slowly.
  virtual bool write(const std::string& text) = 0;
};

}  // namespace tandem
