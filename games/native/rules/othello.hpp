// Othello (Reversi) on 4 x 4, 6 x 6 or 8 x 8. A stone must enclose a straight line of the other
// player's stones, which then change colour. A player who cannot move passes. The game ends when
// neither can move, and the player with more stones wins.
//
// Bitboard: bits are row * size + column, row 0 at the top, as in actions and observations.
#pragma once

#include <array>
#include <bit>

#include "games/native/boards/board_text.hpp"
#include "games/native/boards/square_symmetry.hpp"
#include "games/native/core/rules.hpp"

namespace zero {

struct Othello {
  static constexpr std::string_view kName = "othello";
  static constexpr std::string_view kSummary = "Othello (Reversi)";
  static constexpr Parameter kParameters[] = {{"size", 8, 4, 8, "rows and columns", 2}};

  explicit Othello(const Values& values) : size_(values.whole("size")) {
    const int size = size_;
    for (int row = 0; row < size; ++row) {
      for (int column = 0; column < size; ++column) {
        full_ |= bit(row, column);
        if (column > 0 && column < size - 1) inner_ |= bit(row, column);
      }
    }
    shifts_ = {1, size, size - 1, size + 1};
    // A sideways line ends at the first and last columns; the shift would run on into the next row.
    lines_ = {inner_, full_, inner_, inner_};
    const int low = size / 2 - 1;
    light_ = bit(low, low) | bit(low + 1, low + 1);
    dark_ = bit(low, low + 1) | bit(low + 1, low);
  }

  struct State {
    std::uint64_t mover = 0;  // stones of the player to move
    std::uint64_t other = 0;  // stones of the other player
    std::uint8_t player = 0;  // who moves
    bool operator==(const State&) const = default;
  };

  GameSpec spec() const {
    const int points = size_ * size_;
    // Each move fills one of the squares outside the centre, and no two passes follow each other.
    return {.goal = "Who has more stones at the end wins.",
            .layout = {.kind = "points_and_pass", .height = size_, .width = size_},
            .observation = {.planes = 2},
            .max_plies = 2 * (points - 4),
            .max_legal_actions = points - 4,
            .num_symmetries = kSquareSymmetries,
            .board = {.style = "squares"}};
  }

  State initial() const { return {dark_, light_, 0}; }

  int to_play(const State& s) const { return s.player; }

  int legal_actions(const State& s, Action* out) const {
    std::uint64_t moves = moves_of(s.mover, s.other);
    if (moves == 0) {
      if (moves_of(s.other, s.mover) == 0) return 0;
      out[0] = pass();
      return 1;
    }
    int count = 0;
    for (; moves != 0; moves &= moves - 1) {
      out[count++] = static_cast<Action>(std::countr_zero(moves));
    }
    return count;
  }

  void apply(State& s, Action action) const {
    if (action != pass()) {
      const std::uint64_t stone = std::uint64_t{1} << action;
      const std::uint64_t flipped = flips_of(stone, s.mover, s.other);
      s.mover |= stone | flipped;
      s.other &= ~flipped;
    }
    std::swap(s.mover, s.other);
    s.player ^= 1;
  }

  bool is_terminal(const State& s) const {
    return moves_of(s.mover, s.other) == 0 && moves_of(s.other, s.mover) == 0;
  }

  int returns(const State& s) const {
    const int ahead = std::popcount(s.mover) - std::popcount(s.other);
    const int sign = (ahead > 0) - (ahead < 0);
    return s.player == 0 ? sign : -sign;
  }

  // Planes: the mover's stones, the other player's stones.
  void observe(const State& s, std::uint64_t* planes, float*) const {
    planes[0] = s.mover;
    planes[1] = s.other;
  }

  std::uint64_t position_key(const State& s) const { return mix64(observation_key(s) ^ s.player); }
  std::uint64_t observation_key(const State& s) const { return mix64(s.mover ^ mix64(s.other)); }

