#include "tests/lab/load/report/html_writer.hpp"

namespace tandem::lab {

void append_escaped(std::string& out, std::string_view text) {
  for (const auto each : text) {
    switch (each) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '\n':
      case '\t':
        out += each;
        break;
      default:
        if (static_cast<unsigned char>(each) < 0x20 || each == 0x7f) {
          out += "\xef\xbf\xbd";
        } else {
          out += each;
        }
    }
  }
}

html_element::html_element(std::string& out, std::string_view tag, std::string_view attributes)
    : out_(out), tag_(tag) {
  out_ += '<';
  out_ += tag_;
  if (!attributes.empty()) out_ += ' ';
  out_ += attributes;
  out_ += '>';
}

html_element::~html_element() {
  out_ += "</";
  out_ += tag_;
  out_ += ">\n";
}

void append_element(std::string& out, std::string_view tag, std::string_view text,
                    std::string_view attributes) {
  const html_element element(out, tag, attributes);
  append_escaped(out, text);
}

}  // namespace tandem::lab
