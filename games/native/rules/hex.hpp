// Hex on a rhombus of size x size hexagons. With a chain of stones, the first player joins the top
// and bottom rows, the second player the left and right columns. The point in row r and column c
// touches (r, c +- 1), (r +- 1, c), (r - 1, c + 1) and (r + 1, c - 1). A full board joins exactly
// one player's sides, so there is no draw.
//
// Each player has a view of the board. The second player's view is transposed, so that in a view
// its owner always joins top and bottom. The state holds both views, and actions are points of the
// mover's view, so nothing ever has to be turned. Bits are row * size + column, row 0 at the top.
#pragma once

#include <vector>

#include "games/native/boards/bits.hpp"
#include "games/native/boards/board_text.hpp"
#include "games/native/core/rules.hpp"

namespace zero {

template <int Words>
struct Hex {
  using Board = Bits<Words>;

  static constexpr std::string_view kName = "hex";
  static constexpr std::string_view kSummary = "join two opposite sides of a rhombus";
  static constexpr Parameter kParameters[] = {
      {"size", 11, 3, 19, "rows and columns"},
      no_or_yes("swap", "the second player may take the first stone")};

  explicit Hex(const Values& values)
      : size_(values.whole("size")),
        swap_(values.yes("swap")),
        neighbours_(static_cast<std::size_t>(size_ * size_)) {
    const int size = size_;
    for (int point = 0; point < size * size; ++point) {
      const int row = point / size;
      const int column = point % size;
      full_.set(point);
      if (row == 0) top_.set(point);
      if (row == size - 1) bottom_.set(point);
      Board& near = neighbours_[static_cast<std::size_t>(point)];
      if (column > 0) near.set(point - 1);
      if (column < size - 1) near.set(point + 1);
      if (row > 0) near.set(point - size);
      if (row < size - 1) near.set(point + size);
      if (row > 0 && column < size - 1) near.set(point - size + 1);
      if (row < size - 1 && column > 0) near.set(point + size - 1);
    }
  }

  // The board as one player sees it.
  struct View {
    Board own;     // his stones
    Board other;   // the other player's
    Board top;     // his stones that hang together with the top row
    Board bottom;  // and with the bottom row
    bool operator==(const View&) const = default;
  };
  struct State {
    std::array<View, 2> views;
    std::uint8_t player = 0;    // who moves
    std::uint8_t won = 0;       // whether the player who has just moved has joined his sides
    std::uint8_t can_swap = 0;  // whether the mover may take the only stone
    bool operator==(const State&) const = default;
  };

  GameSpec spec() const {
    // A full board is always won, and its last stone may be the one that wins. A swap takes a ply
    // and fills no point. At that ply all points but one are empty, and the action of that point is
    // the swap.
    return {.goal = "x joins the top with the bottom, o the left side with the right one.",
            .layout = {.kind = "points", .height = size_, .width = size_},
            .observation = {.planes = 2, .scalars = swap_},
            .max_plies = size_ * size_ + swap_,
            .num_symmetries = 2,
            .board = {.style = "hexagons"}};
  }

  State initial() const { return {}; }

  int to_play(const State& s) const { return s.player; }

  int legal_actions(const State& s, Action* out) const {
    if (s.won) return 0;
    const View& view = s.views[s.player];
    int count = 0;
    (s.can_swap ? full_ : full_ & ~(view.own | view.other)).for_each([&](int point) {
      out[count++] = static_cast<Action>(point);
    });
    return count;
  }

  void apply(State& s, Action action) const {
    int point = action;
    if (s.can_swap && s.views[1].other.test(point)) {
      // The stone changes its owner and goes to the transposed point. There it is worth the same to
      // the second player as it was to the first.
      point = transposed(point);
      s.views = {};
    }
    place(s, point);
    s.can_swap = may_swap(s);
  }

  bool is_terminal(const State& s) const { return s.won; }

  // Only the player who has just moved can have joined his sides.
  int returns(const State& s) const { return s.player == 1 ? 1 : -1; }

  // Planes, in the mover's view, where the mover joins top and bottom: the mover's stones, the
  // other player's stones. With the swap rule a scalar: 1 where the mover may swap, else 0.
  void observe(const State& s, std::uint64_t* planes, float* scalars) const {
    const int words = (size_ * size_ + 63) / 64;
    s.views[s.player].own.copy_to(planes, words);
    s.views[s.player].other.copy_to(planes + words, words);
    if (swap_) scalars[0] = s.can_swap;
  }

  std::uint64_t position_key(const State& s) const { return mix64(observation_key(s) ^ s.player); }
  std::uint64_t observation_key(const State& s) const {
    const View& view = s.views[s.player];
    return mix64(view.own.hash() ^ mix64(view.other.hash() + s.can_swap));
  }

