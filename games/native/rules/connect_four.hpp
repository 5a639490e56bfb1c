// Connect Four: 6 rows x 7 columns. A stone falls to the lowest empty square of its column. Four in
// a row in any direction wins; a full board is a draw.
//
// Bitboard: column c has bits 7c .. 7c+5 from the bottom up. Bit 7c+6 stays empty, so that shifts
// never run from one column into the next.
#pragma once

#include <bit>

#include "games/native/boards/board_text.hpp"
#include "games/native/core/rules.hpp"

namespace zero {

struct ConnectFour {
  static constexpr std::string_view kName = "connect_four";
  static constexpr std::string_view kSummary = "four in a row on 6 x 7, stones fall";
  static constexpr int kRows = 6;
  static constexpr int kColumns = 7;
  static constexpr int kStride = kRows + 1;

  struct State {
    std::uint64_t mover = 0;     // stones of the player to move
    std::uint64_t occupied = 0;  // all stones
    bool operator==(const State&) const = default;
  };

  GameSpec spec() const {
    return {.goal = "Four in a row, column or diagonal win.",
            .layout = {.kind = "columns", .height = kRows, .width = kColumns},
            .observation = {.planes = 2},
            .max_plies = kRows * kColumns,
            .num_symmetries = 2,
            .board = {.style = "squares"}};
  }

  State initial() const { return {}; }

  int to_play(const State& s) const { return std::popcount(s.occupied) & 1; }

  int legal_actions(const State& s, Action* out) const {
    if (won(s.mover ^ s.occupied)) return 0;
    int count = 0;
    for (int column = 0; column < kColumns; ++column) {
      out[count] = static_cast<Action>(column);
      count += (s.occupied & top(column)) == 0;
    }
    return count;
  }

  void apply(State& s, Action column) const {
    s.mover ^= s.occupied;  // now the stones of the other player, who moves next
    s.occupied |= s.occupied + bottom(column);
  }

  bool is_terminal(const State& s) const {
    return won(s.mover ^ s.occupied) || s.occupied == kFull;
  }

  // Only the player who has just moved can have four in a row.
  int returns(const State& s) const {
    if (!won(s.mover ^ s.occupied)) return 0;
    return to_play(s) == 1 ? 1 : -1;
  }

  // Planes: the mover's stones, the other player's stones.
  void observe(const State& s, std::uint64_t* planes, float*) const {
    planes[0] = top_down(s.mover);
    planes[1] = top_down(s.mover ^ s.occupied);
  }

  std::uint64_t position_key(const State& s) const { return mix64(s.mover ^ mix64(s.occupied)); }
  std::uint64_t observation_key(const State& s) const { return position_key(s); }

  // Six rows from the top, 'x' = first player, 'o' = second, '.' = empty, separated by '/'.
  std::string to_string(const State& s) const {
    const Sides<> sides{top_down(s.mover), top_down(s.mover ^ s.occupied), to_play(s) == 1};
    return stones_to_text(sides, kRows, kColumns);
  }
  // Refuses positions that plainly no game can reach: stones in the air, wrong counts, a win by the
  // player to move.
  State from_string(std::string_view text) const {
    const auto [mover, other, second_moves] = stones_from_text(text, kRows, kColumns);
    const State state{bottom_up(mover), bottom_up(mover | other)};
    // Each stone above the bottom row lies on another.
    if ((((state.occupied & ~kBottomRow) >> 1) & ~state.occupied) != 0) {
      refuse("a stone hangs in the air");
    }
    if (won(state.mover)) refuse("the player to move already has four in a row");
    return state;
  }

  State transform(const State& s, int symmetry) const {
    return symmetry == 0 ? s : State{mirrored(s.mover), mirrored(s.occupied)};
  }
  Action transform_action(Action action, int symmetry) const {
    return symmetry == 0 ? action : static_cast<Action>(kColumns - 1 - action);
  }

 private:
  static constexpr std::uint64_t bottom(int column) {
    return std::uint64_t{1} << (column * kStride);
  }
  static constexpr std::uint64_t top(int column) { return bottom(column) << (kRows - 1); }
  static constexpr std::uint64_t column_mask(int column) {
    return (bottom(column) << kRows) - bottom(column);
  }
  // One bit at the foot of each column: 1 + 2^7 + 2^14 + ... as a geometric series.
  static constexpr std::uint64_t kBottomRow =
      ((std::uint64_t{1} << (kColumns * kStride)) - 1) / ((std::uint64_t{1} << kStride) - 1);
  static constexpr std::uint64_t kFull = kBottomRow * ((std::uint64_t{1} << kRows) - 1);

  static bool won(std::uint64_t stones) {
    for (const int shift : {1, kStride, kStride - 1, kStride + 1}) {
      const std::uint64_t pairs = stones & (stones >> shift);
      if ((pairs & (pairs >> (2 * shift))) != 0) return true;
    }
    return false;
  }

  // From the bottom-up columns of the bitboard to the top-down rows of an observation.
  static std::uint64_t top_down(std::uint64_t stones) {
    // A row has one bit every kStride. In this multiple they are side by side, from kGathered on.
    constexpr int kGathered = (kColumns - 1) * (kStride - 1);
    constexpr std::uint64_t kGather = [] {
      std::uint64_t multiplier = 0;
      for (int column = 0; column < kColumns; ++column) {
        multiplier |= std::uint64_t{1} << (kGathered - column * (kStride - 1));
      }
      return multiplier;
    }();
    std::uint64_t plane = 0;
    for (int row = 0; row < kRows; ++row) {
      const std::uint64_t spread = (stones >> row) & kBottomRow;
      const std::uint64_t side_by_side = (spread * kGather >> kGathered) & (bottom(1) - 1);
      plane |= side_by_side << ((kRows - 1 - row) * kColumns);
    }
    return plane;
  }

  static std::uint64_t bottom_up(std::uint64_t plane) {
    std::uint64_t stones = 0;
    for (; plane != 0; plane &= plane - 1) {
      const int square = std::countr_zero(plane);
      const int row = kRows - 1 - square / kColumns;
      stones |= std::uint64_t{1} << (square % kColumns * kStride + row);
    }
    return stones;
  }

  static std::uint64_t mirrored(std::uint64_t stones) {
    std::uint64_t out = 0;
    for (int column = 0; column < kColumns; ++column) {
      const std::uint64_t part = (stones >> (column * kStride)) & column_mask(0);
      out |= part << ((kColumns - 1 - column) * kStride);
    }
    return out;
  }
};

}  // namespace zero
