#include "actors/agents/script_file.hpp"

#include "actors/agents/spoken_words.hpp"
#include "protocols/conversation/key_entry.hpp"
#include "protocols/json_checker.hpp"
#include "protocols/telnyx/dial.hpp"

#include <algorithm>
#include <functional>
#include <set>

namespace tandem {

namespace {

constexpr std::size_t max_bytes = std::size_t{1024} * 1024;
constexpr std::size_t max_phrase_words = 40;
constexpr int day_minutes = 24 * 60;

/// Calls `plain(text)` and `slot(name)` for the pieces of a text with {slot} in it; false when a brace has no
/// partner.
bool each_piece(std::string_view text, const std::function<void(std::string_view)>& plain,
                const std::function<void(std::string_view)>& slot) {
  while (!text.empty()) {
    const auto open = text.find_first_of("{}");
    plain(text.substr(0, open));
    if (open == text.npos) return true;
    const auto close = text.find_first_of("{}", open + 1);
    if (text[open] == '}' || close == text.npos || text[close] == '{') return false;
    slot(text.substr(open + 1, close - open - 1));
    text.remove_prefix(close + 1);
  }
  return true;
}

/// Reads one file; every reference between its parts is checked when all is read.
class loader {
 public:
  loader(script& into, std::vector<std::string>& faults) : script_(into), faults_(faults) {}

  void read(json::checker& file) {
    file.integer("version", 1, 1, std::nullopt);
    file.members("slots", 0, [&](const std::string& name, json::checker& in) { read_slot(name, in); });
    script_.greeting = file.text("greeting");
    check_slots(script_.greeting, "greeting");
    script_.start = file.text("start");
    refer(script_.start, "start");
    file.objects("anywhere", 0, [&](json::checker& in) { read_intent(script_.anywhere.emplace_back(), in); });
    file.members("nodes", 1,
                 [&](const std::string& name, json::checker& in) { read_node(script_.nodes[name], in); });
    file.object("give_up", true,
                [&](json::checker& in) { read_last_words(script_.give_up, script_.give_up_notes, in); });
    file.object("voicemail", false,
                [&](json::checker& in) { read_last_words(script_.voicemail, script_.voicemail_notes, in); });
    check_nodes();
  }

 private:
  void fault(const std::string& path, const std::string& why) { faults_.push_back(path + ": " + why); }

  std::string slot_names() const {
    std::string all;
    for (const auto& [name, slot] : script_.slots) all += (all.empty() ? "" : ", ") + name;
    return all.empty() ? "none, for there are no slots" : all;
  }

  void check_slot(std::string_view name, const std::string& path) {
    if (!script_.slots.contains(name))
      fault(path, "there is no slot \"" + std::string(name) + "\"; allowed: " + slot_names());
  }

  void check_slots(std::string_view text, const std::string& path) {
    const bool whole = each_piece(
        text, [](std::string_view) {}, [&](std::string_view name) { check_slot(name, path); });
    if (!whole) fault(path, "has a brace without a partner; a slot stands as {name}");
  }

  void refer(const std::string& node, std::string path) {
    if (!node.empty()) references_.emplace_back(node, std::move(path));
  }

  void read_slot(const std::string& name, json::checker& in) {
    auto& slot = script_.slots[name];
    const auto kind = in.choice("type", {"number", "time", "day", "list"}, true);
    if (kind == "number") {
      slot.kind = script_slot::type::number;
      slot.from = static_cast<int>(in.integer("from", 0, 999, 0));
      slot.to = static_cast<int>(in.integer("to", slot.from, 999, 999));
    } else if (kind == "time") {
      slot.kind = script_slot::type::time;
      slot.from = read_clock("from", 0, in);
      slot.to = read_clock("to", day_minutes, in);
      if (slot.to < slot.from) in.fault("to", "must not be before from");
    } else if (kind == "day") {
      slot.kind = script_slot::type::day;
    } else {
      slot.kind = script_slot::type::list;
      slot.values = in.texts("values", 1);
      for (const auto& value : slot.values)
        if (spoken_words(value).empty()) in.fault("values", "\"" + value + "\" has no word in it");
    }
    const bool bounded = kind == "number" || kind == "time";
    if (bounded) slot.outside = in.text_if("outside");
    check_slots(slot.outside, in.path_of("outside"));
  }

  int read_clock(std::string_view key, int otherwise, json::checker& in) {
    if (!in.has(key)) return otherwise;
    const auto minutes = read_time(in.text(key));
    if (!minutes) in.fault(key, "must be a time from 00:00 to 24:00, as HH:MM");
    return minutes.value_or(otherwise);
  }

