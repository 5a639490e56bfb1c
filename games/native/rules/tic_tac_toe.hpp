// Tic-tac-toe: three in a row on 3 x 3 wins; a full board is a draw.
//
// Bitboard: bits are row * 3 + column, row 0 at the top, as in actions and observations.
#pragma once

#include <bit>

#include "games/native/boards/board_text.hpp"
#include "games/native/boards/square_symmetry.hpp"
#include "games/native/core/rules.hpp"

namespace zero {

struct TicTacToe {
  static constexpr std::string_view kName = "tic_tac_toe";
  static constexpr std::string_view kSummary = "three in a row on 3 x 3";
  static constexpr int kSize = 3;
  static constexpr int kPoints = kSize * kSize;

  struct State {
    std::uint64_t mover = 0;  // stones of the player to move
    std::uint64_t other = 0;  // stones of the player who has just moved
    bool operator==(const State&) const = default;
  };

  GameSpec spec() const {
    return {.goal = "Three in a row, column or diagonal win.",
            .layout = {.kind = "points", .height = kSize, .width = kSize},
            .observation = {.planes = 2},
            .max_plies = kPoints,
            .num_symmetries = kSquareSymmetries,
            .board = {.style = "squares"}};
  }

  State initial() const { return {}; }

  int to_play(const State& s) const { return std::popcount(s.mover | s.other) & 1; }

  int legal_actions(const State& s, Action* out) const {
    if (won(s.other)) return 0;
    int count = 0;
    for (std::uint64_t empty = kFull & ~(s.mover | s.other); empty != 0; empty &= empty - 1) {
      out[count++] = static_cast<Action>(std::countr_zero(empty));
    }
    return count;
  }

  void apply(State& s, Action point) const {
    s.mover |= std::uint64_t{1} << point;
    std::swap(s.mover, s.other);
  }

  bool is_terminal(const State& s) const { return won(s.other) || (s.mover | s.other) == kFull; }

  // Only the player who has just moved can have three in a row.
  int returns(const State& s) const {
    if (!won(s.other)) return 0;
    return to_play(s) == 1 ? 1 : -1;
  }

  // Planes: the mover's stones, the other player's stones.
  void observe(const State& s, std::uint64_t* planes, float*) const {
    planes[0] = s.mover;
    planes[1] = s.other;
  }

  std::uint64_t position_key(const State& s) const { return mix64(s.mover | s.other << kPoints); }
  std::uint64_t observation_key(const State& s) const { return position_key(s); }

  // Three rows from the top, 'x' = first player, 'o' = second, '.' = empty, separated by '/'.
  std::string to_string(const State& s) const {
    return stones_to_text(Sides<>{s.mover, s.other, to_play(s) == 1}, kSize, kSize);
  }
  State from_string(std::string_view text) const {
    const auto [mover, other, second_moves] = stones_from_text(text, kSize, kSize);
    if (won(mover)) refuse("the player to move already has three in a row");
    return {mover, other};
  }

  State transform(const State& s, int symmetry) const {
    return {transform_board(s.mover, kSize, symmetry), transform_board(s.other, kSize, symmetry)};
  }
  Action transform_action(Action action, int symmetry) const {
    return static_cast<Action>(transform_point(action, kSize, symmetry));
  }

 private:
  static constexpr std::uint64_t kFull = (1U << kPoints) - 1;

  static bool won(std::uint64_t stones) {
    constexpr std::uint64_t kLines[] = {0007, 0070, 0700, 0111, 0222, 0444, 0421, 0124};
    for (const std::uint64_t line : kLines) {
      if ((stones & line) == line) return true;
    }
    return false;
  }
};

}  // namespace zero
