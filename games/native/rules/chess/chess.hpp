// Chess by the rules of FIDE. Draws that a player could claim (threefold repetition, fifty moves)
// take effect at once, and games have a maximum length. games/README.md describes actions and
// observation.
#pragma once

#include <algorithm>

#include "games/native/core/rules.hpp"
#include "games/native/rules/chess/board.hpp"
#include "games/native/rules/chess/moves.hpp"
#include "games/native/rules/chess/notation.hpp"

namespace zero {

class Chess {
 public:
  static constexpr int kMostBoards = 8;

  static constexpr std::string_view kName = "chess";
  static constexpr std::string_view kSummary = "chess, by the rules of FIDE";
  static constexpr Parameter kParameters[] = {
      {"history", 1, 1, kMostBoards, "boards that the network sees"},
      {"plies", 512, 1, 10000, "the longest game, which is then a draw"}};

  explicit Chess(const Values& values)
      : history_(values.whole("history")), plies_(values.whole("plies")) {}

  struct Position {
    chess::Board board;            // seen by the player to move
    chess::Board base;             // seen by who moved then
    std::uint64_t key = 0;         // of the board
    std::uint16_t clock = 0;       // plies since a pawn moved or a piece was captured
    std::uint16_t ply = 0;         // by the number of the move; black moves at odd ones
    std::uint16_t base_clock = 0;  // the clock at the base
    std::uint8_t repetitions = 0;  // how often this position occurred before
    std::uint8_t count = 0;        // moves since the base
  };

  // A position and its past: the moves since `base`. Neither repetition nor the boards of the
  // observation look further back than the base: a pawn move or a capture led to it, or the game
  // began there.
  struct State : Position {
    // The half-move clock is below 100 in the oldest board shown, and kMostBoards - 1 plies follow.
    static constexpr std::size_t kMostMoves = 100 + kMostBoards - 1;

    std::array<std::uint16_t, kMostMoves> moves{};  // actions; kZeroing is added to some
    std::array<std::uint64_t, kMostMoves> keys{};   // of the positions before these moves

    bool operator==(const State& other) const;
    bool black_moves() const { return ply % 2 != 0; }
  };

  // Sets `to` to `from`, without the unused room for moves.
  void copy(State& to, const State& from) const {
    static_cast<Position&>(to) = from;
    std::copy_n(from.moves.begin(), from.count, to.moves.begin());
    std::copy_n(from.keys.begin(), from.count, to.keys.begin());
  }

  GameSpec spec() const;
  State initial() const;
  int to_play(const State& s) const { return s.ply % 2; }
  int legal_actions(const State& s, Action* out) const {
    return drawn(s) ? 0 : chess::legal_actions(s.board, out);
  }
  void apply(State& s, Action action) const;
  int returns(const State& s) const;
  void observe(const State& s, std::uint64_t* planes, float* scalars) const;
  std::uint64_t position_key(const State& s) const { return mix64(s.key + s.ply % 2); }
  std::uint64_t observation_key(const State& s) const;
  // A FEN, or a FEN and the moves since then: "... w KQkq - 0 1 moves g1f3 b8c6".
  std::string to_string(const State& s) const;
  State from_string(std::string_view text) const;
  std::string action_to_string(const State& s, Action action) const {
    return chess::move_to_string(s.board, s.black_moves(), action);
  }
  std::optional<Action> parse_action(const State& s, std::string_view text) const {
    return chess::parse_move(s.board, s.black_moves(), text);
  }
  void draw(const State& s, char* cells) const { chess::draw(s.board, s.black_moves(), cells); }
  int square_of(const State& s, Action action) const;
  // Why the game is over; empty if it is not.
  std::string ending(const State& s) const;

 private:
  static constexpr std::uint16_t kZeroing = 1 << 15;  // a pawn moved or a piece was captured
  static constexpr int kFiftyMoves = 100;             // in plies

  State start(const chess::Setup& setup) const;
  bool drawn(const State& s) const {
    return s.clock >= kFiftyMoves || s.ply >= plies_ || s.repetitions >= 2 ||
           chess::insufficient_material(s.board);
  }
  // Moves the base to the oldest board of the observation, if nothing before it matters.
  void forget(State& s) const;

  int history_;
  int plies_;
};

}  // namespace zero
