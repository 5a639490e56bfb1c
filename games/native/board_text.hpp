// Small boards as text, and the names of their points: shared by the games whose board fits into a
// 64-bit word. Bit row * width + column of a board is that square; row 0 is the top row.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "game.hpp"

namespace zero {

// Rows from the top, 'x' = first player, 'o' = second, '.' = empty, separated by '/'.
inline std::string board_to_text(std::uint64_t first, std::uint64_t second, int height, int width) {
  std::string text;
  for (int row = 0; row < height; ++row) {
    if (row > 0) text += '/';
    for (int column = 0; column < width; ++column) {
      const std::uint64_t bit = std::uint64_t{1} << (row * width + column);
      text += (first & bit) != 0 ? 'x' : (second & bit) != 0 ? 'o' : '.';
    }
  }
  return text;
}

// The stones of the first and of the second player. Throws GameError, which begins with the name
// of the game, for anything that board_to_text does not write.
inline std::array<std::uint64_t, 2> board_from_text(const std::string& game, std::string_view text,
                                                    int height, int width) {
  if (text.size() != static_cast<std::size_t>(height * (width + 1) - 1)) {
    throw GameError(game + ": " + quoted(text) + " has the wrong length; a board is " +
                    std::to_string(height) + " rows of " + std::to_string(width) + ", like '" +
                    board_to_text(0, 0, height, width) + "'");
  }
  std::array<std::uint64_t, 2> stones = {0, 0};
  for (int place = 0; place < static_cast<int>(text.size()); ++place) {
    const int column = place % (width + 1);
    const char c = text[static_cast<std::size_t>(place)];
    if (column == width ? c != '/' : c != '.' && c != 'x' && c != 'o') {
      throw GameError(game + ": character " + std::to_string(place + 1) + " of " + quoted(text) +
                      " must be " + (column == width ? "the / between two rows" : ". or x or o"));
    }
    const std::uint64_t bit = std::uint64_t{1} << (place / (width + 1) * width + column);
    if (c == 'x') stones[0] |= bit;
    if (c == 'o') stones[1] |= bit;
  }
  return stones;
}

// The point in column 3 of row 2 is "c2"; row 1 is the top row.
inline std::string point_to_string(int point, int width) {
  return std::string(1, static_cast<char>('a' + point % width)) + std::to_string(point / width + 1);
}

// Nothing if the text names no point of the board. Boards of up to 9 rows.
inline std::optional<Action> parse_point(std::string_view text, int height, int width) {
  if (text.size() != 2) return std::nullopt;
  const int column = text[0] >= 'A' && text[0] <= 'Z' ? text[0] - 'A' : text[0] - 'a';
  const int row = text[1] - '1';
  if (column < 0 || column >= width || row < 0 || row >= height) return std::nullopt;
  return static_cast<Action>(row * width + column);
}

}  // namespace zero
