#include "gateway/store/sealer.hpp"

#include "gateway/store/row_maker.hpp"

#include <doctest/doctest.h>

namespace tandem {

namespace {

sealer::key key_of(std::uint8_t fill) {
  sealer::key key;
  key.fill(fill);
  return key;
}

}  // namespace

TEST_CASE("a sealed text is opened with its key, for its place, and otherwise not at all") {
  const sealer box(key_of(1));
  for (const std::string& text : {std::string(), std::string("hello Zoë"), std::string(100000, 'x')}) {
    const auto sealed = box.seal(text, "call/text/1");
    CHECK(box.open(sealed, "call/text/1") == text);
    CHECK_FALSE(box.open(sealed, "call/text/2"));
    CHECK_FALSE(sealer(key_of(2)).open(sealed, "call/text/1"));
    CHECK(box.seal(text, "call/text/1") != sealed);
  }
}

TEST_CASE("no changed byte of a sealed text goes unnoticed") {
  const sealer box(key_of(1));
  const auto sealed = box.seal("hello", "place");
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    auto changed = sealed;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    CHECK_FALSE(box.open(changed, "place"));
    CHECK_FALSE(box.open(sealed.substr(0, at), "place"));
  }
}

TEST_CASE("equal texts have one fingerprint, which only the key's owner can make") {
  const sealer box(key_of(1));
  CHECK(box.fingerprint("+1") == box.fingerprint("+1"));
  CHECK(box.fingerprint("+1") != box.fingerprint("+2"));
  CHECK(box.fingerprint("+1") != sealer(key_of(2)).fingerprint("+1"));
  CHECK(box.fingerprint("+1").size() == 64);
}

TEST_CASE("a key is 32 bytes of base64") {
  CHECK(parse_seal_key("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=") == key_of(0));
  CHECK_FALSE(parse_seal_key("AAAA"));
  CHECK_FALSE(parse_seal_key(""));
  CHECK_FALSE(parse_seal_key("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!="));
}

TEST_CASE("numbers and words are kept as the operator wants, and read again with the key alone") {
  call_record call;
  call.id = "a";
  call.from = "+13125550100";
  call.to = "+13125550142";
  call.metadata = {{"name", "Zoë"}};
  const row_maker plain(text_policy::plain, text_policy::plain, std::nullopt, "test");
  const row_maker sealed(text_policy::encrypt, text_policy::encrypt, key_of(1), "test");
  const row_maker omitted(text_policy::omit, text_policy::omit, std::nullopt, "test");
  const auto line = records::encode(sealed.make(call, 1));
  // Nothing that base64 could make up by chance.
  for (const std::string word : {"3125550100", "3125550142", "Zoë", "\"name\""})
    CHECK_MESSAGE(line.find(word) == line.npos, word);
  const auto read = [&](const row_maker& with, const row_maker& by) {
    return by.read(std::get<records::call_row>(with.make(call, 1)));
  };
  CHECK(read(plain, plain).from == call.from);
  CHECK(read(sealed, sealed).from == call.from);
  CHECK(read(sealed, sealed).metadata == call.metadata);
  CHECK(read(sealed, plain).from == "[sealed]");
  CHECK(read(sealed, plain).metadata.empty());
  CHECK(read(omitted, plain).from.empty());
  CHECK(read(omitted, plain).metadata.empty());
  // What was kept plain before stays readable.
  CHECK(read(plain, sealed).to == call.to);

  const turn_change turn{"a", {.n = 1, .text = "my name is Zoë", .heard_text = "my"}};
  const auto row = std::get<records::turn_row>(sealed.make(turn, 1));
  CHECK(row.text.find("name") == row.text.npos);
  CHECK(sealed.read(row).text == turn.turn.text);
  CHECK(sealed.read(row).heard_text == "my");
  CHECK(std::get<records::turn_row>(omitted.make(turn, 1)).text.empty());
  const auto event =
      std::get<records::event_row>(sealed.make(call_event{"a", 1, {}, "dtmf", R"({"digit":"5"})"}, 1));
  CHECK(event.data.find("digit") == event.data.npos);
  CHECK(sealed.read(event).data == R"({"digit":"5"})");
  CHECK(plain.read(event).data == "{}");
}

}  // namespace tandem
