#include "gateway/network/server_context.hpp"

#include <utility>

namespace tandem {

server_context::place::place(std::shared_ptr<server_context> server) : server_(std::move(server)) {
  std::lock_guard guard(server_->mutex);
  ++server_->open;
}

server_context::place::~place() {
  std::lock_guard guard(server_->mutex);
  --server_->open;
  server_->changed.notify_all();
}

}  // namespace tandem
