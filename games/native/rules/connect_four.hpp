// Connect Four: 6 rows x 7 columns, a stone falls to the lowest empty square of its column, four in
// a row (any direction) wins, a full board is a draw.
//
// Bitboard: column c takes bits 7c .. 7c+5 from the bottom up; bit 7c+6 stays empty, so that shifts
// never run from one column into the next.
#pragma once

#include <bit>

#include "games/native/boards/board_text.hpp"
#include "games/native/core/game.hpp"

namespace zero {

struct ConnectFour {
  static constexpr int kRows = 6;
  static constexpr int kColumns = 7;
  static constexpr int kStride = kRows + 1;

  struct State {
    std::uint64_t mover = 0;     // stones of the player to move
    std::uint64_t occupied = 0;  // all stones
    bool operator==(const State&) const = default;
  };

  GameSpec spec() const {
    return {.name = "connect_four",
            .num_actions = kColumns,
            .layout = {.kind = "columns", .height = kRows, .width = kColumns},
            .observation = {.planes = 2, .scalars = 0, .height = kRows, .width = kColumns},
            .max_plies = kRows * kColumns,
            .max_legal_actions = kColumns,
            .num_symmetries = 2,
            .board = {.style = "squares",
                      .height = kRows,
                      .width = kColumns,
                      .columns = number_names(kColumns)}};
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
    const std::uint64_t mover = top_down(s.mover);
    const std::uint64_t other = top_down(s.mover ^ s.occupied);
    const bool first = to_play(s) == 0;
    return board_to_text(first ? mover : other, first ? other : mover, kRows, kColumns);
  }
  State from_string(std::string_view text) const {
    const auto [first, second] = board_from_text("connect_four", text, kRows, kColumns);
    return checked(bottom_up(first), bottom_up(second));
  }

  // Columns are written 1 to 7.
  std::string action_to_string(const State&, Action action) const {
    return std::to_string(action + 1);
  }
  std::optional<Action> parse_action(const State&, std::string_view text) const {
    if (text.size() != 1 || text[0] < '1' || text[0] > '7') return std::nullopt;
    return static_cast<Action>(text[0] - '1');
  }

  void draw(const State& s, char* cells) const {
    const std::uint64_t mover = top_down(s.mover);
    const std::uint64_t other = top_down(s.mover ^ s.occupied);
    const bool first = to_play(s) == 0;
    draw_stones(first ? mover : other, first ? other : mover, kRows * kColumns, cells);
  }
  int square_of(const State& s, Action column) const {
    const int stones = std::popcount(s.occupied & column_mask(column));
    return stones == kRows ? -1 : (kRows - 1 - stones) * kColumns + column;
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
    // A row has a bit every kStride; this multiple has them side by side, the first at kGathered.
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

  // Refuses what plainly no game can reach: stones in the air, wrong counts, a win by the player to
  // move.
  State checked(std::uint64_t first, std::uint64_t second) const {
    const std::uint64_t occupied = first | second;
    const bool second_moves =
        second_moves_after("connect_four", std::popcount(first), std::popcount(second));
    // Under each stone that is not in the bottom row lies another.
    if ((((occupied & ~kBottomRow) >> 1) & ~occupied) != 0) {
      throw GameError("connect_four: a stone hangs in the air");
    }
    const State state{second_moves ? second : first, occupied};
    if (won(state.mover)) {
      throw GameError("connect_four: the player to move already has four in a row");
    }
    return state;
  }
};

}  // namespace zero
