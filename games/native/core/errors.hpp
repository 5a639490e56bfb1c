// The errors of the rules, and how they quote what a user wrote.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace zero {

// Thrown for anything that a user can cause: an illegal move, a malformed text, a bad parameter.
struct GameError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Thrown when a game breaks one of its promises: the fault lies with its author.
struct ContractError : GameError {
  using GameError::GameError;
};

// Throws GameError: what a user gave is not possible.
[[noreturn]] inline void refuse(const std::string& message) { throw GameError(message); }

// What a user wrote, for the one line of an error message: cut short, without control characters.
inline std::string quoted(std::string_view text) {
  constexpr std::size_t kLongest = 120;
  std::string out = "'";
  for (const char c : text.substr(0, kLongest)) out += c >= 0 && (c < ' ' || c == 127) ? '?' : c;
  return out + (text.size() > kLongest ? "...'" : "'");
}

}  // namespace zero
