// Sets of squares of a chess board, and the squares that a piece attacks.
//
// The bit of a square is row * 8 + column. The board is always turned so that the player to move
// plays up: seen from the mover's side, row 0 is the last rank and row 7 the first. Only the rows
// are reversed, so column 0 is the a-file for both players.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "games/native/boards/byte_rows.hpp"

namespace zero::chess {

using Squares = std::uint64_t;

constexpr Squares bit(int square) { return Squares{1} << square; }
constexpr int lowest(Squares squares) { return std::countr_zero(squares); }
constexpr bool has_one(Squares squares) { return std::has_single_bit(squares); }
constexpr bool has_several(Squares squares) { return (squares & (squares - 1)) != 0; }

// The board as the other player sees it.
inline Squares turned(Squares squares) { return rows_reversed(squares, 8); }
constexpr int turned_square(int square) { return square ^ 56; }

constexpr Squares kLastRow = 0xff;  // where the mover's pawns promote
constexpr Squares kFirstRow = kLastRow << 56;
constexpr Squares kColumnA = 0x0101010101010101;
constexpr Squares kColumnH = kColumnA << 7;
constexpr Squares kLightSquares = 0xaa55aa55aa55aa55;

// Calls task(square) for each square of the set, in ascending order.
template <typename Task>
void for_each(Squares squares, Task&& task) {
  for (; squares != 0; squares &= squares - 1) task(lowest(squares));
}

// The squares that the mover's pawns attack, and those that the other player's pawns attack.
constexpr Squares attacked_upwards(Squares pawns) {
  return (pawns & ~kColumnA) >> 9 | (pawns & ~kColumnH) >> 7;
}
constexpr Squares attacked_downwards(Squares pawns) {
  return (pawns & ~kColumnA) << 7 | (pawns & ~kColumnH) << 9;
}

constexpr Squares attacked_by_knights(Squares knights) {
  const Squares one = (knights & ~kColumnA) >> 1 | (knights & ~kColumnH) << 1;
  const Squares two =
      (knights & ~(kColumnA | kColumnA << 1)) >> 2 | (knights & ~(kColumnH | kColumnH >> 1)) << 2;
  return one << 16 | one >> 16 | two << 8 | two >> 8;
}

constexpr Squares attacked_by_king(Squares king) {
  const Squares row = king | (king & ~kColumnA) >> 1 | (king & ~kColumnH) << 1;
  return (row | row << 8 | row >> 8) & ~king;
}

// The squares of one line through a square: those before it and those after it in bit order.
struct Line {
  Squares lower = 0;
  Squares upper = 0;

  constexpr Squares all() const { return lower | upper; }

  // The squares up to and including the nearest occupied one on either side. The sum fills the bits
  // from the nearest below to the nearest above ("obstruction difference").
  constexpr Squares reach(Squares occupied) const {
    const Squares before = lower & occupied;
    const Squares after = upper & occupied;
    const Squares from_nearest_before = ~Squares{0} << (63 - std::countl_zero(before | 1));
    return (2 * (after & -after) + from_nearest_before) & all();
  }
};

struct Lines {
  Line column, row, falling, rising;

  constexpr Squares straight() const { return column.all() | row.all(); }
  constexpr Squares diagonal() const { return falling.all() | rising.all(); }
  // The line on which the other square lies, which must be on one of them.
  constexpr Squares through(Squares other) const {
    for (const Line* line : {&column, &row, &falling}) {
      if ((line->all() & other) != 0) return line->all();
    }
    return rising.all();
  }
};

constexpr Line line_of(int square, int row_step, int column_step) {
  Line line;
  for (const int sign : {-1, 1}) {
    int row = square / 8 + sign * row_step;
    int column = square % 8 + sign * column_step;
    for (; row >= 0 && row < 8 && column >= 0 && column < 8;
         row += sign * row_step, column += sign * column_step) {
      (row * 8 + column < square ? line.lower : line.upper) |= bit(row * 8 + column);
    }
  }
  return line;
}

template <typename Value>
using PerSquare = std::array<Value, 64>;

inline constexpr PerSquare<Lines> kLines = [] {
  PerSquare<Lines> lines;
  for (int square = 0; square < 64; ++square) {
    lines[static_cast<std::size_t>(square)] = {line_of(square, 1, 0), line_of(square, 0, 1),
                                               line_of(square, 1, 1), line_of(square, 1, -1)};
  }
  return lines;
}();

inline constexpr PerSquare<Squares> kKnightAttacks = [] {
  PerSquare<Squares> attacks;
  for (int s = 0; s < 64; ++s) attacks[static_cast<std::size_t>(s)] = attacked_by_knights(bit(s));
  return attacks;
}();

inline constexpr PerSquare<Squares> kKingAttacks = [] {
  PerSquare<Squares> attacks;
  for (int s = 0; s < 64; ++s) attacks[static_cast<std::size_t>(s)] = attacked_by_king(bit(s));
  return attacks;
}();

inline const Lines& lines_of(int square) { return kLines[static_cast<std::size_t>(square)]; }
inline Squares knight_attacks(int square) {
  return kKnightAttacks[static_cast<std::size_t>(square)];
}
inline Squares king_attacks(int square) { return kKingAttacks[static_cast<std::size_t>(square)]; }
inline Squares straight_attacks(int square, Squares occupied) {
  const Lines& lines = lines_of(square);
  return lines.column.reach(occupied) | lines.row.reach(occupied);
}
inline Squares diagonal_attacks(int square, Squares occupied) {
  const Lines& lines = lines_of(square);
  return lines.falling.reach(occupied) | lines.rising.reach(occupied);
}

// The squares between two squares of one line; none if they are on no common line.
inline constexpr PerSquare<PerSquare<Squares>> kBetween = [] {
  PerSquare<PerSquare<Squares>> between{};
  for (int from = 0; from < 64; ++from) {
    for (int direction = 0; direction < 9; ++direction) {
      const int row_step = direction / 3 - 1;
      const int column_step = direction % 3 - 1;
      if (row_step == 0 && column_step == 0) continue;
      Squares passed = 0;
      int row = from / 8 + row_step;
      int column = from % 8 + column_step;
      for (; row >= 0 && row < 8 && column >= 0 && column < 8;
           row += row_step, column += column_step) {
        between[static_cast<std::size_t>(from)][static_cast<std::size_t>(row * 8 + column)] =
            passed;
        passed |= bit(row * 8 + column);
      }
    }
  }
  return between;
}();

inline Squares between(int from, int to) {
  return kBetween[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)];
}

}  // namespace zero::chess
