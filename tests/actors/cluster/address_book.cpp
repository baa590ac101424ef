#include "actors/cluster/address_book.hpp"

#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;

namespace {

using hosts = std::optional<std::vector<std::string>>;

const cluster::address first{"10.0.0.1", 4000}, second{"10.0.0.2", 4000}, name{"voice", 4000};
const cluster::member who{"b", 1};

struct book_fixture {
  moment now{1h};
  address_book listed{{"10.0.0.1:4000", "10.0.0.2:4000"}, 1};
  address_book named{{"dns:voice:4000"}, 1};

  std::vector<cluster::address> due(address_book& book) { return book.take_due(now, 100); }
};

}  // namespace

TEST_CASE_FIXTURE(book_fixture, "every address of a list is due at once, and once") {
  CHECK(listed.take_due(now, 1) == std::vector{first});
  CHECK(due(listed) == std::vector{second});
  CHECK(due(listed).empty());
  CHECK(listed.take_due_names(now).empty());
}

TEST_CASE_FIXTURE(book_fixture, "where nobody is, it is looked again, less and less often") {
  due(listed);
  CHECK(listed.failed(first, now));
  CHECK(due(listed).empty());
  now += 120ms;
  CHECK(due(listed) == std::vector{first});
  CHECK_FALSE(listed.failed(first, now));
  now += 120ms;
  CHECK(due(listed).empty());
  now += 480ms;
  CHECK(due(listed) == std::vector{first});
}

TEST_CASE_FIXTURE(book_fixture, "where a node is, it is looked again when the node is lost") {
  due(listed);
  listed.led_to(first, who);
  now += 1h;
  CHECK(due(listed).empty());
  listed.lost(who, now);
  CHECK(due(listed).empty());
  now += 120ms;
  CHECK(due(listed) == std::vector{first});
  listed.led_to(first, who);
  listed.lost(who, now);
  now += 120ms;
  CHECK(due(listed) == std::vector{first});
  CHECK(listed.failed(first, now));
}

TEST_CASE_FIXTURE(book_fixture, "nobody looks for this node itself") {
  due(listed);
  listed.led_home(first);
  now += 1h;
  CHECK(due(listed).empty());
}

TEST_CASE_FIXTURE(book_fixture, "who is refused is not asked within the second") {
  due(listed);
  listed.refused(first, now);
  now += 790ms;
  CHECK(due(listed).empty());
  now += 410ms;
  CHECK(due(listed) == std::vector{first});
}

TEST_CASE_FIXTURE(book_fixture, "a name leads to all of its addresses, and is looked up again and again") {
  CHECK(due(named).empty());
  CHECK(named.take_due_names(now) == std::vector{name});
  CHECK(named.take_due_names(now).empty());
  named.found(name, hosts{{"10.0.0.1", "10.0.0.2"}}, now);
  CHECK(due(named) == std::vector{first, second});
  CHECK(named.take_due_names(now + 4s).empty());
  now += 6s;
  CHECK(named.take_due_names(now) == std::vector{name});
}

TEST_CASE_FIXTURE(book_fixture,
                  "an address that a name does not have any more is dropped, unless a node is there") {
  named.take_due_names(now);
  named.found(name, hosts{{"10.0.0.1", "10.0.0.2"}}, now);
  due(named);
  named.led_to(first, who);
  named.failed(second, now);
  now += 10s;
  named.take_due_names(now);
  named.found(name, hosts{{"10.0.0.3"}}, now);
  CHECK(named.size() == 2);
  CHECK(due(named) == std::vector{cluster::address{"10.0.0.3", 4000}});
}

TEST_CASE_FIXTURE(book_fixture,
                  "a name that cannot be looked up keeps its addresses and is tried again soon") {
  named.take_due_names(now);
  named.found(name, hosts{{"10.0.0.1"}}, now);
  now += 10s;
  named.take_due_names(now);
  named.found(name, std::nullopt, now);
  CHECK(named.size() == 1);
  now += 120ms;
  CHECK(named.take_due_names(now) == std::vector{name});
}

TEST_CASE_FIXTURE(book_fixture, "a lost node has its name looked up soon, since it may come elsewhere") {
  named.take_due_names(now);
  named.found(name, hosts{{"10.0.0.1"}}, now);
  due(named);
  named.led_to(first, who);
  now += 1s;
  CHECK(named.take_due_names(now).empty());
  named.lost(who, now);
  now += 250ms;
  CHECK(named.take_due_names(now) == std::vector{name});
}

TEST_CASE_FIXTURE(book_fixture, "what does not stand in the book changes nothing") {
  const cluster::address nowhere{"10.9.9.9", 1};
  listed.led_to(nowhere, who);
  listed.led_home(nowhere);
  listed.refused(nowhere, now);
  CHECK_FALSE(listed.failed(nowhere, now));
  listed.found(nowhere, hosts{{"10.0.0.3"}}, now);
  CHECK(listed.size() == 2);
}
