#pragma once

#include <string_view>

namespace tandem::lab {

/// The style sheet of a report's page: light and dark as the reader has it, for screens of any width and for
/// paper. Nothing in it refers to anything outside the page.
std::string_view page_style();

}  // namespace tandem::lab
