// Connect Four: 6 rows x 7 columns, a stone falls to the lowest empty square of its column, four in
// a row (any direction) wins, a full board is a draw.
//
// Bitboard: column c takes bits 7c .. 7c+5 from the bottom up; bit 7c+6 stays empty, so that shifts
// never run from one column into the next.
#pragma once

#include <bit>

#include "game.hpp"

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
            .num_symmetries = 2};
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

  std::uint64_t position_key(const State& s) const {
    return mix64(s.mover ^ mix64(s.occupied));
  }
  std::uint64_t observation_key(const State& s) const { return position_key(s); }

  // Six rows from the top, 'x' = first player, 'o' = second, '.' = empty, separated by '/'.
  std::string to_string(const State& s) const {
    const std::uint64_t first = to_play(s) == 0 ? s.mover : s.mover ^ s.occupied;
    std::string text;
    for (int row = kRows - 1; row >= 0; --row) {
      for (int column = 0; column < kColumns; ++column) {
        const std::uint64_t bit = std::uint64_t{1} << (column * kStride + row);
        text += (s.occupied & bit) == 0 ? '.' : (first & bit) != 0 ? 'x' : 'o';
      }
      if (row > 0) text += '/';
    }
    return text;
  }

  State from_string(std::string_view text) const {
    if (text.size() != kRows * (kColumns + 1) - 1) {
      throw GameError("connect_four: a position is six rows of seven, like '" +
                      to_string(initial()) + "'; '" + std::string(text) + "' has the wrong length");
    }
    std::uint64_t stones[2] = {0, 0};
    for (std::size_t i = 0; i < text.size(); ++i) {
      const int column = static_cast<int>(i) % (kColumns + 1);
      const int row = kRows - 1 - static_cast<int>(i) / (kColumns + 1);
      const char c = text[i];
      if (column == kColumns ? c != '/' : c != '.' && c != 'x' && c != 'o') {
        throw GameError("connect_four: '" + std::string(1, c) + "' at place " +
                        std::to_string(i + 1) + " is not one of . x o with / between rows");
      }
      if (c == 'x' || c == 'o') {
        const std::uint64_t below = std::uint64_t{1} << (column * kStride + row);
        stones[c == 'o'] |= below;
      }
    }
    return checked(stones[0], stones[1]);
  }

  // Columns are written 1 to 7.
  std::string action_to_string(const State&, Action action) const {
    return std::to_string(action + 1);
  }
  std::optional<Action> parse_action(const State&, std::string_view text) const {
    if (text.size() != 1 || text[0] < '1' || text[0] > '7') return std::nullopt;
    return static_cast<Action>(text[0] - '1');
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
  static constexpr std::uint64_t full_board() {
    std::uint64_t all = 0;
    for (int column = 0; column < kColumns; ++column) all |= column_mask(column);
    return all;
  }
  static constexpr std::uint64_t kFull = full_board();

  static bool won(std::uint64_t stones) {
    for (const int shift : {1, kStride, kStride - 1, kStride + 1}) {
      const std::uint64_t pairs = stones & (stones >> shift);
      if ((pairs & (pairs >> (2 * shift))) != 0) return true;
    }
    return false;
  }

  // From the bottom-up columns of the bitboard to the top-down rows of an observation.
  static std::uint64_t top_down(std::uint64_t stones) {
    std::uint64_t plane = 0;
    while (stones != 0) {
      const int bit = std::countr_zero(stones);
      const int column = bit / kStride;
      const int row = kRows - 1 - bit % kStride;
      plane |= std::uint64_t{1} << (row * kColumns + column);
      stones &= stones - 1;
    }
    return plane;
  }

  static std::uint64_t mirrored(std::uint64_t stones) {
    std::uint64_t out = 0;
    for (int column = 0; column < kColumns; ++column) {
      const std::uint64_t part = (stones >> (column * kStride)) & column_mask(0);
      out |= part << ((kColumns - 1 - column) * kStride);
    }
    return out;
  }

  // Refuses what no game can reach: stones in the air, wrong counts, a win by the player to move.
  State checked(std::uint64_t first, std::uint64_t second) const {
    const std::uint64_t occupied = first | second;
    const int ahead = std::popcount(first) - std::popcount(second);
    if (ahead != 0 && ahead != 1) {
      throw GameError("connect_four: x has " + std::to_string(std::popcount(first)) +
                      " stones and o " + std::to_string(std::popcount(second)) +
                      "; x moves first, so it has as many or one more");
    }
    for (std::uint64_t above = occupied & ~full_bottom(); above != 0; above &= above - 1) {
      if ((occupied & ((above & -above) >> 1)) == 0) {
        throw GameError("connect_four: a stone hangs in the air");
      }
    }
    const State state{ahead == 0 ? first : second, occupied};
    if (won(state.mover)) {
      throw GameError("connect_four: the player to move already has four in a row");
    }
    return state;
  }
  static constexpr std::uint64_t full_bottom() {
    std::uint64_t all = 0;
    for (int column = 0; column < kColumns; ++column) all |= bottom(column);
    return all;
  }
};

}  // namespace zero