  void read_node(script_node& node, json::checker& in) {
    node.prompt = in.text("prompt");
    check_slots(node.prompt, in.path_of("prompt"));
    node.reprompts = in.texts("reprompts", 1);
    for (const auto& text : node.reprompts) check_slots(text, in.path_of("reprompts"));
    in.objects("intents", 1, [&](json::checker& inner) { read_intent(node.intents.emplace_back(), inner); });
    in.object("skip", false, [&](json::checker& inner) {
      node.skip_if = inner.text("if");
      if (!node.skip_if.empty()) check_slot(node.skip_if, inner.path_of("if"));
      node.skip_to = inner.text("to");
      refer(node.skip_to, inner.path_of("to"));
    });
    node.also = in.texts("also", 0);
    for (const auto& name : node.also) also_.emplace_back(name, in.path_of("also"));
  }

  void read_intent(intent& what, json::checker& in) {
    what.name = in.text("name");
    for (const auto& text : in.texts("phrases", 0)) read_phrase(what, text, in.path_of("phrases"));
    for (const auto& text : in.texts("keywords", 0)) {
      what.keywords.push_back(spoken_words(text));
      what.keyword_texts.push_back(text);
      if (what.keywords.back().empty()) in.fault("keywords", "\"" + text + "\" has no word in it");
    }
    what.keys = in.texts("keys", 0);
    for (const auto& keys : what.keys) {
      if (!std::all_of(keys.begin(), keys.end(), turns::key_entry::is_key) || keys.find('#') != keys.npos)
        in.fault("keys", "\"" + keys + "\" is none; keys are 0 to 9, * and A to D (# ends them)");
    }
    if (!in.has("phrases") && !in.has("keywords") && !in.has("keys"))
      in.fault({}, "needs phrases, keywords or keys");
    what.confidence = in.number("confidence", 0.1, 1, what.confidence);
    what.reply = in.text_if("reply");
    check_slots(what.reply, in.path_of("reply"));
    what.forget = in.texts("forget", 0);
    for (const auto& name : what.forget) check_slot(name, in.path_of("forget"));
    read_notes(what.notes, in);
    what.go = in.text_if("go");
    refer(what.go, in.path_of("go"));
    if (in.has("then")) {
      const bool transfers = in.choice("then", {"hang_up", "transfer"}, true) == "transfer";
      what.then = transfers ? turns::next::transfer : turns::next::hang_up;
      if (!what.go.empty()) in.fault("then", "goes to no node; only one of go and then is allowed");
      if (what.reply.empty())
        in.fault("reply", "missing; nobody is hung up on or transferred without a word");
      if (transfers) what.to = in.text("to");
      if (!what.to.empty() && !telnyx::can_be_dialled(what.to))
        in.fault("to", "must be a number such as +13125550142 or a SIP address");
    }
    if (in.has("wait")) read_wait(what, in);
  }

  static void read_wait(intent& what, json::checker& in) {
    what.wait = std::chrono::seconds(in.integer("wait", 5, 600, std::nullopt));
    if (!what.go.empty() || what.then != turns::next::listen)
      in.fault("wait", "the node stays; only one of go, then and wait is allowed");
    if (what.reply.empty()) in.fault("reply", "missing; who asks for a moment gets an answer");
  }

  void read_phrase(intent& what, const std::string& text, const std::string& path) {
    phrase read{text, {}};
    std::set<std::string, std::less<>> used;
    const auto where = path + " \"" + text + "\"";
    const bool whole = each_piece(
        text,
        [&](std::string_view plain) {
          for (auto& word : spoken_words(plain)) read.parts.push_back({std::move(word), {}});
        },
        [&](std::string_view name) {
          check_slot(name, where);
          if (!used.emplace(name).second) fault(where, "has the slot \"" + std::string(name) + "\" twice");
          read.parts.push_back({{}, std::string(name)});
        });
    if (!whole) fault(where, "has a brace without a partner; a slot stands as {name}");
    if (read.parts.empty()) fault(where, "has no word in it");
    if (read.parts.size() > max_phrase_words)
      fault(where, "has more than " + std::to_string(max_phrase_words) + " words");
    what.phrases.push_back(std::move(read));
  }

  void read_last_words(std::string& reply, std::vector<turns::note>& notes, json::checker& in) {
    reply = in.text("reply");
    check_slots(reply, in.path_of("reply"));
    read_notes(notes, in);
  }

