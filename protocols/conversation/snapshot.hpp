#pragma once

#include "protocols/json.hpp"
#include "protocols/moment.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

/// State as JSON and back. A type lists its members once, for both ways, in `static describe(archive, self)`;
/// a variant's alternatives have a `name`; an enum has `names(E)`, an array of its enumerators' names in
/// order. Moments are nanoseconds from now, so that another clock can take them up.
namespace tandem {

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
template <class T>
struct is_variant : std::false_type {};
template <class... T>
struct is_variant<std::variant<T...>> : std::true_type {};
template <class T>
struct is_duration : std::false_type {};
template <class... T>
struct is_duration<std::chrono::duration<T...>> : std::true_type {};

/// Writes members into one JSON object.
class snapshot_writer {
 public:
  /// Moments farther from now than this, such as one that never was, are written as so far away.
  static constexpr auto farthest = std::chrono::hours(24 * 30);

  explicit snapshot_writer(moment now) : now_(now) {}

  template <class T>
  void operator()(std::string_view key, const T& member) {
    if constexpr (is_optional<T>::value) {
      if (member) (*this)(key, *member);
    } else {
      if (out_.back() != '{') out_ += ',';
      // Names have nothing that has to be escaped.
      out_.append(1, '"').append(key).append("\":");
      write(member);
    }
  }

  /// The whole object; the writer is used up.
  std::string finish() && { return std::move(out_ += '}'); }

 private:
  template <class T>
  void write(const T& value) {
    if constexpr (std::convertible_to<T, std::string_view>) {
      json::append_quoted(out_, value);
    } else if constexpr (std::is_enum_v<T>) {
      json::append_quoted(out_, names(value).at(static_cast<std::size_t>(value)));
    } else if constexpr (std::same_as<T, bool>) {
      out_ += value ? "true" : "false";
    } else if constexpr (std::integral<T>) {
      number(value);
    } else if constexpr (is_duration<T>::value) {
      number(value.count());
    } else if constexpr (std::same_as<T, moment>) {
      using std::chrono::nanoseconds;
      const auto away = std::clamp<nanoseconds>(value - now_, -farthest, farthest);
      number(away.count());
    } else if constexpr (is_variant<T>::value) {
      out_ += '{';
      std::visit(
          [this](const auto& state) {
            (*this)("is", state.name);
            state.describe(*this, state);
          },
          value);
      out_ += '}';
    } else if constexpr (requires { value.begin(); }) {
      out_ += '[';
      for (const auto& element : value) {
        if (out_.back() != '[') out_ += ',';
        write(element);
      }
      out_ += ']';
    } else {
      out_ += '{';
      value.describe(*this, value);
      out_ += '}';
    }
  }

  template <class T>
  void number(T value) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out_.append(digits.data(), end);
  }

  moment now_;
  std::string out_ = "{";
};

/// Reads members from a JSON object; the first that is missing or wrong is remembered and the rest skipped.
class snapshot_reader {
 public:
  /// Moments farther from now than this are refused.
  static constexpr auto farthest = snapshot_writer::farthest;

  snapshot_reader(const json::value& object, moment now) : object_(&object), now_(now) {}

  template <class T>
  void operator()(std::string_view key, T& member) {
    if (!fault_.empty()) return;
    const json::value* found = json::find(*object_, key);
    if constexpr (is_optional<T>::value) {
      member.reset();
      if (!found) return;
      // clang 14 has no default constructor for nested structs with initialisers.
      member.emplace(typename T::value_type{});
      inside(key, [&] { read(*found, *member); });
    } else {
      inside(key, [&] {
        if (found) {
          read(*found, member);
        } else {
          fail("is missing");
        }
      });
    }
  }

  /// What is wrong, as `path: reason`, or empty.
  const std::string& fault() const { return fault_; }

 private:
  template <class F>
  void inside(std::string_view key, F read_it) {
    const auto before = path_.size();
    if (before != 0) path_ += '.';
    path_ += key;
    read_it();
    path_.resize(before);
  }

  void fail(std::string_view why) {
    if (fault_.empty()) fault_ = path_ + " " + std::string(why);
  }

  std::int64_t number(const json::value& from, std::int64_t least, std::int64_t most) {
    if (from.IsInt64() && from.GetInt64() >= least && from.GetInt64() <= most) return from.GetInt64();
    fail("is no number from " + std::to_string(least) + " to " + std::to_string(most));
    return least;
  }

  template <class T>
  void members(const json::value& from, T& into) {
    const json::value* outer = std::exchange(object_, &from);
    into.describe(*this, into);
    object_ = outer;
  }

  template <class... T>
  void alternative(const json::value& from, std::variant<T...>& into) {
    const auto name = json::text_or(from, "is");
    const auto take = [&]<class State>(State state) {
      if (name != State::name) return false;
      members(from, state);
      into = std::move(state);
      return true;
    };
    if (!(take(T{}) || ...)) fail("is no known state");
  }

  template <class T>
  void read(const json::value& from, T& into) {
    using std::chrono::nanoseconds;
    if constexpr (std::same_as<T, std::string>) {
      if (const auto text = json::text(from)) return void(into = *text);
      fail("is no text");
    } else if constexpr (std::is_enum_v<T>) {
      const auto text = json::text(from);
      const auto all = names(into);
      for (std::size_t i = 0; i < all.size(); ++i)
        if (text == all[i]) return void(into = static_cast<T>(i));
      fail("is no known value");
    } else if constexpr (std::same_as<T, bool>) {
      if (from.IsBool()) return void(into = from.GetBool());
      fail("is neither true nor false");
    } else if constexpr (std::integral<T>) {
      using limits = std::numeric_limits<T>;
      constexpr auto most = std::min<std::uint64_t>(limits::max(), std::numeric_limits<std::int64_t>::max());
      into = static_cast<T>(number(from, limits::min(), static_cast<std::int64_t>(most)));
    } else if constexpr (is_duration<T>::value) {
      const auto most = std::chrono::duration_cast<T>(farthest).count();
      into = T(number(from, 0, most));
    } else if constexpr (std::same_as<T, moment>) {
      const auto most = std::chrono::nanoseconds(farthest).count();
      into = now_ + nanoseconds(number(from, -most, most));
    } else if constexpr (is_variant<T>::value) {
      alternative(from, into);
    } else if constexpr (requires { into.emplace_back(); }) {
      into.clear();
      if (!from.IsArray()) return fail("is no list");
      for (const auto& element : from.GetArray()) read(element, into.emplace_back());
    } else {
      members(from, into);
    }
  }

  const json::value* object_;
  moment now_;
  std::string path_;
  std::string fault_;
};

}  // namespace tandem
