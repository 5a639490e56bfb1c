// Gomoku: players put stones on the points of a square board. The first line of `line` stones of
// one colour in a row, a column or a diagonal wins. In the freestyle game a longer line wins too;
// in the exact game it does not. A full board is a draw.
//
// Bits are row * size + column, row 0 at the top, as in actions and observations.
#pragma once

#include "games/native/boards/bits.hpp"
#include "games/native/boards/board_text.hpp"
#include "games/native/boards/square_symmetry.hpp"
#include "games/native/core/rules.hpp"

namespace zero {

template <int Words>
struct Gomoku {
  using Board = Bits<Words>;

  static constexpr std::string_view kName = "gomoku";
  static constexpr std::string_view kSummary = "five stones in a row";
  static constexpr Parameter kParameters[] = {
      {"size", 15, 3, 19, "rows and columns"},
      {"line", 5, 3, 19, "stones in a row that win, at most size"},
      no_or_yes("exact", "a longer line does not win")};

  explicit Gomoku(const Values& values)
      : size_(values.whole("size")), line_(values.whole("line")), exact_(values.yes("exact")) {
    if (line_ > size_) {
      refuse("a line of " + std::to_string(line_) + " does not fit on size=" +
             std::to_string(size_) + "; give line=3 to " + std::to_string(size_));
    }
    for (int point = 0; point < size_ * size_; ++point) full_.set(point);
  }

  struct State {
    Board mover;               // stones of the player to move
    Board other;               // stones of the player who has just moved
    std::uint16_t stones = 0;  // how many there are
    std::uint16_t won = 0;     // whether the last of them made a line
    bool operator==(const State&) const = default;
  };

  GameSpec spec() const {
    return {.goal = std::string(exact_ ? "Just " : "") + std::to_string(line_) +
                    " stones in a row, column or diagonal win.",
            .layout = {.kind = "points", .height = size_, .width = size_},
            .observation = {.planes = 2},
            .max_plies = size_ * size_,  // every ply fills a point, and a drawn game fills all
            .num_symmetries = kSquareSymmetries,
            .board = {.style = "points"}};
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

  // The stones tell who moves, so one key serves both.
  std::uint64_t position_key(const State& s) const {
    return mix64(s.mover.hash() ^ mix64(s.other.hash()));
  }
  std::uint64_t observation_key(const State& s) const { return position_key(s); }

  // The rows from the top, 'x' = first player, 'o' = second, '.' = empty, separated by '/'.
  std::string to_string(const State& s) const {
    return stones_to_text(Sides<Board>{s.mover, s.other, to_play(s) == 1}, size_, size_);
  }
  State from_string(std::string_view text) const {
    const auto [mover, other, second_moves] = stones_from_text<Board>(text, size_, size_);
    if (has_line(mover)) {
      refuse("the player to move already has " + std::to_string(line_) + " in a row");
    }
    return {mover, other, static_cast<std::uint16_t>((mover | other).count()), has_line(other)};
  }

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
  // The number of stones in a row from the point in one direction, without the point itself.
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
