#pragma once

#include <span>
#include <string_view>

namespace tandem {

class recogniser_protocol;
class synthesiser_protocol;

/// The protocol of the speech-to-text provider of this kind; null when there is none.
const recogniser_protocol* recogniser_of(std::string_view kind);

/// The protocol of the text-to-speech provider of this kind; null when there is none.
const synthesiser_protocol* synthesiser_of(std::string_view kind);

/// The kinds there are, as settings name them.
std::span<const std::string_view> recogniser_kinds();
std::span<const std::string_view> synthesiser_kinds();

}  // namespace tandem
