// The parameters of a game, in one table on its rules. The table gives the values of a name like
// "othello?size=6", the canonical name, the message for a wrong one, and the list of `zero games`.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zero {

class Values;

// A number, or one of a few words: {"size", 8, 4, 8, "rows and columns"}.
struct Parameter {
  std::string_view name;
  double fallback = 0;  // the default: the number, or the place of the word
  double low;           // the least and the most that is allowed
  double high;
  std::string_view help;  // what it means
  double step = 1;        // a value is a multiple of it
  std::span<const std::string_view> words = {};
  // The default, where it follows from parameters before this one; `formula` says it in words.
  double (*follows)(const Values&) = nullptr;
  std::string_view formula = {};
};

inline constexpr std::string_view kNoYes[] = {"no", "yes"};
constexpr Parameter no_or_yes(std::string_view name, std::string_view help) {
  return {.name = name, .fallback = 0, .low = 0, .high = 1, .help = help, .words = kNoYes};
}

// The values of a table's parameters in one game.
class Values {
 public:
  // Reads "size=6&swap=yes"; parameters that are left out have their defaults. Throws GameError,
  // which begins with the name of the game and names the nearest parameter, or what is allowed.
  Values(std::string_view game, std::span<const Parameter> table, std::string_view text = {});

  // The value of a parameter of that name, which the table must have.
  double number(std::string_view name) const;
  int whole(std::string_view name) const { return static_cast<int>(number(name)); }
  bool yes(std::string_view name) const { return number(name) != 0; }

  // "othello?size=6": the name of a game with the values that differ from their defaults.
  std::string canonical(std::string_view game) const;

 private:
  double fallback(const Parameter& parameter) const;

  std::span<const Parameter> table_;
  std::vector<double> values_;  // in the order of the table, as far as they are known
};

// For people: the default, and what is allowed, such as "4 to 8", "4, 6 or 8" or "yes or no".
std::string usual(const Parameter& parameter);
std::string allowed(const Parameter& parameter);

// The message for a value that is not allowed: it says what is.
std::string impossible(const Parameter& parameter, std::string_view text);

// The candidate with the smallest edit distance to `given`.
std::string_view nearest(std::string_view given, std::span<const std::string_view> candidates);

}  // namespace zero
