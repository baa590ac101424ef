#include "gateway/file_answers.hpp"

#include "gateway/routes.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/asio/post.hpp>

namespace tandem {

namespace {

constexpr std::size_t piece_bytes = std::size_t{128} * 1024;

/// The bytes from `begin` up to `end` of a file.
struct part {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

/// What `bytes=0-99`, `bytes=100-` or `bytes=-100` means; nothing when it is to be ignored (RFC 9110, 14.2).
/// An empty part cannot be had.
std::optional<part> part_of(std::string_view range, std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  if (!range.starts_with(unit)) return std::nullopt;
  range.remove_prefix(unit.size());
  const auto dash = range.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = number(range.substr(0, dash));
  const auto last = number(range.substr(dash + 1));
  if (dash == 0) {
    if (!last) return std::nullopt;
    return part{size - std::min(size, *last), size};
  }
  if (!first || (!last && dash + 1 != range.size()) || (last && *last < *first)) return std::nullopt;
  if (*first >= size) return part{};
  return part{*first, last ? std::min(*last, size - 1) + 1 : size};
}

/// A file on its way to a client; lives as long as the body that it writes.
class download : public std::enable_shared_from_this<download> {
 public:
  download(boost::asio::thread_pool& reading, std::ifstream file, const part& what,
           std::unique_ptr<open_body::writer> body)
      : reading_(reading), file_(std::move(file)), left_(what.end - what.begin), body_(std::move(body)) {
    file_.seekg(static_cast<std::streamoff>(what.begin));
  }

  void begin() {
    body_->when_taken(
        [self = shared_from_this()] { boost::asio::post(self->reading_, [self] { self->go_on(); }); });
    go_on();
  }

 private:
  void go_on() {
    if (!body_) return;
    std::string piece(static_cast<std::size_t>(std::min<std::uint64_t>(left_, piece_bytes)), '\0');
    file_.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    piece.resize(static_cast<std::size_t>(file_.gcount()));
    left_ -= piece.size();
    if (piece.empty() || !body_->write(piece) || left_ == 0) body_.reset();
  }

  boost::asio::thread_pool& reading_;
  std::ifstream file_;
  std::uint64_t left_;
  std::unique_ptr<open_body::writer> body_;
};

server_answer begin_answer(boost::asio::thread_pool& reading, const std::filesystem::path& path,
                           const std::string& content_type, std::string_view range) {
  std::ifstream file(path, std::ios::binary);
  std::error_code fault;
  const auto size = std::filesystem::file_size(path, fault);
  if (!file || fault) return error_answer(404, "not_found", "the file cannot be read");
  const auto wanted = part_of(range, size);
  const auto what = wanted.value_or(part{0, size});
  const auto whole = std::to_string(size);
  if (wanted && what.begin == what.end) {
    auto answer = error_answer(416, "bad_range", "the file has " + whole + " bytes");
    answer.headers.emplace_back("Content-Range", "bytes */" + whole);
    return answer;
  }
  auto [write, read] = open_body::make(2 * piece_bytes);
  server_answer answer{.status = wanted ? 206u : 200u,
                       .content_type = content_type,
                       .headers = {{"Accept-Ranges", "bytes"}},
                       .open = std::move(read),
                       .open_length = what.end - what.begin};
  if (wanted) {
    answer.headers.emplace_back("Content-Range", "bytes " + std::to_string(what.begin) + "-" +
                                                     std::to_string(what.end - 1) + "/" + whole);
  }
  std::make_shared<download>(reading, std::move(file), what, std::move(write))->begin();
  return answer;
}

}  // namespace

file_answers::~file_answers() { reading_.join(); }

void file_answers::answer(const std::filesystem::path& file, const std::string& content_type,
                          const std::string& range, const respond& reply) {
  boost::asio::post(reading_, [this, file, content_type, range, reply] {
    reply(begin_answer(reading_, file, content_type, range));
  });
}

}  // namespace tandem
