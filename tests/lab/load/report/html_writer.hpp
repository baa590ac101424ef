#pragma once

#include <string>
#include <string_view>

namespace tandem::lab {

/// Appends `text` so that HTML and SVG take it as text, between tags and within quotes: nothing in it can end
/// either. Control characters become U+FFFD.
void append_escaped(std::string& out, std::string_view text);

/// An element that is open as long as this lives; its end tag comes with the destructor. One that is opened
/// inside another must end first. `attributes` stand behind the name as they are.
class html_element {
 public:
  html_element(std::string& out, std::string_view tag, std::string_view attributes = {});
  ~html_element();
  html_element(const html_element&) = delete;
  html_element& operator=(const html_element&) = delete;

 private:
  std::string& out_;
  std::string tag_;
};

/// Appends an element with nothing but text in it, which is escaped.
void append_element(std::string& out, std::string_view tag, std::string_view text,
                    std::string_view attributes = {});

}  // namespace tandem::lab
