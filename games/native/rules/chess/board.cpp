#include "games/native/rules/chess/board.hpp"

namespace zero::chess {
namespace {

constexpr int kKingHome = 60;
constexpr int kLongRook = 56;
constexpr int kShortRook = 63;

void promote(Board& b, Squares square, Promotion promotion) {
  b.pawns ^= square;
  if (promotion == Promotion::kQueen || promotion == Promotion::kRook) b.straight |= square;
  if (promotion == Promotion::kQueen || promotion == Promotion::kBishop) b.diagonal |= square;
}

}  // namespace

bool play(Board& b, Action action) {
  const int from = from_square(action);
  const int to = to_square(action);
  const Squares leaves = bit(from);
  const Squares reaches = bit(to);
  const Squares moved = leaves | reaches;
  const bool pawn = (b.pawns & leaves) != 0;
  const bool king = (b.kings & leaves) != 0;
  const Squares captured = pawn && reaches == b.passant ? reaches << 8 : reaches;
  const bool zeroing = pawn || (b.other & captured) != 0;

  b.mover ^= moved;
  b.other &= ~captured;
  for (Squares* pieces : {&b.straight, &b.diagonal, &b.pawns}) {
    *pieces &= ~captured;
    if ((*pieces & leaves) != 0) *pieces ^= moved;
  }
  b.castling &= ~moved;
  Squares passed = 0;
  if (king) {
    b.kings ^= moved;
    b.castling &= ~kFirstRow;
    if (from == kKingHome && (to == kKingHome + 2 || to == kKingHome - 2)) {
      const bool is_short = to > from;
      const Squares rook = bit(is_short ? kShortRook : kLongRook) | bit((from + to) / 2);
      b.mover ^= rook;
      b.straight ^= rook;
    }
  } else if (pawn) {
    if ((reaches & kLastRow) != 0) promote(b, reaches, promotion_of(action));
    if (from - to == 16) passed = reaches << 8;
  }
  b.passant = 0;
  b = turned(b);
  if (passed != 0) b.passant = legal_passant(b, turned(passed));
  return zeroing;
}

}  // namespace zero::chess
