// Boards of up to 8 x 8 squares with one byte for each row. The bit of a square is row * 8 +
// column, for every size, so reversing the bytes reverses the rows.
#pragma once

#include <bit>
#include <cstdint>

namespace zero {

inline std::uint64_t rows_reversed(std::uint64_t board, int size) {
  return __builtin_bswap64(board) >> (8 * (8 - size));
}

inline std::uint64_t columns_reversed(std::uint64_t board, int size) {
  std::uint64_t out = 0;
  for (; board != 0; board &= board - 1) {
    const int bit = std::countr_zero(board);
    out |= std::uint64_t{1} << (bit - bit % 8 + size - 1 - bit % 8);
  }
  return out;
}

// From rows of eight bits to rows of `size`, as in an observation, and back.
inline std::uint64_t packed_rows(std::uint64_t board, int size) {
  const std::uint64_t row_mask = (std::uint64_t{1} << size) - 1;
  std::uint64_t out = 0;
  for (int row = 0; row < size; ++row) out |= (board >> (8 * row) & row_mask) << (size * row);
  return out;
}
inline std::uint64_t byte_rows(std::uint64_t plane, int size) {
  const std::uint64_t row_mask = (std::uint64_t{1} << size) - 1;
  std::uint64_t out = 0;
  for (int row = 0; row < size; ++row) out |= (plane >> (size * row) & row_mask) << (8 * row);
  return out;
}

}  // namespace zero
