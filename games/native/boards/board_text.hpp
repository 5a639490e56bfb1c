// Boards as text, and the names of their points: shared by the games whose pieces are stones of two
// players. A board is a 64-bit word or Bits; bit row * width + column is that square, and row 0 is
// the top row.
#pragma once

#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "games/native/boards/bits.hpp"
#include "games/native/core/game.hpp"

namespace zero {

inline bool has_square(std::uint64_t board, int square) { return (board >> square & 1) != 0; }
inline void add_square(std::uint64_t& board, int square) { board |= std::uint64_t{1} << square; }
template <int Words>
bool has_square(const Bits<Words>& board, int square) {
  return board.test(square);
}
template <int Words>
void add_square(Bits<Words>& board, int square) {
  board.set(square);
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

// The stones of the first and of the second player. Throws GameError, which begins with the name
// of the game, for anything that board_to_text does not write.
template <typename Board = std::uint64_t>
std::array<Board, 2> board_from_text(const std::string& game, std::string_view text, int height,
                                     int width) {
  if (text.size() != static_cast<std::size_t>(height * (width + 1) - 1)) {
    throw GameError(game + ": " + quoted(text) + " has the wrong length; a board is " +
                    std::to_string(height) + " rows of " + std::to_string(width) + ", like " +
                    quoted(board_to_text(Board{}, Board{}, height, width)));
  }
  std::array<Board, 2> stones{};
  for (int place = 0; place < static_cast<int>(text.size()); ++place) {
    const int column = place % (width + 1);
    const char c = text[static_cast<std::size_t>(place)];
    if (column == width ? c != '/' : c != '.' && c != 'x' && c != 'o') {
      throw GameError(game + ": character " + std::to_string(place + 1) + " of " + quoted(text) +
                      " must be " + (column == width ? "the / between two rows" : ". or x or o"));
    }
    if (c == 'x' || c == 'o') {
      add_square(stones[c == 'x' ? 0 : 1], place / (width + 1) * width + column);
    }
  }
  return stones;
}

// "rows x": the rows, and whether the second player ('o') moves. Throws GameError, which shows
// `example`, for a text that does not end in a mover.
struct RowsAndMover {
  std::string_view rows;
  bool second_moves;
};
inline RowsAndMover split_mover(const std::string& game, std::string_view text,
                                const std::string& example) {
  if (!text.ends_with(" x") && !text.ends_with(" o")) {
    throw GameError(game + ": " + quoted(text) + " must end in ' x' or ' o', who moves, as " +
                    quoted(example) + " does");
  }
  return {text.substr(0, text.size() - 2), text.back() == 'o'};
}

// Where players put one stone each in turn: whether the second player moves. Throws GameError for
// numbers of stones that no such game has.
inline bool second_moves_after(const std::string& game, int first, int second) {
  if (first != second && first != second + 1) {
    throw GameError(game + ": x has " + std::to_string(first) + " stones and o " +
                    std::to_string(second) + "; x moves first, so it has as many or one more");
  }
  return first != second;
}

// The names of `count` columns, "a" to "z", and of `count` rows, "1" upwards.
inline std::vector<std::string> letter_names(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.emplace_back(1, static_cast<char>('a' + i));
  return names;
}
inline std::vector<std::string> number_names(int count) {
  std::vector<std::string> names;
  for (int i = 1; i <= count; ++i) names.push_back(std::to_string(i));
  return names;
}

// A board with the coordinates that point_to_string writes.
inline BoardSpec lettered_board(std::string style, int height, int width) {
  return {.style = std::move(style),
          .height = height,
          .width = width,
          .columns = letter_names(width),
          .rows = number_names(height)};
}

// The point in column 3 of row 2 is "c2"; row 1 is the top row. Up to 26 columns.
inline std::string point_to_string(int point, int width) {
  return std::string(1, static_cast<char>('a' + point % width)) + std::to_string(point / width + 1);
}

// Nothing if the text names no point of the board.
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
