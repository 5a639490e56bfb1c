// Breakthrough on size x size: two rows of stones on each side. A stone moves one square straight
// or diagonally forward, to an empty square; diagonally it may also capture. The first to reach the
// far row, or to capture all of the other player's stones, wins. There is always a move: nothing of
// its own stands before a player's foremost stone, and one of the two diagonals is on the board.
//
// The first player ('x') starts at the bottom and moves up. The state is kept from the mover's
// side: for the second player the rows are reversed, so that the mover always moves up, in the
// action and the observation too. Bit row * 8 + column for every size, so that to reverse the rows
// is to reverse the bytes.
#pragma once

#include <bit>

#include "games/native/boards/board_text.hpp"
#include "games/native/core/game.hpp"

namespace zero {

struct Breakthrough {
  explicit Breakthrough(int size = 8)
      : size_(size),
        top_((std::uint64_t{1} << size) - 1),
        bottom_(top_ << (kStride * (size - 1))),
        home_(bottom_ | bottom_ >> kStride) {
    for (int row = 0; row < size; ++row) left_ |= std::uint64_t{1} << (kStride * row);
    right_ = left_ << (size - 1);
  }

  struct State {
    std::uint64_t mover = 0;   // stones of the player to move, from his side
    std::uint64_t other = 0;   // stones of the other player, from the same side
    std::uint64_t player = 0;  // who moves
    bool operator==(const State&) const = default;
  };

  GameSpec spec() const {
    const int points = size_ * size_;
    // Each ply takes a stone one row on. Before the last ply, the 2 * size stones of each player
    // take size - 2 or size - 3 steps at most, which leaves them one row short of the far row.
    const int steps = size_ * (2 * size_ - 5);
    // Three moves for each of 2 * size stones, which on size 6 and above can all be legal at once.
    // legal_actions() needs the room: it writes each of them, and then keeps it or not.
    const int moves = 6 * size_;
    return {.name = canonical_name("breakthrough", {{"size", std::to_string(size_), "8"}}),
            .num_actions = points * kDirections,
            .layout = {.kind = "planes", .height = size_, .width = size_, .planes = kDirections},
            .observation = {.planes = 2, .scalars = 0, .height = size_, .width = size_},
            .max_plies = 2 * steps + 1,
            .max_legal_actions = moves,
            .num_symmetries = 2,
            .board = lettered_board("squares", size_, size_)};
  }

  State initial() const { return {home_, reversed(home_), 0}; }

  int to_play(const State& s) const { return static_cast<int>(s.player); }

  int legal_actions(const State& s, Action* out) const {
    if (is_terminal(s)) return 0;
    // The squares from which each direction is open. No mover's stone stands on the far row.
    const std::uint64_t ahead_left = s.mover & ~left_ & ~(s.mover << (kStride + 1));
    const std::uint64_t ahead = s.mover & ~((s.mover | s.other) << kStride);
    const std::uint64_t ahead_right = s.mover & ~right_ & ~(s.mover << (kStride - 1));
    int count = 0;
    for (std::uint64_t stones = s.mover; stones != 0; stones &= stones - 1) {
      const int bit = std::countr_zero(stones);
      const int action = square_at(bit) * kDirections;
      out[count] = static_cast<Action>(action);
      count += static_cast<int>(ahead_left >> bit & 1);
      out[count] = static_cast<Action>(action + 1);
      count += static_cast<int>(ahead >> bit & 1);
      out[count] = static_cast<Action>(action + 2);
      count += static_cast<int>(ahead_right >> bit & 1);
    }
    return count;
  }

  void apply(State& s, Action action) const {
    const int from = bit_of(action / kDirections);
    const std::uint64_t to = std::uint64_t{1} << (from - kStride + action % kDirections - 1);
    const std::uint64_t mover = (s.mover ^ std::uint64_t{1} << from) | to;
    s = {reversed(s.other & ~to), reversed(mover), s.player ^ 1};
  }

  bool is_terminal(const State& s) const { return s.mover == 0 || (s.other & bottom_) != 0; }

  // Only the player who has just moved can have won.
  int returns(const State& s) const { return s.player == 1 ? 1 : -1; }

  // Planes, from the mover's side: the mover's stones, the other player's stones.
  void observe(const State& s, std::uint64_t* planes, float*) const {
    planes[0] = packed(s.mover);
    planes[1] = packed(s.other);
  }

  std::uint64_t position_key(const State& s) const { return mix64(observation_key(s) ^ s.player); }
  std::uint64_t observation_key(const State& s) const { return mix64(s.mover ^ mix64(s.other)); }

  // The rows from the top ('x' = first player, 'o' = second, '.' = empty), separated by '/', then
  // a space and the player to move.
  std::string to_string(const State& s) const {
    const auto [first, second] = stones(s);
    return board_to_text(first, second, size_, size_) + (s.player == 0 ? " x" : " o");
  }
  State from_string(std::string_view text) const {
    const std::string name = spec().name;
    const auto [rows, second_moves] = split_mover(name, text, to_string(initial()));
    const auto [first, second] = board_from_text(name, rows, size_, size_);
    State s{strided(first), strided(second), second_moves};
    if (second_moves) s = {reversed(s.other), reversed(s.mover), 1};
    check(name, s);
    return s;
  }

