// Gomoku: players put stones on the points of a square board; the first line of `line` stones of
// one colour wins, in a row, a column or a diagonal. Freestyle: a longer line wins too. Exact: it
// does not. A full board is a draw.
//
// Bit row * size + column, row 0 at the top, as in the action and in the observation.
#pragma once

#include "games/native/boards/bits.hpp"
#include "games/native/boards/board_text.hpp"
#include "games/native/boards/square_symmetry.hpp"
#include "games/native/core/game.hpp"

namespace zero {

template <int Words>
struct Gomoku {
  using Board = Bits<Words>;

  explicit Gomoku(int size = 15, int line = 5, bool exact = false)
      : size_(size), line_(line), exact_(exact) {
    for (int point = 0; point < size * size; ++point) full_.set(point);
  }

  struct State {
    Board mover;               // stones of the player to move
    Board other;               // stones of the player who has just moved
    std::uint16_t stones = 0;  // how many there are
    std::uint16_t won = 0;     // whether the last of them made a line
    bool operator==(const State&) const = default;
  };

  GameSpec spec() const {
    const int points = size_ * size_;
    // Every ply fills a point, and a drawn game fills all.
    return {.name = canonical_name("gomoku", {{"size", std::to_string(size_), "15"},
                                              {"line", std::to_string(line_), "5"},
                                              {"exact", exact_ ? "yes" : "no", "no"}}),
            .num_actions = points,
            .layout = {.kind = "points", .height = size_, .width = size_},
            .observation = {.planes = 2, .scalars = 0, .height = size_, .width = size_},
            .max_plies = points,
            .max_legal_actions = points,
            .num_symmetries = kSquareSymmetries,
            .board = lettered_board("points", size_, size_)};
  }

  State initial() const { return {}; }

  int to_play(const State& s) const { return s.stones & 1; }

  int legal_actions(const State& s, Action* out) const {
    if (s.won) return 0;
    int count = 0;
    (full_ & ~(s.mover | s.other)).for_each([&](int point) {
      out[count++] = static_cast<Action>(point);
    });
    return count;
  }

  void apply(State& s, Action point) const {
    s.mover.set(point);
    s.won = wins(s.mover, point);
    ++s.stones;
    std::swap(s.mover, s.other);
  }

  bool is_terminal(const State& s) const { return s.won || s.stones == size_ * size_; }

  // Only the player who has just moved can have made a line.
  int returns(const State& s) const {
    if (!s.won) return 0;
    return to_play(s) == 1 ? 1 : -1;
  }

  // Planes: the mover's stones, the other player's stones.
  void observe(const State& s, std::uint64_t* planes, float*) const {
    const int words = (size_ * size_ + 63) / 64;
    s.mover.copy_to(planes, words);
    s.other.copy_to(planes + words, words);
  }

  // The stones tell who moves, so that one key serves both.
  std::uint64_t position_key(const State& s) const {
    return mix64(s.mover.hash() ^ mix64(s.other.hash()));
  }
  std::uint64_t observation_key(const State& s) const { return position_key(s); }

  // The rows from the top, 'x' = first player, 'o' = second, '.' = empty, separated by '/'.
  std::string to_string(const State& s) const {
    const bool first = to_play(s) == 0;
    return board_to_text(first ? s.mover : s.other, first ? s.other : s.mover, size_, size_);
  }
  State from_string(std::string_view text) const {
    const std::string name = spec().name;
    const auto [first, second] = board_from_text<Board>(name, text, size_, size_);
    const bool second_moves = second_moves_after(name, first.count(), second.count());
    State s;
    s.mover = second_moves ? second : first;
    s.other = second_moves ? first : second;
    s.stones = static_cast<std::uint16_t>(first.count() + second.count());
    if (has_line(s.mover)) {
      throw GameError(name + ": the player to move already has " + std::to_string(line_) +
                      " in a row");
    }
    s.won = has_line(s.other);
    return s;
  }

  // Points are written a1 (top left) to s19.
  std::string action_to_string(const State&, Action action) const {
    return point_to_string(action, size_);
  }
  std::optional<Action> parse_action(const State&, std::string_view text) const {
    return parse_point(text, size_, size_);
  }

  void draw(const State& s, char* cells) const {
    const bool first = to_play(s) == 0;
    draw_stones(first ? s.mover : s.other, first ? s.other : s.mover, size_ * size_, cells);
  }
  int square_of(const State&, Action action) const { return action; }

  State transform(const State& s, int symmetry) const {
    State out = s;
    out.mover = transform_board(s.mover, size_, symmetry);
    out.other = transform_board(s.other, size_, symmetry);
    return out;
  }
  Action transform_action(Action action, int symmetry) const {
    return static_cast<Action>(transform_point(action, size_, symmetry));
  }

 private:
  // How many of the stones follow each other from the point, itself not counted, in one direction.
  int run(const Board& stones, int row, int column, int down, int right) const {
    int length = 0;
    for (;;) {
      row += down;
      column += right;
      if (row < 0 || row >= size_ || column < 0 || column >= size_) return length;
      if (!stones.test(row * size_ + column)) return length;
      ++length;
    }
  }

  // Whether a line through the stone at the point wins.
  bool wins(const Board& stones, int point) const {
    const int row = point / size_;
    const int column = point % size_;
    constexpr int kDirections[4][2] = {{0, 1}, {1, 0}, {1, 1}, {1, -1}};
    for (const auto& [down, right] : kDirections) {
      const int length =
          1 + run(stones, row, column, down, right) + run(stones, row, column, -down, -right);
      if (exact_ ? length == line_ : length >= line_) return true;
    }
    return false;
  }

  bool has_line(const Board& stones) const {
    bool found = false;
    stones.for_each([&](int point) { found = found || wins(stones, point); });
    return found;
  }

  int size_;
  int line_;
  bool exact_;
  Board full_;  // all points
};

}  // namespace zero
