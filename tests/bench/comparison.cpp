#include "tests/bench/comparison.hpp"

#include "protocols/json_builder.hpp"
#include "tests/lab/load/report/load_json.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace tandem::bench {

namespace {

constexpr double milliseconds_in_second = 1000;
/// Of a core, to the accuracy of such a measurement.
constexpr double whole_core = 0.95;

std::string formatted(const char* format, double number) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), format, number);
  return text.data();
}

std::string text_of(const spread& of) {
  return formatted("%.3f", of.median) + " (" + formatted("%.3f", of.least) + " … " +
         formatted("%.3f", of.most) + ")";
}

template <class Value>
spread spread_over(const std::vector<lab::load_row>& rows, Value value) {
  std::vector<double> values;
  for (const auto& each : rows) values.push_back(value(each));
  return spread_of(std::move(values));
}

spread cpu_of(const std::vector<lab::load_row>& rows) {
  return spread_over(rows, [](const auto& row) { return row.cpu_ms; });
}

spread memory_of(const std::vector<lab::load_row>& rows) {
  return spread_over(rows, [](const auto& row) { return row.kib; });
}

/// The engine's CPU by a relay's, each pair of the same round.
spread ratio_of(const size_runs& runs, std::size_t relay) {
  std::vector<double> ratios;
  const auto& engine = runs.of_subject.front();
  const auto& other = runs.of_subject[relay];
  for (std::size_t n = 0; n < std::min(engine.size(), other.size()); ++n) {
    // A relay that used no CPU did not run, and says so by its faults.
    if (other[n].cpu_ms > 0) ratios.push_back(engine[n].cpu_ms / other[n].cpu_ms);
  }
  return spread_of(std::move(ratios));
}

void add_spread(json::builder& to, std::string_view name, const spread& of) {
  json::builder object(to.raw(name));
  object.raw("median") += formatted("%.6g", of.median);
  object.raw("least") += formatted("%.6g", of.least);
  object.raw("most") += formatted("%.6g", of.most);
}

void add_runs(std::string& out, const comparison& all, const size_runs& runs) {
  out += '[';
  const auto rounds = runs.of_subject.front().size();
  for (std::size_t round = 0; round < rounds; ++round) {
    for (std::size_t n = 0; n < all.subjects.size(); ++n) {
      if (round + n != 0) out += ',';
      json::builder object(out);
      object.text("subject", all.subjects[n]).integer("round", static_cast<std::int64_t>(round + 1));
      lab::load_summary load;
      load.profile = all.profile;
      load.seed = 1;
      load.rows = {runs.of_subject[n][round]};
      object.raw("load") += lab::report_json(load);
    }
  }
  out += ']';
}

void add_size(std::string& out, const comparison& all, const size_runs& runs) {
  json::builder object(out);
  object.integer("calls", static_cast<std::int64_t>(runs.calls)).boolean("right", runs.is_right());
  const auto by_subject = [&](std::string_view name, std::size_t first, auto&& value) {
    json::builder inner(object.raw(name));
    for (auto n = first; n < all.subjects.size(); ++n) add_spread(inner, all.subjects[n], value(n));
  };
  by_subject("cpu_ms_per_call_second", 0, [&](std::size_t n) { return cpu_of(runs.of_subject[n]); });
  by_subject("kib_per_call", 0, [&](std::size_t n) { return memory_of(runs.of_subject[n]); });
  by_subject("engine_cpu_by", 1, [&](std::size_t n) { return ratio_of(runs, n); });
  add_runs(object.raw("runs"), all, runs);
}

/// What is wrong with a subject's runs, and what makes their figures mean less; whole lines.
std::string remarks(const std::string& subject, std::size_t calls, const std::vector<lab::load_row>& rows) {
  std::string out;
  for (const auto& row : rows) {
    for (const auto& fault : row.calls_judged.faults) out += "  WRONG " + subject + ": " + fault + "\n";
  }
  const auto count = [&](const char* what, auto&& holds) {
    const auto many = std::count_if(rows.begin(), rows.end(), holds);
    if (many != 0)
      out += "  " + subject + ", " + std::to_string(many) + " of " + std::to_string(rows.size()) +
             " runs: " + what + "\n";
  };
  count("the load itself was at its end, and frames that come in bursts cost less",
        [](const auto& row) { return !row.has_figures(); });
  count("its core was used up", [calls](const auto& row) {
    return row.cpu_ms * static_cast<double>(calls) > whole_core * milliseconds_in_second;
  });
  return out;
}

}  // namespace

spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const auto size = values.size();
  return {(values[(size - 1) / 2] + values[size / 2]) / 2, values.front(), values.back()};
}

bool size_runs::is_right() const {
  return std::all_of(of_subject.begin(), of_subject.end(), [](const auto& rows) {
    return std::all_of(rows.begin(), rows.end(), [](const auto& row) { return row.is_right(); });
  });
}

void print_head(const comparison& all) {
  std::string names = "| calls |";
  std::string rule = "|---|";
  const auto add = [&](const std::string& name) {
    names += " " + name + " |";
    rule += "---|";
  };
  for (const auto& each : all.subjects) add(each);
  for (std::size_t n = 1; n < all.subjects.size(); ++n) add("engine / " + all.subjects[n]);
  for (const auto& each : all.subjects) add(each + " KiB");
  std::printf("CPU ms per call-second, median (least … most); KiB per call, median\n%s\n%s\n", names.c_str(),
              rule.c_str());
  std::fflush(stdout);
}

void print_row(const comparison& all, const size_runs& runs) {
  std::string out = "| " + std::to_string(runs.calls) + " |";
  for (const auto& each : runs.of_subject) out += " " + text_of(cpu_of(each)) + " |";
  for (std::size_t n = 1; n < all.subjects.size(); ++n) out += " " + text_of(ratio_of(runs, n)) + " |";
  for (const auto& each : runs.of_subject) out += " " + formatted("%.1f", memory_of(each).median) + " |";
  out += "\n";
  for (std::size_t n = 0; n < all.subjects.size(); ++n)
    out += remarks(all.subjects[n], runs.calls, runs.of_subject[n]);
  std::fputs(out.c_str(), stdout);
  std::fflush(stdout);
}

std::string to_json(const comparison& all) {
  std::string out;
  {
    json::builder object(out);
    object.text("profile", all.profile).text("commit", all.commit).integer("seconds", all.seconds);
    auto& sizes = object.raw("sizes");
    sizes += '[';
    for (const auto& each : all.sizes) {
      if (&each != all.sizes.data()) sizes += ',';
      add_size(sizes, all, each);
    }
    sizes += ']';
  }
  return out + '\n';
}

}  // namespace tandem::bench
