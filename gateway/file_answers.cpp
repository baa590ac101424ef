#include "gateway/file_answers.hpp"

#include "gateway/ranged_answer.hpp"
#include "gateway/routes.hpp"

#include <algorithm>
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

/// A file on its way to a client; lives as long as the body that it writes.
class download : public std::enable_shared_from_this<download> {
 public:
  download(boost::asio::thread_pool& reading, std::ifstream file, const byte_range& what,
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

/// Begins the answer with a file; nothing when it cannot be read.
std::optional<server_answer> begin_answer(boost::asio::thread_pool& reading,
                                          const std::filesystem::path& path, const std::string& content_type,
                                          std::string_view range) {
  std::ifstream file(path, std::ios::binary);
  std::error_code fault;
  const auto size = std::filesystem::file_size(path, fault);
  if (!file || fault) return std::nullopt;
  auto begun = begin_ranged_answer(content_type, range, size, 2 * piece_bytes);
  if (begun.body)
    std::make_shared<download>(reading, std::move(file), begun.what, std::move(begun.body))->begin();
  return std::move(begun.answer);
}

}  // namespace

void file_answers::answer(const std::filesystem::path& file, const std::string& content_type,
                          const std::string& range, const respond& reply,
                          const std::function<void()>& otherwise) {
  boost::asio::post(reading_, [this, file, content_type, range, reply, otherwise] {
    if (auto made = begin_answer(reading_, file, content_type, range)) return reply(std::move(*made));
    if (otherwise) return otherwise();
    reply(error_answer(404, "not_found", "the file cannot be read"));
  });
}

}  // namespace tandem
