#include "gateway/network/open_body.hpp"

#include <utility>

namespace tandem {

open_body::ends open_body::make(std::size_t bound) {
  const std::shared_ptr<open_body> body(new open_body(bound));
  return {std::make_unique<writer>(body), std::make_shared<reader>(body)};
}

/// Wakes the reader once for everything until it takes it; under the lock, so that it is not let go
/// meanwhile.
void open_body::changed() {
  if (wake_ && is_read_ && !std::exchange(woken_, true)) wake_();
}

open_body::writer::~writer() {
  // Whom it holds is let go outside of the lock.
  std::function<void()> more;
  std::lock_guard guard(body_->mutex_);
  more.swap(body_->more_);
  body_->is_whole_ = true;
  body_->changed();
}

bool open_body::writer::write(const std::string& text) {
  auto& body = *body_;
  std::lock_guard guard(body.mutex_);
  if (!body.is_read_ || body.is_cut_) return false;
  if (body.waiting_.size() + text.size() > body.bound_) {
    body.is_cut_ = true;
    body.waiting_ = {};
    body.woken_ = false;
  } else {
    body.waiting_ += text;
  }
  body.changed();
  return !body.is_cut_;
}

bool open_body::writer::is_read() const {
  std::lock_guard guard(body_->mutex_);
  return body_->is_read_ && !body_->is_cut_;
}

void open_body::writer::when_taken(std::function<void()> more) {
  std::lock_guard guard(body_->mutex_);
  if (body_->is_read_) body_->more_.swap(more);
}

open_body::reader::~reader() {
  std::function<void()> more;
  std::lock_guard guard(body_->mutex_);
  more.swap(body_->more_);
  body_->is_read_ = false;
  body_->waiting_ = {};
  body_->wake_ = {};
}

void open_body::reader::wake_with(std::function<void()> wake) {
  std::lock_guard guard(body_->mutex_);
  body_->wake_ = std::move(wake);
}

open_body::taken open_body::reader::take() {
  taken out;
  std::function<void()> more;
  {
    std::lock_guard guard(body_->mutex_);
    body_->woken_ = false;
    out = {std::exchange(body_->waiting_, {}), body_->is_whole_};
    if (!out.text.empty()) more = body_->more_;
  }
  if (more) more();
  return out;
}

bool open_body::reader::is_cut() const {
  std::lock_guard guard(body_->mutex_);
  return body_->is_cut_;
}

}  // namespace tandem
