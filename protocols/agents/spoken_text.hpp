#pragma once

#include <string>
#include <string_view>

namespace tandem {

/// What of a model's sentence can be said: without the marks of Markdown (emphasis, code, headings, list
/// items, links' addresses) and without pictographs; perhaps nothing. UTF-8.
std::string spoken_text(std::string_view sentence);

}  // namespace tandem