  // The rows from the top ('x' = first player, 'o' = second, '.' = empty), separated by '/', then
  // a space and the player to move.
  std::string to_string(const State& s) const {
    return position_to_text(Sides<>{s.mover, s.other, s.player == 1}, size_, size_);
  }
  State from_string(std::string_view text) const {
    const auto [mover, other, second_moves] = position_from_text(text, size_, size_);
    if ((dark_ | light_) & ~(mover | other)) {
      refuse("the four squares in the centre are never empty");
    }
    return {mover, other, second_moves};
  }

  State transform(const State& s, int symmetry) const {
    return {transform_board(s.mover, size_, symmetry), transform_board(s.other, size_, symmetry),
            s.player};
  }
  Action transform_action(Action action, int symmetry) const {
    if (action == pass()) return action;
    return static_cast<Action>(transform_point(action, size_, symmetry));
  }

 private:
  static constexpr std::size_t kAxes = 4;  // rows, columns and the two diagonals
  using Lines = std::array<std::uint64_t, kAxes>;

  std::uint64_t bit(int row, int column) const {
    return std::uint64_t{1} << (row * size_ + column);
  }
  Action pass() const { return static_cast<Action>(size_ * size_); }

  // For each axis, the unbroken lines of `through` that begin next to a square of `from`, in the
  // direction of rising (falling) bits. Each step doubles the length of the lines, so three steps
  // reach across the board (Kogge-Stone). The four axes are one loop, which the compiler turns into
  // vector instructions.
  Lines rising(std::uint64_t from, std::uint64_t through) const {
    Lines lines;
    for (std::size_t i = 0; i < kAxes; ++i) {
      const int shift = shifts_[i];
      std::uint64_t open = through & lines_[i];
      std::uint64_t line = open & (from << shift);
      line |= open & (line << shift);
      open &= open << shift;
      line |= open & (line << (2 * shift));
      open &= open << (2 * shift);
      lines[i] = line | (open & (line << (4 * shift)));
    }
    return lines;
  }
  Lines falling(std::uint64_t from, std::uint64_t through) const {
    Lines lines;
    for (std::size_t i = 0; i < kAxes; ++i) {
      const int shift = shifts_[i];
      std::uint64_t open = through & lines_[i];
      std::uint64_t line = open & (from >> shift);
      line |= open & (line >> shift);
      open &= open >> shift;
      line |= open & (line >> (2 * shift));
      open &= open >> (2 * shift);
      lines[i] = line | (open & (line >> (4 * shift)));
    }
    return lines;
  }

  // The empty squares where `mover` may place a stone: those behind a line of the other's stones.
  std::uint64_t moves_of(std::uint64_t mover, std::uint64_t other) const {
    const Lines up = rising(mover, other);
    const Lines down = falling(mover, other);
    std::uint64_t moves = 0;
    for (std::size_t i = 0; i < kAxes; ++i) moves |= up[i] << shifts_[i] | down[i] >> shifts_[i];
    return moves & full_ & ~(mover | other);
  }

  // The stones that change colour: the lines that begin at the stone and end at one of the mover's.
  std::uint64_t flips_of(std::uint64_t stone, std::uint64_t mover, std::uint64_t other) const {
    const Lines up = rising(stone, other);
    const Lines down = falling(stone, other);
    std::uint64_t flipped = 0;
    for (std::size_t i = 0; i < kAxes; ++i) {
      if ((up[i] << shifts_[i] & mover) != 0) flipped |= up[i];
      if ((down[i] >> shifts_[i] & mover) != 0) flipped |= down[i];
    }
    return flipped;
  }

  int size_;
  std::array<int, kAxes> shifts_{};
  Lines lines_{};            // the squares on which a line may run on, for each axis
  std::uint64_t full_ = 0;   // all squares
  std::uint64_t inner_ = 0;  // all but the first and the last column
  std::uint64_t dark_ = 0;   // the first player's stones at the start
  std::uint64_t light_ = 0;  // the second player's
};

}  // namespace zero
