#pragma once

#include "gateway/network/http_server.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tandem {

/// The bytes from `begin` up to `end` of something.
struct byte_range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// An answer with all or a part of something, and who writes its body.
struct ranged_answer {
  server_answer answer;
  byte_range what;
  /// None when there is nothing like what was asked for, and the answer says so.
  std::unique_ptr<open_body::writer> body;
};

/// Begins the answer with something of this size, or with the part of it that a `Range` header asks for (one
/// range of bytes; several get the whole, one beyond the end gets 416). At most so many bytes wait for the
/// client.
ranged_answer begin_ranged_answer(const std::string& content_type, std::string_view range, std::uint64_t size,
                                  std::size_t body_bound);

}  // namespace tandem
