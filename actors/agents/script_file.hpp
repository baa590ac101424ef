#pragma once

#include "actors/agents/spoken_values.hpp"
#include "protocols/conversation/turn_events.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

namespace tandem {

/// Something that callers tell. JSON: `{"type":"number","from":1,"to":12}`, `{"type":"time","from":"12:00",
/// "to":"21:30"}`, `{"type":"day"}` or `{"type":"list","values":["Anna",…]}`; with from and to also
/// `"outside"`, the reply to a value beyond them.
struct script_slot {
  enum class type { number, time, day, list };
  type kind = type::number;
  /// Numbers, or minutes from midnight.
  int from = 0;
  int to = 0;
  std::vector<std::string> values;
  std::string outside;
};

/// A word, or the name of the slot that stands in its place.
struct phrase_part {
  std::string word;
  std::string slot;
};

/// Something that callers say, e.g. `"a table for {guests} people"`.
struct phrase {
  std::string text;
  std::vector<phrase_part> parts;
};

/// What callers may want and what is done about it. JSON: at least one of `"phrases"`, `"keywords"` (words
/// that say it all wherever they stand) and `"keys"` (what may be pressed instead, e.g. `["1"]`); `"name"`,
/// `"confidence"` (0.6: how alike a phrase must be, 0 to 1), `"reply"`, `"forget"` (slots), `"note"` (an
/// object of texts for the call's record), and `"go"` (a node), `"then":"hang_up"`, or `"then":"transfer"`
/// with `"to"` (a phone number or SIP address; the node asks again when nobody takes the call), or `"wait"`
/// (seconds, 5 to 600, for which nobody minds that the caller says nothing); with none of them the node asks
/// again. Replies and notes may hold {slot}.
struct intent {
  std::string name;
  std::vector<phrase> phrases;
  std::vector<std::vector<std::string>> keywords;
  std::vector<std::string> keyword_texts;
  std::vector<std::string> keys;
  double confidence = 0.6;
  std::string reply;
  std::string go;
  std::vector<std::string> forget;
  std::vector<turns::note> notes;
  turns::next then = turns::next::listen;
  std::string to;
  std::chrono::seconds wait{0};
};

/// One question of a dialogue. JSON: `"prompt"`, `"reprompts"` (said one after the other while nothing fits;
/// then the script gives up), `"intents"`, `"skip":{"if":slot,"to":node}` (not asked when that is known), and
/// `"also"` (nodes whose questions may be answered here too, when their intents with slots fit clearly
/// better: their slots and reply are taken, and this node asks again).
struct script_node {
  std::string prompt;
  std::vector<std::string> reprompts;
  std::vector<intent> intents;
  std::string skip_if;
  std::string skip_to;
  std::vector<std::string> also;
};

/// A dialogue. JSON: `"version":1`, `"greeting"`, `"start"` (a node; its prompt follows the greeting),
/// `"slots"` and `"nodes"` (by name), `"anywhere"` (intents that fit at every node; a node's own go before
/// them), `"give_up":{"reply","note"}` (said before hanging up when the reprompts are used up), and perhaps
/// `"voicemail":{"reply","note"}` (left with an answering machine after its greeting, before hanging up).
struct script {
  std::string greeting;
  std::string start;
  std::map<std::string, script_slot, std::less<>> slots;
  std::map<std::string, script_node, std::less<>> nodes;
  std::vector<intent> anywhere;
  std::string give_up;
  std::vector<turns::note> give_up_notes;
  std::string voicemail;
  std::vector<turns::note> voicemail_notes;
  /// The text that it was read from.
  std::string source;
};

/// The dialogue in a file's text, or every fault, one line each: its line, the place in the JSON, what is
/// wrong, what is allowed.
tl::expected<script, std::vector<std::string>> load_script(std::string_view text);

/// Everything that a caller may say, as a language model needs it: each phrase with every value that its
/// slots can take, and the keywords; names keep their capitals.
std::vector<std::string> phrases(const script& dialogue);

}  // namespace tandem
