// Finds legal moves without trying them. It first finds the squares where the king may not step,
// the squares that end a check, and the lines that pinned pieces must stay on. Then it restricts
// each piece's targets to them.
#include "games/native/rules/chess/moves.hpp"

namespace zero::chess {
namespace {

// The restrictions that the king's safety puts on the mover.
struct Safety {
  Squares attacked = 0;            // by the other player, through the mover's king
  Squares evasions = ~Squares{0};  // where pieces other than the king may go
  Squares pinned = 0;              // pieces that must stay on their line to the king
};

Squares attacked_by_other(const Board& b) {
  // The king hides no square behind itself: it may not step back along a line of check.
  const Squares occupied = b.occupied() & ~(b.kings & b.mover);
  Squares attacked = attacked_downwards(b.pawns & b.other) |
                     attacked_by_knights(b.knights() & b.other) |
                     king_attacks(lowest(b.kings & b.other));
  for_each(b.straight & b.other, [&](int s) { attacked |= straight_attacks(s, occupied); });
  for_each(b.diagonal & b.other, [&](int s) { attacked |= diagonal_attacks(s, occupied); });
  return attacked;
}

Safety safety_of(const Board& b) {
  Safety safety{.attacked = attacked_by_other(b)};
  const int king = b.king();
  const Lines& lines = lines_of(king);
  Squares checkers = 0;
  if ((safety.attacked & bit(king)) != 0) {
    checkers =
        b.other & ((attacked_upwards(bit(king)) & b.pawns) | (knight_attacks(king) & b.knights()));
  }
  const Squares snipers =
      b.other & ((lines.straight() & b.straight) | (lines.diagonal() & b.diagonal));
  for_each(snipers, [&](int sniper) {
    const Squares blockers = between(king, sniper) & b.occupied();
    if (blockers == 0) checkers |= bit(sniper);
    if (!has_several(blockers)) safety.pinned |= blockers & b.mover;
  });
  if (checkers != 0) {
    safety.evasions = has_one(checkers) ? checkers | between(king, lowest(checkers)) : 0;
  }
  return safety;
}

// The squares to which the piece on a square may go.
class Targets {
 public:
  explicit Targets(const Board& b)
      : b_(b), safety_(safety_of(b)), free_(~b.mover & safety_.evasions) {
    if (safety_.evasions != 0) {
      for_each(b.knights() & b.mover & ~safety_.pinned,
               [&](int s) { add(s, knight_attacks(s) & free_); });
      add_sliders(b.diagonal & b.mover, diagonal_attacks);
      add_sliders(b.straight & b.mover, straight_attacks);
      add_pawns();
    }
    add_king();
  }

  // The squares from which a piece may move.
  Squares movable() const { return movable_; }
  Squares from(int square) const { return targets_[static_cast<std::size_t>(square)]; }

 private:
  void add(int square, Squares targets) {
    targets_[static_cast<std::size_t>(square)] |= targets;
    if (targets != 0) movable_ |= bit(square);
  }

  Squares kept_on_line(int square, Squares targets) const {
    if ((safety_.pinned & bit(square)) == 0) return targets;
    return targets & lines_of(b_.king()).through(bit(square));
  }

  template <typename Attacks>
  void add_sliders(Squares sliders, Attacks&& attacks) {
    const Squares occupied = b_.occupied();
    for_each(sliders, [&](int s) { add(s, kept_on_line(s, attacks(s, occupied) & free_)); });
  }

  void add_pawns() {
    constexpr Squares kAfterFirstStep = kFirstRow >> 16;
    const Squares empty = ~b_.occupied();
    for_each(b_.pawns & b_.mover, [&](int s) {
      const Squares step = bit(s) >> 8 & empty;
      const Squares double_step = (step & kAfterFirstStep) >> 8 & empty;
      const Squares reach = attacked_upwards(bit(s));
      Squares targets =
          kept_on_line(s, (step | double_step | (reach & b_.other)) & safety_.evasions);
      if ((reach & b_.passant) != 0 && passant_is_legal(b_, s, b_.passant)) targets |= b_.passant;
      add(s, targets);
    });
  }

  void add_king() {
    const int king = b_.king();
    Squares targets = king_attacks(king) & ~b_.mover & ~safety_.attacked;
    // The rooks are at the ends of the first row, the king in column e: bits 56, 63 and 60.
    constexpr Squares kShortEmpty = bit(61) | bit(62);
    constexpr Squares kLongEmpty = bit(57) | bit(58) | bit(59);
    constexpr Squares kShortSafe = bit(60) | bit(61) | bit(62);
    constexpr Squares kLongSafe = bit(58) | bit(59) | bit(60);
    const Squares occupied = b_.occupied();
    if ((b_.castling & bit(63)) != 0 && (occupied & kShortEmpty) == 0 &&
        (safety_.attacked & kShortSafe) == 0) {
      targets |= bit(62);
    }
    if ((b_.castling & bit(56)) != 0 && (occupied & kLongEmpty) == 0 &&
        (safety_.attacked & kLongSafe) == 0) {
      targets |= bit(58);
    }
    add(king, targets);
  }

  const Board& b_;
  Safety safety_;
  Squares free_;
  Squares movable_ = 0;
  std::array<Squares, 64> targets_{};
};

}  // namespace

int legal_actions(const Board& board, Action* out) {
  constexpr Squares kBeforeLastRow = kLastRow << 8;
  const Targets targets(board);
  Action* next = out;
  for_each(targets.movable(), [&](int from) {
    const int first = from * kPlanes;
    std::uint64_t planes = 0;
    for_each(targets.from(from), [&](int to) { planes |= std::uint64_t{1} << plane_of(from, to); });
    for_each(planes, [&](int plane) { *next++ = static_cast<Action>(first + plane); });
    if ((board.pawns & kBeforeLastRow & bit(from)) == 0) return;
    for_each(targets.from(from), [&](int to) {
      for (const Promotion piece : {Promotion::kKnight, Promotion::kBishop, Promotion::kRook}) {
        *next++ = action_of(from, to, piece);
      }
    });
  });
  return static_cast<int>(next - out);
}

}  // namespace zero::chess
