#include "protocols/providers/kinds.hpp"

#include "protocols/elevenlabs/provider.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace tandem {

namespace {

/// A kind of provider, without the half that it does not have.
struct kind {
  std::string_view name;
  const recogniser_protocol* recogniser;
  const synthesiser_protocol* synthesiser;
};

const auto& kinds() {
  // A provider is one pair of files and one line here.
  static const std::array all{
      kind{"elevenlabs", &elevenlabs::recogniser(), &elevenlabs::synthesiser()},
  };
  return all;
}

template <class Protocol>
const Protocol* find(std::string_view name, const Protocol* kind::*half) {
  const auto found = std::ranges::find(kinds(), name, &kind::name);
  return found == kinds().end() ? nullptr : (*found).*half;
}

template <class Protocol>
std::vector<std::string_view> names(const Protocol* kind::*half) {
  std::vector<std::string_view> all;
  for (const auto& each : kinds()) {
    if (each.*half != nullptr) all.push_back(each.name);
  }
  return all;
}

}  // namespace

const recogniser_protocol* recogniser_of(std::string_view name) { return find(name, &kind::recogniser); }

const synthesiser_protocol* synthesiser_of(std::string_view name) { return find(name, &kind::synthesiser); }

std::span<const std::string_view> recogniser_kinds() {
  static const auto all = names(&kind::recogniser);
  return all;
}

std::span<const std::string_view> synthesiser_kinds() {
  static const auto all = names(&kind::synthesiser);
  return all;
}

}  // namespace tandem