  // The rows from the top ('x' = first player, 'o' = second, '.' = empty), separated by '/', then
  // a space and the player to move.
  std::string to_string(const State& s) const {
    const View& first = s.views[0];
    return board_to_text(first.own, first.other, size_, size_) + (s.player == 0 ? " x" : " o");
  }
  State from_string(std::string_view text) const {
    return position(position_from_text<Board>(text, size_, size_));
  }

  // Points are written a1 (top left) to s19, as they lie on the board. To take the first stone is
  // written "swap".
  std::string action_to_string(const State& s, Action action) const {
    if (s.can_swap && s.views[1].other.test(action)) return "swap";
    return point_to_string(s.player == 0 ? action : transposed(action), size_);
  }
  // The point of the first stone is also accepted as the swap.
  std::optional<Action> parse_action(const State& s, std::string_view text) const {
    if (s.can_swap && text == "swap") {
      std::optional<Action> stone;
      s.views[1].other.for_each([&](int point) { stone = static_cast<Action>(point); });
      return stone;
    }
    const std::optional<Action> point = parse_point(text, size_, size_);
    if (!point || s.player == 0) return point;
    return static_cast<Action>(transposed(*point));
  }

  int square_of(const State& s, Action action) const {
    // The stone of a swap lies at the transposed point of the second player's transposed view.
    const bool swaps = s.can_swap && s.views[1].other.test(action);
    return s.player == 0 || swaps ? action : transposed(action);
  }

  // Half a turn of the board: the only symmetry that leaves each player his sides.
  State transform(const State& s, int symmetry) const {
    if (symmetry == 0) return s;
    State out = s;
    for (View& view : out.views) {
      view = {turned(view.own), turned(view.other), turned(view.bottom), turned(view.top)};
    }
    return out;
  }
  Action transform_action(Action action, int symmetry) const {
    return symmetry == 0 ? action : static_cast<Action>(size_ * size_ - 1 - action);
  }

 private:
  int transposed(int point) const { return point % size_ * size_ + point / size_; }

  Board turned(const Board& board) const {
    Board out;
    board.for_each([&](int point) { out.set(size_ * size_ - 1 - point); });
    return out;
  }

  // Only at the second ply, when the first player has one stone and the second has none.
  bool may_swap(const State& s) const {
    return swap_ && s.player == 1 && !s.views[1].own.any() && s.views[1].other.count() == 1;
  }

  // The mover's stone at a point of his view; then the other player moves.
  void place(State& s, int point) const {
    View& view = s.views[s.player];
    s.player ^= 1;
    view.own.set(point);
    s.views[s.player].other.set(transposed(point));
    const Board near = neighbours_[static_cast<std::size_t>(point)];
    const bool joins_top = top_.test(point) || (near & view.top).any();
    const bool joins_bottom = bottom_.test(point) || (near & view.bottom).any();
    if (joins_top) join(view.top, view.own, point);
    if (joins_bottom) join(view.bottom, view.own, point);
    s.won = joins_top && joins_bottom;
  }

  // Adds the stones that are connected to the point, one ring of neighbours after another. A stone
  // joins a side only once in a game, so this costs little over a whole game.
  void join(Board& side, const Board& stones, int point) const {
    side.set(point);
    Board ring = neighbours_[static_cast<std::size_t>(point)] & stones & ~side;
    while (ring.any()) {
      side |= ring;
      Board next;
      ring.for_each([&](int stone) { next |= neighbours_[static_cast<std::size_t>(stone)]; });
      ring = next & stones & ~side;
    }
  }

  // After a swap, x has one stone less than it would have.
  void check_counts(int first, int second, bool second_moves) const {
    const int ahead = first - second;
    const bool plain = ahead == (second_moves ? 1 : 0);
    const bool swapped = swap_ && ahead == (second_moves ? 0 : -1) && second > 0;
    if (!plain && !swapped) {
      refuse("x has " + std::to_string(first) + " stones and o " + std::to_string(second) +
             ", and " + (second_moves ? "o" : "x") +
             " is to move; x moves first, and each ply adds one stone" +
             (swap_ ? ", but a swap" : ""));
    }
  }

  State position(const Sides<Board>& sides) const {
    const std::array<const Board*, 2> stones = sides.second_moves
                                                   ? std::array{&sides.other, &sides.mover}
                                                   : std::array{&sides.mover, &sides.other};
    check_counts(stones[0]->count(), stones[1]->count(), sides.second_moves);
    State s;
    std::array<bool, 2> won{};
    for (const std::uint8_t player : {std::uint8_t{0}, std::uint8_t{1}}) {
      stones[player]->for_each([&](int point) {
        s.player = player;
        place(s, player == 0 ? point : transposed(point));
        won[player] |= s.won != 0;
      });
    }
    s.player = sides.second_moves;
    if (won[s.player]) refuse("the player to move has already joined both sides");
    s.won = won[s.player ^ 1U];
    s.can_swap = may_swap(s);
    return s;
  }

  int size_;
  bool swap_;
  Board full_;    // all points
  Board top_;     // the top row
  Board bottom_;  // the bottom row
  std::vector<Board> neighbours_;
};

}  // namespace zero
