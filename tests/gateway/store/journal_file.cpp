#include "gateway/store/journal_file.hpp"

#include "tests/gateway/temporary_file.hpp"
#include "tests/temporary_folder.hpp"

#include <fstream>

namespace tandem {

namespace {

constexpr std::uint64_t roomy = 1024 * 1024;

std::vector<records::row> rows(int from, int to) {
  std::vector<records::row> out;
  for (int n = from; n <= to; ++n)
    out.emplace_back(records::turn_row{.call_id = "a", .n = n, .text = "word"});
  return out;
}

/// The numbers of what is left in the journal.
std::string left_in(journal_file& journal, std::size_t most = 2) {
  std::string out;
  while (journal.waiting() > 0) {
    for (const auto& each : journal.next(most)) out += std::to_string(std::get<records::turn_row>(each).n);
    journal.replayed();
  }
  return out;
}

void append_raw(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::app | std::ios::binary) << text;
}

}  // namespace

TEST_CASE("the journal gives back what it took, in order, and is empty then") {
  const temporary_folder folder;
  const auto path = folder / "journal";
  {
    journal_file journal(path, roomy);
    CHECK(journal.why_not().empty());
    CHECK(journal.append(rows(1, 3)));
    CHECK(journal.append(rows(4, 5)));
  }
  journal_file journal(path, roomy);
  CHECK(left_in(journal) == "12345");
  CHECK(read_file(path).empty());
  CHECK(journal.append(rows(6, 6)));
  CHECK(left_in(journal) == "6");
}

TEST_CASE("what comes while the journal is replayed comes after it") {
  const temporary_folder folder;
  journal_file journal(folder / "journal", roomy);
  CHECK(journal.append(rows(1, 3)));
  CHECK(journal.next(2).size() == 2);
  // Not in the store yet, so it comes again.
  CHECK(journal.next(2).size() == 2);
  journal.replayed();
  CHECK(journal.append(rows(4, 4)));
  CHECK(left_in(journal) == "34");
}

TEST_CASE("a line that a crash tore off is dropped, wherever it was torn") {
  const temporary_folder folder;
  const auto path = folder / "journal";
  std::string whole;
  {
    journal_file journal(path, roomy);
    CHECK(journal.append(rows(1, 1)));
    const auto first = read_file(path).size();
    CHECK(journal.append(rows(2, 2)));
    whole = read_file(path);
    for (auto size = first; size < whole.size(); size += 7) {
      const auto torn = folder / ("torn" + std::to_string(size));
      append_raw(torn, std::string_view(whole).substr(0, size));
      journal_file again(torn, roomy);
      CHECK(again.append(rows(3, 3)));
      CHECK(left_in(again) == "13");
      CHECK(again.damaged() == 0);
    }
  }
}

TEST_CASE("damaged lines are left out and counted") {
  const temporary_folder folder;
  const auto path = folder / "journal";
  {
    journal_file journal(path, roomy);
    CHECK(journal.append(rows(1, 1)));
  }
  append_raw(path, "no line of ours\n" + std::string(300'000, 'x') + "\n");
  journal_file journal(path, roomy);
  CHECK(journal.append(rows(2, 2)));
  CHECK(left_in(journal) == "12");
  CHECK(journal.damaged() == 2);
}

TEST_CASE("a journal has one owner and a bound, and says why it takes nothing") {
  const temporary_folder folder;
  const auto path = folder / "journal";
  journal_file journal(path, 300);
  CHECK(journal.append(rows(1, 1)));
  CHECK_FALSE(journal.append(rows(2, 9)));
  CHECK(left_in(journal) == "1");
  journal_file second(path, roomy);
  CHECK(second.why_not() == "another process has it");
  CHECK_FALSE(second.append(rows(1, 1)));
  CHECK(second.next(5).empty());
  CHECK_FALSE(journal_file(folder / "nowhere/journal", roomy).why_not().empty());
  CHECK_FALSE(journal_file("", roomy).why_not().empty());
}

TEST_CASE("what the store refuses for good is kept beside the journal") {
  const temporary_folder folder;
  journal_file journal(folder / "journal", roomy);
  journal.set_aside(rows(7, 7).front());
  journal_file aside(folder / "journal.refused", roomy);
  CHECK(left_in(aside) == "7");
}

}  // namespace tandem
