#include "protocols/agents/thoughts.hpp"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

using namespace tandem;

namespace {

std::string said(std::string_view reply, std::size_t piece) {
  thought_filter filter;
  std::string all;
  for (std::size_t at = 0; at < reply.size(); at += piece) all += filter.add(reply.substr(at, piece));
  return all + filter.finish();
}

}  // namespace

TEST_CASE("thoughts are not said, in whatever pieces they come") {
  const std::string_view reply =
      "<think>5 < 6, </thin or <think></think>Yes.<think></think> 5 <thi is less</think>.";
  for (std::size_t piece = 1; piece <= reply.size(); ++piece)
    CHECK(said(reply, piece) == "Yes. 5 <thi is less</think>.");
}

TEST_CASE("a reply that ends in a thought says nothing of it") {
  CHECK(said("Hm.<think>what now </th", 3) == "Hm.");
  CHECK(said("a <thin", 2) == "a <thin");
}

TEST_CASE("what cannot become a tag is not kept back") {
  thought_filter filter;
  CHECK(filter.add("a <") == "a ");
  CHECK(filter.add("b") == "<b");
}
