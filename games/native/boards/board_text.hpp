// Boards as text, and the names of their points. Shared by the games whose pieces are stones of two
// players. A board is a 64-bit word or Bits; the bit of a square is row * width + column, and row 0
// is the top row.
#pragma once

#include <array>
#include <bit>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "games/native/boards/bits.hpp"
#include "games/native/core/errors.hpp"
#include "games/native/core/spec.hpp"

namespace zero {

inline bool has_square(std::uint64_t board, int square) { return (board >> square & 1) != 0; }
inline void add_square(std::uint64_t& board, int square) { board |= std::uint64_t{1} << square; }
inline int count_squares(std::uint64_t board) { return std::popcount(board); }
template <int Words>
bool has_square(const Bits<Words>& board, int square) {
  return board.test(square);
}
template <int Words>
void add_square(Bits<Words>& board, int square) {
  board.set(square);
}
template <int Words>
int count_squares(const Bits<Words>& board) {
  return board.count();
}

// Height * width characters, row by row: 'x' = first player, 'o' = second, '.' = empty.
template <typename Board>
void draw_stones(const Board& first, const Board& second, int squares, char* cells) {
  for (int square = 0; square < squares; ++square) {
    cells[square] = has_square(first, square) ? 'x' : has_square(second, square) ? 'o' : '.';
  }
}

// The drawn rows from the top, separated by '/'.
template <typename Board>
std::string board_to_text(const Board& first, const Board& second, int height, int width) {
  std::string cells(static_cast<std::size_t>(height * width), '.');
  draw_stones(first, second, height * width, cells.data());
  std::string text;
  for (int row = 0; row < height; ++row) {
    if (row > 0) text += '/';
    text.append(cells, static_cast<std::size_t>(row * width), static_cast<std::size_t>(width));
  }
  return text;
}

// The stones of the first and of the second player. Throws GameError for anything that
// board_to_text does not write.
template <typename Board = std::uint64_t>
std::array<Board, 2> board_from_text(std::string_view text, int height, int width) {
  if (text.size() != static_cast<std::size_t>(height * (width + 1) - 1)) {
    throw GameError(quoted(text) + " has the wrong length; a board is " + std::to_string(height) +
                    " rows of " + std::to_string(width) + ", like " +
                    quoted(board_to_text(Board{}, Board{}, height, width)));
  }
  std::array<Board, 2> stones{};
  for (int place = 0; place < static_cast<int>(text.size()); ++place) {
    const int column = place % (width + 1);
    const char c = text[static_cast<std::size_t>(place)];
    if (column == width ? c != '/' : c != '.' && c != 'x' && c != 'o') {
      throw GameError("character " + std::to_string(place + 1) + " of " + quoted(text) +
                      " must be " + (column == width ? "the / between two rows" : ". or x or o"));
    }
    if (c == 'x' || c == 'o') {
      add_square(stones[c == 'x' ? 0 : 1], place / (width + 1) * width + column);
    }
  }
  return stones;
}

// The stones of a position by who moves, as they lie on the board.
template <typename Board = std::uint64_t>
struct Sides {
  Board mover{};
  Board other{};
  bool second_moves = false;
};
template <typename Board>
Sides<Board> sides_of(const std::array<Board, 2>& stones, bool second_moves) {
  return {stones[second_moves], stones[!second_moves], second_moves};
}

// For games in which the number of stones tells who moves: the rows.
template <typename Board>
std::string stones_to_text(const Sides<Board>& sides, int height, int width) {
  return sides.second_moves ? board_to_text(sides.other, sides.mover, height, width)
                            : board_to_text(sides.mover, sides.other, height, width);
}
template <typename Board = std::uint64_t>
Sides<Board> stones_from_text(std::string_view text, int height, int width) {
  const auto stones = board_from_text<Board>(text, height, width);
  const int first = count_squares(stones[0]);
  const int second = count_squares(stones[1]);
  if (first != second && first != second + 1) {
    refuse("x has " + std::to_string(first) + " stones and o " + std::to_string(second) +
           "; x moves first, so it has as many or one more");
  }
  return sides_of(stones, first != second);
}

// For other games: the rows, a space, and who moves, as in ".x./.../... o".
template <typename Board>
std::string position_to_text(const Sides<Board>& sides, int height, int width) {
  return stones_to_text(sides, height, width) + (sides.second_moves ? " o" : " x");
}
template <typename Board = std::uint64_t>
Sides<Board> position_from_text(std::string_view text, int height, int width) {
  if (!text.ends_with(" x") && !text.ends_with(" o")) {
    refuse(quoted(text) + " must end in ' x' or ' o', who moves, as " +
           quoted(position_to_text(Sides<Board>{}, height, width)) + " does");
  }
  const std::string_view rows = text.substr(0, text.size() - 2);
  return sides_of(board_from_text<Board>(rows, height, width), text.back() == 'o');
}

// Nothing unless the text names a point of the board in the way of point_to_string.
inline std::optional<Action> parse_point(std::string_view text, int height, int width) {
  if (text.size() < 2 || text[1] < '1' || text[1] > '9') return std::nullopt;
  const int column = text[0] >= 'A' && text[0] <= 'Z' ? text[0] - 'A' : text[0] - 'a';
  int row = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), row);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (column < 0 || column >= width || row > height) return std::nullopt;
  return static_cast<Action>((row - 1) * width + column);
}

}  // namespace zero
