// Breakthrough on size x size: two rows of stones on each side. A stone moves one square straight
// or diagonally forward, to an empty square; diagonally it may also capture. The first to reach the
// far row, or to capture all of the other player's stones, wins. There is always a move: no stone
// of its own blocks a player's foremost stone, and one of the two diagonals is on the board.
//
// The first player ('x') starts at the bottom and moves up. The state is kept from the mover's
// side: for the second player the rows are reversed, so the mover always moves up, also in actions
// and observations. byte_rows.hpp describes the boards.
#pragma once

#include <bit>

#include "games/native/boards/board_text.hpp"
#include "games/native/boards/byte_rows.hpp"
#include "games/native/core/rules.hpp"

namespace zero {

struct Breakthrough {
  static constexpr std::string_view kName = "breakthrough";
  static constexpr std::string_view kSummary = "stones that move forward; the first across wins";
  static constexpr Parameter kParameters[] = {{"size", 8, 4, 8, "rows and columns"}};
  explicit Breakthrough(const Values& values) : size_(values.whole("size")) {}

  struct State {
    std::uint64_t mover = 0;   // stones of the player to move, from his side
    std::uint64_t other = 0;   // stones of the other player, from the same side
    std::uint64_t player = 0;  // who moves
    bool operator==(const State&) const = default;
  };

  GameSpec spec() const {
    // Each ply moves a stone one row forward. Before the last ply, each of a player's 2 * size
    // stones has taken at most size - 2 or size - 3 steps, one row short of the far row.
    return {.goal = "x moves up the board and o down; the first to get across wins.",
            .layout = {.kind = "planes", .height = size_, .width = size_, .planes = kDirections},
            .observation = {.planes = 2},
            .max_plies = 2 * size_ * (2 * size_ - 5) + 1,
            // Three for each stone: legal_actions() writes them all, then keeps the legal ones.
            .max_legal_actions = 6 * size_,
            .num_symmetries = 2,
            .board = {.style = "squares"}};
  }

  State initial() const { return {bottom_ | bottom_ >> kStride, top_ | top_ << kStride, 0}; }
  int to_play(const State& s) const { return static_cast<int>(s.player); }

  int legal_actions(const State& s, Action* out) const {
    if (is_terminal(s)) return 0;
    // The squares from which each direction is open. No mover's stone stands on the far row.
    const std::uint64_t open[kDirections] = {s.mover & ~left_ & ~(s.mover << (kStride + 1)),
                                             s.mover & ~((s.mover | s.other) << kStride),
                                             s.mover & ~right_ & ~(s.mover << (kStride - 1))};
    int count = 0;
    for (std::uint64_t stones = s.mover; stones != 0; stones &= stones - 1) {
      const int bit = std::countr_zero(stones);
      const int first = (bit / kStride * size_ + bit % kStride) * kDirections;
      for (int direction = 0; direction < kDirections; ++direction) {
        out[count] = static_cast<Action>(first + direction);
        count += static_cast<int>(open[direction] >> bit & 1);
      }
    }
    return count;
  }

  void apply(State& s, Action action) const {
    const int square = action / kDirections;
    const int from = square / size_ * kStride + square % size_;
    const std::uint64_t to = std::uint64_t{1} << (from - kStride + action % kDirections - 1);
    const std::uint64_t mover = (s.mover ^ std::uint64_t{1} << from) | to;
    s = {reversed(s.other & ~to), reversed(mover), s.player ^ 1};
  }

  bool is_terminal(const State& s) const { return s.mover == 0 || (s.other & bottom_) != 0; }

  // Only the player who has just moved can have won.
  int returns(const State& s) const { return s.player == 1 ? 1 : -1; }

  // Planes, from the mover's side: the mover's stones, the other player's stones.
  void observe(const State& s, std::uint64_t* planes, float*) const {
    planes[0] = packed_rows(s.mover, size_);
    planes[1] = packed_rows(s.other, size_);
  }

  std::uint64_t position_key(const State& s) const { return mix64(observation_key(s) ^ s.player); }
  std::uint64_t observation_key(const State& s) const { return mix64(s.mover ^ mix64(s.other)); }

  // The rows from the top, then who moves: "oo.o/.o../.x../xx.x x".
  std::string to_string(const State& s) const {
    const auto shown = [&](std::uint64_t board) {
      return packed_rows(s.player == 0 ? board : reversed(board), size_);
    };
    return position_to_text(Sides<>{shown(s.mover), shown(s.other), s.player == 1}, size_, size_);
  }
  // Refuses what no game can reach: too many stones, a game that went on after a win.
  State from_string(std::string_view text) const {
    const auto [mover, other, second] = position_from_text(text, size_, size_);
    State s{byte_rows(mover, size_), byte_rows(other, size_), second};
    if (second) s = {reversed(s.mover), reversed(s.other), 1};
    if (std::popcount(mover) > 2 * size_ || std::popcount(other) > 2 * size_) {
      refuse("a player has more than the " + std::to_string(2 * size_) + " stones of the start");
    }
    if ((s.mover & top_) != 0) refuse("the player to move already stands on the far row");
    if (s.other == 0) refuse("the player to move has already captured all stones");
    return s;
  }

  // The square a stone leaves, then the one it enters, with a1 at the top left: "b7b6".
  std::string action_to_string(const State& s, Action action) const {
    const int to = square_of(s, action);
    return point_to_string(drawn(s, action / kDirections), size_) +
           (to < 0 ? " off the board" : point_to_string(to, size_));
  }
  int square_of(const State& s, Action action) const {
    const int from = action / kDirections;
    const int column = from % size_ + action % kDirections - 1;
    if (from < size_ || column < 0 || column >= size_) return -1;
    return drawn(s, from - from % size_ - size_ + column);
  }

  // Symmetry 1 mirrors the columns.
  State transform(const State& s, int symmetry) const {
    if (symmetry == 0) return s;
    return {columns_reversed(s.mover, size_), columns_reversed(s.other, size_), s.player};
  }
  Action transform_action(Action action, int symmetry) const {
    if (symmetry == 0) return action;
    const int across = size_ - 1 - 2 * (action / kDirections % size_);
    const int turned = kDirections - 1 - 2 * (action % kDirections);
    return static_cast<Action>(action + across * kDirections + turned);
  }

 private:
  static constexpr int kStride = 8;
  static constexpr int kDirections = 3;  // forward to the left, straight, to the right

  // Turns a square seen from the mover's side into one of the drawn board.
  int drawn(const State& s, int square) const {
    return s.player == 0 ? square : (size_ - 1 - square / size_) * size_ + square % size_;
  }
  std::uint64_t reversed(std::uint64_t board) const { return rows_reversed(board, size_); }

  int size_;
  std::uint64_t top_ = (std::uint64_t{1} << size_) - 1;     // the row that the mover wants to reach
  std::uint64_t bottom_ = top_ << (kStride * (size_ - 1));  // the row that the other wants to reach
  std::uint64_t left_ = byte_rows(~std::uint64_t{0}, size_) & 0x0101010101010101;  // outer columns
  std::uint64_t right_ = left_ << (size_ - 1);
};

}  // namespace zero
