// A chess position as eight sets of squares, seen by the player to move.
#pragma once

#include "games/native/core/hash.hpp"
#include "games/native/rules/chess/actions.hpp"
#include "games/native/rules/chess/squares.hpp"

namespace zero::chess {

// Everything that decides whether two positions are the same, except the colour of the mover. Any
// piece that is not in one of the other sets is a knight.
struct Board {
  Squares mover = 0;     // pieces of the player to move
  Squares other = 0;     // pieces of the other player
  Squares straight = 0;  // rooks and queens of both
  Squares diagonal = 0;  // bishops and queens of both
  Squares pawns = 0;
  Squares kings = 0;
  Squares castling = 0;  // the rooks with which a king may still castle
  Squares passant = 0;   // the square of an en passant capture, if there is a legal one

  bool operator==(const Board&) const = default;

  Squares occupied() const { return mover | other; }
  Squares knights() const { return occupied() & ~(straight | diagonal | pawns | kings); }
  Squares queens() const { return straight & diagonal; }
  Squares rooks() const { return straight & ~diagonal; }
  Squares bishops() const { return diagonal & ~straight; }
  int king() const { return lowest(kings & mover); }
};

// The position as the other player sees it.
inline Board turned(const Board& b) {
  return {turned(b.other), turned(b.mover), turned(b.straight), turned(b.diagonal),
          turned(b.pawns), turned(b.kings), turned(b.castling), turned(b.passant)};
}

// Equal for boards with the same pieces, whatever the rights to castle or capture en passant.
inline std::uint64_t placement_key(const Board& b) {
  return mix64(b.mover) + mix64(b.other ^ 0x9ae16a3b2f90404fULL) +
         mix64(b.straight ^ 0xc949d7c7509e6557ULL) + mix64(b.diagonal ^ 0xff51afd7ed558ccdULL) +
         mix64(b.pawns ^ 0xc4ceb9fe1a85ec53ULL) + mix64(b.kings ^ 0x87c37b91114253d5ULL);
}

// Equal for equal boards.
inline std::uint64_t key_of(const Board& b) {
  return placement_key(b) + mix64(b.castling ^ 0x4cf5ad432745937fULL) +
         mix64(b.passant ^ 0x52dce729da3ed7a1ULL);
}

// The other player's pieces that attack the square if these squares are occupied.
inline Squares attackers_of(const Board& b, int square, Squares occupied) {
  const Squares pieces = (attacked_upwards(bit(square)) & b.pawns) |
                         (knight_attacks(square) & b.knights()) | (king_attacks(square) & b.kings) |
                         (straight_attacks(square, occupied) & b.straight) |
                         (diagonal_attacks(square, occupied) & b.diagonal);
  return pieces & b.other;
}

inline Squares checkers(const Board& b) { return attackers_of(b, b.king(), b.occupied()); }

// Whether the pawn on `from` may capture on `target` en passant: its king must not be attacked once
// both pawns have left their squares.
inline bool passant_is_legal(const Board& b, int from, Squares target) {
  const Squares captured = target << 8;
  const Squares occupied = (b.occupied() ^ bit(from) ^ captured) | target;
  return (attackers_of(b, b.king(), occupied) & ~captured) == 0;
}

// The square of an en passant capture after a pawn has passed over `target`; empty if none of the
// mover's pawns can legally capture there.
inline Squares legal_passant(const Board& b, Squares target) {
  Squares pawns = attacked_downwards(target) & b.pawns & b.mover;
  for (; pawns != 0; pawns &= pawns - 1) {
    if (passant_is_legal(b, lowest(pawns), target)) return target;
  }
  return 0;
}

// Plays a legal action and turns the board to the other player. Returns whether a pawn moved or a
// piece was captured.
bool play(Board& b, Action action);

// Neither player has the pieces to mate: bare kings, one knight or bishop against a bare king, or
// any number of bishops that all stand on squares of one colour.
inline bool insufficient_material(const Board& b) {
  if ((b.pawns | b.straight) != 0) return false;
  const Squares knights = b.knights();
  if (knights != 0) return has_one(knights) && b.diagonal == 0;
  return (b.diagonal & kLightSquares) == 0 || (b.diagonal & ~kLightSquares) == 0;
}

}  // namespace zero::chess
