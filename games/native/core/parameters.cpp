#include "games/native/core/parameters.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "games/native/core/errors.hpp"

namespace zero {
namespace {

constexpr double kFew = 3;  // up to this many numbers are listed one by one

// A decimal such as "-7.5", without any other way to write a number.
std::optional<double> decimal(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  if (point == 0 || point + 1 == text.size()) return std::nullopt;
  std::string digits(text.substr(0, point));
  if (point < text.size()) digits += text.substr(point + 1);
  const bool plain = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  std::int64_t value = 0;
  const char* const end = digits.data() + digits.size();
  if (!plain || std::from_chars(digits.data(), end, value).ec != std::errc{}) return std::nullopt;
  double unit = 1;
  for (std::size_t i = point + 1; i < text.size(); ++i) unit *= 10;
  const double size = static_cast<double>(value) / unit;
  return negative && value != 0 ? -size : size;
}

// The allowed value that the text names.
std::optional<double> read(const Parameter& parameter, std::string_view text) {
  if (!parameter.words.empty()) {
    const auto word = std::ranges::find(parameter.words, text);
    if (word == parameter.words.end()) return std::nullopt;
    return static_cast<double>(word - parameter.words.begin());
  }
  const bool fractions = parameter.step != std::floor(parameter.step);
  const std::optional<double> value = decimal(text);
  if (!value || (!fractions && text.find('.') != text.npos)) return std::nullopt;
  if (*value < parameter.low || *value > parameter.high) return std::nullopt;
  return std::fmod(*value, parameter.step) == 0 ? value : std::nullopt;
}

// A value as it is written in a name.
std::string written(const Parameter& parameter, double value) {
  if (!parameter.words.empty()) {
    return std::string(parameter.words[static_cast<std::size_t>(value)]);
  }
  std::string text = std::to_string(value);  // with six decimals
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string joined(const std::vector<std::string>& words, const std::string& last) {
  std::string out = words.front();
  for (std::size_t i = 1; i < words.size(); ++i) {
    out += (i + 1 == words.size() ? last : ", ") + words[i];
  }
  return out;
}

}  // namespace

Values::Values(std::string_view game, std::span<const Parameter> table, std::string_view text)
    : table_(table) {
  const std::string prefix(game);
  std::vector<std::optional<std::string_view>> given(table.size());
  std::vector<std::string_view> known;
  for (const Parameter& parameter : table) known.push_back(parameter.name);
  for (bool more = !text.empty(); more;) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view item = text.substr(0, end);
    more = end < text.size();
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = std::min(item.find('='), item.size());
    const std::string_view name = item.substr(0, equals);
    if (equals == 0 || equals == item.size()) {
      refuse(prefix + ": " + quoted(item) + " is not a parameter; write name=value");
    }
    if (known.empty()) refuse(prefix + " has no parameters, but " + quoted(name) + " was given");
    const auto place = static_cast<std::size_t>(std::ranges::find(known, name) - known.begin());
    if (place == known.size()) {
      throw GameError(prefix + " has no parameter " + quoted(name) + "; did you mean '" +
                      std::string(nearest(name, known)) + "'?");
    }
    if (given[place].has_value()) refuse(prefix + ": " + std::string(name) + " is given twice");
    given[place] = item.substr(equals + 1);
  }
  for (std::size_t i = 0; i < table.size(); ++i) {
    const std::optional<double> value = given[i] ? read(table[i], *given[i]) : fallback(table[i]);
    if (!value) throw GameError(prefix + ": " + impossible(table[i], *given[i]));
    values_.push_back(*value);
  }
}

double Values::fallback(const Parameter& parameter) const {
  return parameter.follows != nullptr ? parameter.follows(*this) : parameter.fallback;
}

double Values::number(std::string_view name) const {
  const auto found = std::ranges::find(table_, name, &Parameter::name);
  return values_.at(static_cast<std::size_t>(found - table_.begin()));
}

std::string Values::canonical(std::string_view game) const {
  std::string out(game);
  for (std::size_t i = 0; i < table_.size(); ++i) {
    if (values_[i] == fallback(table_[i])) continue;
    out += out.size() == game.size() ? '?' : '&';
    out += std::string(table_[i].name) + '=' + written(table_[i], values_[i]);
  }
  return out;
}

std::string allowed(const Parameter& parameter) {
  std::vector<std::string> all;
  if ((parameter.high - parameter.low) / parameter.step < kFew) {
    for (double value = parameter.low; value <= parameter.high; value += parameter.step) {
      all.push_back(written(parameter, value));
    }
  }
  if (!parameter.words.empty()) std::ranges::reverse(all);
  if (!all.empty()) return joined(all, " or ");
  return written(parameter, parameter.low) + " to " + written(parameter, parameter.high);
}

std::string usual(const Parameter& parameter) {
  return parameter.follows != nullptr ? std::string(parameter.formula)
                                      : written(parameter, parameter.fallback);
}

std::string impossible(const Parameter& parameter, std::string_view text) {
  std::string kind;
  if ((parameter.high - parameter.low) / parameter.step >= kFew) {
    const bool whole = parameter.step == 1;
    kind = whole ? "a whole number from "
                 : "a multiple of " + written(parameter, parameter.step) + " from ";
  }
  return std::string(parameter.name) + "=" + quoted(text) + " is not possible; give " + kind +
         allowed(parameter);
}

std::string_view nearest(std::string_view given, std::span<const std::string_view> candidates) {
  std::string_view best;
  std::size_t best_distance = static_cast<std::size_t>(-1);
  for (const std::string_view candidate : candidates) {
    // Levenshtein distance, one row at a time.
    std::vector<std::size_t> row(candidate.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < given.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i + 1;
      for (std::size_t j = 0; j < candidate.size(); ++j) {
        const std::size_t substitution = diagonal + (given[i] == candidate[j] ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = std::min({row[j + 1] + 1, row[j] + 1, substitution});
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = candidate;
    }
  }
  return best;
}

}  // namespace zero
