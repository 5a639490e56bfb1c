// The eight symmetries of a square board: bit 0 of the symmetry mirrors the columns, bit 1 the
// rows, and bit 2 then exchanges rows and columns.
#pragma once

#include <bit>
#include <cstdint>
#include <utility>

#include "games/native/boards/bits.hpp"

namespace zero {

constexpr int kSquareSymmetries = 8;

inline int transform_point(int point, int size, int symmetry) {
  int row = point / size;
  int column = point % size;
  if ((symmetry & 1) != 0) column = size - 1 - column;
  if ((symmetry & 2) != 0) row = size - 1 - row;
  if ((symmetry & 4) != 0) std::swap(row, column);
  return row * size + column;
}

// A board whose bit row * size + column is that square.
inline std::uint64_t transform_board(std::uint64_t board, int size, int symmetry) {
  std::uint64_t out = 0;
  for (; board != 0; board &= board - 1) {
    out |= std::uint64_t{1} << transform_point(std::countr_zero(board), size, symmetry);
  }
  return out;
}

template <int Words>
Bits<Words> transform_board(const Bits<Words>& board, int size, int symmetry) {
  Bits<Words> out;
  board.for_each([&](int square) { out.set(transform_point(square, size, symmetry)); });
  return out;
}

}  // namespace zero
