#pragma once

#include "actors/runtime/link.hpp"

#include <memory>

namespace tandem {

/// Brings a link that lives on another loop, where it has to stay, to `home`: its owner there uses it as one
/// of its own, at the price of a hop between threads for each message. Reading stops while many messages wait
/// for `home`. To be called and destroyed on `home`.
std::shared_ptr<link> bring_link(std::shared_ptr<link> distant, loop& home);

}  // namespace tandem