  // The square that is left, then the one that is entered, a1 at the top left: "b7b6".
  std::string action_to_string(const State& s, Action action) const {
    const int from = action / kDirections;
    const std::string left = point_to_string(absolute(s, from), size_);
    if (leaves_board(action)) return left + " off the board";
    return left + point_to_string(absolute(s, from + step(action)), size_);
  }
  std::optional<Action> parse_action(const State& s, std::string_view text) const {
    if (text.size() != 4) return std::nullopt;
    const std::optional<Action> from = parse_point(text.substr(0, 2), size_, size_);
    const std::optional<Action> to = parse_point(text.substr(2), size_, size_);
    if (!from || !to) return std::nullopt;
    const int square = absolute(s, *from);
    for (int action = square * kDirections; action < (square + 1) * kDirections; ++action) {
      if (!leaves_board(action) && square + step(action) == absolute(s, *to)) {
        return static_cast<Action>(action);
      }
    }
    return std::nullopt;
  }

  void draw(const State& s, char* cells) const {
    const auto [first, second] = stones(s);
    draw_stones(first, second, size_ * size_, cells);
  }
  int square_of(const State& s, Action action) const {
    return leaves_board(action) ? -1 : absolute(s, action / kDirections + step(action));
  }

  // Symmetry 1 mirrors the columns.
  State transform(const State& s, int symmetry) const {
    return symmetry == 0 ? s : State{mirrored(s.mover), mirrored(s.other), s.player};
  }
  Action transform_action(Action action, int symmetry) const {
    if (symmetry == 0) return action;
    const int square = action / kDirections;
    const int twin = square - square % size_ + size_ - 1 - square % size_;
    return static_cast<Action>(twin * kDirections + kDirections - 1 - action % kDirections);
  }

 private:
  static constexpr int kStride = 8;
  static constexpr int kDirections = 3;  // forward to the left, straight, to the right

  // Bits, in rows of eight, and squares, in rows of `size`.
  int bit_of(int square) const { return square / size_ * kStride + square % size_; }
  int square_at(int bit) const { return bit / kStride * size_ + bit % kStride; }

  // From a square to the one that the action enters, if it does not leave the board.
  int step(int action) const { return action % kDirections - 1 - size_; }
  bool leaves_board(int action) const {
    const int square = action / kDirections;
    const int column = square % size_ + action % kDirections - 1;
    return square < size_ || column < 0 || column >= size_;
  }

  // The square on the board of one seen from the mover's side, and the other way round.
  int absolute(const State& s, int square) const {
    return s.player == 0 ? square : (size_ - 1 - square / size_) * size_ + square % size_;
  }

  // The board with its rows in reverse order.
  std::uint64_t reversed(std::uint64_t board) const {
    board = (board & 0x00ff00ff00ff00ff) << 8 | (board >> 8 & 0x00ff00ff00ff00ff);
    board = (board & 0x0000ffff0000ffff) << 16 | (board >> 16 & 0x0000ffff0000ffff);
    return (board << 32 | board >> 32) >> (kStride * (kStride - size_));
  }

  // From rows of eight bits to rows of `size`, and back.
  std::uint64_t packed(std::uint64_t board) const {
    std::uint64_t out = 0;
    for (int row = 0; row < size_; ++row) out |= (board >> (kStride * row) & top_) << (size_ * row);
    return out;
  }
  std::uint64_t strided(std::uint64_t plane) const {
    std::uint64_t out = 0;
    for (int row = 0; row < size_; ++row) out |= (plane >> (size_ * row) & top_) << (kStride * row);
    return out;
  }

  std::uint64_t mirrored(std::uint64_t board) const {
    std::uint64_t out = 0;
    for (; board != 0; board &= board - 1) {
      const int bit = std::countr_zero(board);
      out |= std::uint64_t{1} << (bit - bit % kStride + size_ - 1 - bit % kStride);
    }
    return out;
  }

  // The stones of the first and of the second player as they lie on the board.
  std::array<std::uint64_t, 2> stones(const State& s) const {
    if (s.player == 0) return {packed(s.mover), packed(s.other)};
    return {packed(reversed(s.other)), packed(reversed(s.mover))};
  }

  // Refuses what no game can reach: too many stones, a game that went on after a win.
  void check(const std::string& name, const State& s) const {
    if (std::max(std::popcount(s.mover), std::popcount(s.other)) > 2 * size_) {
      throw GameError(name + ": a player has more than the " + std::to_string(2 * size_) +
                      " stones of the start");
    }
    if ((s.mover & top_) != 0) {
      throw GameError(name + ": the player to move already stands on the far row");
    }
    if (s.other == 0) {
      throw GameError(name + ": the player to move has already captured all stones");
    }
  }

  int size_;
  std::uint64_t top_;       // the row that the mover wants to reach
  std::uint64_t bottom_;    // the row that the other player wants to reach
  std::uint64_t home_;      // the two rows where the mover starts
  std::uint64_t left_ = 0;  // the outer columns
  std::uint64_t right_ = 0;
};

}  // namespace zero
