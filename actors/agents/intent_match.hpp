#pragma once

#include "actors/agents/script_file.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem {

/// What a caller most likely means.
struct intent_match {
  const intent* what = nullptr;
  /// Whether it answers another node's question (see `script_node::also`).
  bool elsewhere = false;
  /// How alike the words and the intent's best phrase are: 1 is word for word.
  double score = 0;
  std::vector<std::pair<std::string, spoken_value>> slots;
  /// A slot whose value is beyond what is allowed, or empty.
  std::string outside;
};

/// The intent that fits best, of the node's own first, then of those that fit anywhere, then of other nodes
/// that may be answered here; nothing when none is alike enough. Order counts, but wrong, missing and further
/// words only lower the score.
std::optional<intent_match> match_intent(const script& dialogue, const script_node& node,
                                         std::string_view text);

/// Whether keys choose anything at this node.
bool takes_keys(const script& dialogue, const script_node& node);

/// The intent that these keys stand for: the node's own, or one that fits anywhere; else what is meant by
/// them as words, such as a number.
std::optional<intent_match> match_keys(const script& dialogue, const script_node& node,
                                       std::string_view keys);

}  // namespace tandem
