#include "protocols/telnyx/leg_label.hpp"

#include <doctest/doctest.h>

namespace tandem::telnyx {

TEST_CASE("a leg's label is read as it was written") {
  for (const auto role : {leg_role::conversation, leg_role::transfer, leg_role::released}) {
    const auto text = to_text({role, "node-a.example", "node-a.example-1764000000-17"});
    const auto read = read_leg_label(text);
    REQUIRE(read);
    CHECK(read->role == role);
    CHECK(read->node == "node-a.example");
    CHECK(read->call_id == "node-a.example-1764000000-17");
  }
  CHECK(to_text({leg_role::conversation, "a", "a-1-2"}) == "tandem:conversation:a:a-1-2");
}

TEST_CASE("a leg is a conversation of its own node alone") {
  CHECK(conversation_of("a", to_text({leg_role::conversation, "a", "a-1-2"})) == "a-1-2");
  CHECK_FALSE(conversation_of("b", to_text({leg_role::conversation, "a", "a-1-2"})));
  CHECK_FALSE(conversation_of("a", to_text({leg_role::transfer, "a", "a-1-2"})));
  CHECK_FALSE(conversation_of("a", to_text({leg_role::released, "a", "a-1-2"})));
  CHECK_FALSE(conversation_of("a", ""));
}

TEST_CASE("what others write into a leg is no label") {
  for (const auto* text :
       {"", "aGVsbG8=", "tandem", "tandem:", "tandem:conversation", "tandem:conversation:a",
        "tandem:conversation:a:", "tandem:conversation::a-1-1", "tandem:friend:a:a-1-1",
        "tandem:conversation:a:b:c", "Tandem:conversation:a:a-1-1"}) {
    CAPTURE(text);
    CHECK_FALSE(read_leg_label(text));
  }
}

TEST_CASE("a label cut at any byte is another call's or none, never this one's") {
  const auto whole = to_text({leg_role::transfer, "node-a", "node-a-1-17"});
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    const auto front = read_leg_label(whole.substr(0, cut));
    CHECK((!front || front->call_id != "node-a-1-17"));
    if (cut != 0) CHECK_FALSE(read_leg_label(whole.substr(cut)));
  }
}

}  // namespace tandem::telnyx