  void read_notes(std::vector<turns::note>& notes, json::checker& in) {
    for (auto& [key, text] : in.text_members("note")) {
      check_slots(text, in.path_of("note") + "." + key);
      notes.push_back({key, text});
    }
  }

  void check_node(const std::string& node, const std::string& path) {
    if (script_.nodes.contains(node)) return;
    std::string names;
    for (const auto& entry : script_.nodes) names.append(names.empty() ? "" : ", ").append(entry.first);
    fault(path, "there is no node \"" + node + "\"; allowed: " + names);
  }

  void check_nodes() {
    std::set<std::string, std::less<>> reached;
    for (const auto& [node, path] : references_) {
      reached.insert(node);
      check_node(node, path);
    }
    for (const auto& [node, path] : also_) check_node(node, path);
    for (const auto& [name, node] : script_.nodes) {
      if (!reached.contains(name)) fault("nodes." + name, "nothing leads here");
      auto at = script_.nodes.find(name);
      std::size_t steps = 0;
      while (at != script_.nodes.end() && !at->second.skip_to.empty() && steps <= script_.nodes.size()) {
        at = script_.nodes.find(at->second.skip_to);
        ++steps;
      }
      if (steps > script_.nodes.size()) fault("nodes." + name + ".skip.to", "skipping never comes to an end");
    }
  }

  script& script_;
  std::vector<std::string>& faults_;
  std::vector<std::pair<std::string, std::string>> references_;  // node, and where it is named
  std::vector<std::pair<std::string, std::string>> also_;
};

/// Everything that can stand in a slot's place.
std::vector<std::string> sayings(const script_slot& slot) {
  switch (slot.kind) {
    case script_slot::type::list:
      return slot.values;
    case script_slot::type::day:
      return all_days();
    case script_slot::type::number: {
      std::vector<std::string> all;
      for (int number = slot.from; number <= slot.to && number < slot.from + 100; ++number)
        all.push_back(speak_number(number));
      return all;
    }
    case script_slot::type::time:
      break;
  }
  std::vector<std::string> all;
  for (int hours = slot.from / 60; hours <= slot.to / 60 && hours < slot.from / 60 + 12; ++hours) {
    const auto hour = speak_number(hours % 12 == 0 ? 12 : hours % 12);
    all.insert(all.end(), {hour, hour + " o'clock", hour + " fifteen", hour + " thirty", hour + " forty five",
                           "half past " + hour, "a quarter past " + hour, "a quarter to " + hour});
  }
  return all;
}

}  // namespace

tl::expected<script, std::vector<std::string>> load_script(std::string_view text) {
  std::vector<std::string> faults;
  std::string copy(text);
  json::document document;
  if (const auto why = document.parse(copy, {max_bytes, 16}); why != json::fault::none) {
    faults.push_back(json::describe_fault(why, document, text));
    return tl::unexpected(std::move(faults));
  }
  script result;
  {
    json::checker file(document.root(), {}, faults);
    loader(result, faults).read(file);
  }
  if (!faults.empty()) return tl::unexpected(json::with_lines(std::move(faults), text));
  result.source = text;
  return result;
}

std::vector<std::string> phrases(const script& dialogue) {
  std::vector<std::string> all;
  std::set<std::string> known;
  const auto add = [&](std::string text) {
    if (known.insert(text).second) all.push_back(std::move(text));
  };
  const auto expand = [&](const phrase& wanted) {
    std::map<std::string, std::vector<std::string>, std::less<>> values;
    std::size_t times = 1;
    for (const auto& part : wanted.parts) {
      if (part.slot.empty()) continue;
      auto& list = values[part.slot] = sayings(dialogue.slots.find(part.slot)->second);
      times = std::max(times, list.size());
    }
    for (std::size_t i = 0; i < times; ++i) {
      std::string text;
      each_piece(
          wanted.text, [&](std::string_view plain) { text += plain; },
          [&](std::string_view name) {
            const auto& list = values.find(name)->second;
            text += list[i % list.size()];
          });
      add(std::move(text));
    }
  };
  const auto gather = [&](const std::vector<intent>& intents) {
    for (const auto& one : intents) {
      for (const auto& wanted : one.phrases) expand(wanted);
      for (const auto& text : one.keyword_texts) add(text);
    }
  };
  for (const auto& [name, node] : dialogue.nodes) gather(node.intents);
  gather(dialogue.anywhere);
  return all;
}

}  // namespace tandem
