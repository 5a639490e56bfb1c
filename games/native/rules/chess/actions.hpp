// The 4,672 actions of chess, numbered as in AlphaZero (Silver et al. 2018): 73 planes of 8 x 8
// from-squares, seen by the player to move.
//
// action = (row * 8 + column) * 73 + plane, for the square that the piece leaves. The planes are:
//   - 0 to 55, a queen's move: direction * 7 + distance - 1, directions clockwise from straight up
//   - 56 to 63, a knight's move: clockwise from two up and one to the right
//   - 64 to 72, an underpromotion: 3 * (up left, up, up right) + (knight, bishop, rook)
//
// A pawn that reaches the last row by a move of the first kind becomes a queen. Castling is a
// king's move of two squares, and an en passant capture is the pawn's diagonal move.
#pragma once

#include "games/native/core/spec.hpp"
#include "games/native/rules/chess/squares.hpp"

namespace zero::chess {

constexpr int kPlanes = 73;
constexpr int kActions = 64 * kPlanes;
constexpr int kKnightPlanes = 56;
constexpr int kUnderpromotionPlanes = 64;

enum class Promotion : std::uint8_t { kKnight, kBishop, kRook, kQueen };

// Where the piece of a plane goes, in rows and columns; a row upwards is -1.
struct Step {
  int row = 0;
  int column = 0;
};

constexpr Step step_of_plane(int plane) {
  constexpr std::array<Step, 8> kQueen = {
      {{-1, 0}, {-1, 1}, {0, 1}, {1, 1}, {1, 0}, {1, -1}, {0, -1}, {-1, -1}}};
  constexpr std::array<Step, 8> kKnight = {
      {{-2, 1}, {-1, 2}, {1, 2}, {2, 1}, {2, -1}, {1, -2}, {-1, -2}, {-2, -1}}};
  if (plane >= kUnderpromotionPlanes) return {-1, (plane - kUnderpromotionPlanes) / 3 - 1};
  if (plane >= kKnightPlanes) return kKnight[static_cast<std::size_t>(plane - kKnightPlanes)];
  const Step step = kQueen[static_cast<std::size_t>(plane / 7)];
  const int distance = plane % 7 + 1;
  return {step.row * distance, step.column * distance};
}

constexpr std::uint8_t kOffTheBoard = 64;

struct ActionTables {
  std::array<std::uint8_t, kActions> to{};     // the square that the piece reaches
  PerSquare<PerSquare<std::uint8_t>> plane{};  // [from][to], for the planes 0 to 63
};

inline constexpr ActionTables kActionTables = [] {
  ActionTables tables;
  for (int from = 0; from < 64; ++from) {
    for (int plane = 0; plane < kPlanes; ++plane) {
      const Step step = step_of_plane(plane);
      const int row = from / 8 + step.row;
      const int column = from % 8 + step.column;
      const bool on_board = row >= 0 && row < 8 && column >= 0 && column < 8;
      const int to = on_board ? row * 8 + column : kOffTheBoard;
      tables.to[static_cast<std::size_t>(from * kPlanes + plane)] = static_cast<std::uint8_t>(to);
      if (on_board && plane < kUnderpromotionPlanes) {
        tables.plane[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)] =
            static_cast<std::uint8_t>(plane);
      }
    }
  }
  return tables;
}();

inline int from_square(Action action) { return action / kPlanes; }
inline int to_square(Action action) { return kActionTables.to[action]; }
inline int plane_of(int from, int to) {
  return kActionTables.plane[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)];
}

// What a pawn becomes by this action if it reaches the last row.
inline Promotion promotion_of(Action action) {
  const int plane = action % kPlanes;
  return plane < kUnderpromotionPlanes
             ? Promotion::kQueen
             : static_cast<Promotion>((plane - kUnderpromotionPlanes) % 3);
}

// The squares must be a queen's or a knight's move apart; for an underpromotion, a pawn's move.
inline Action action_of(int from, int to, Promotion promotion) {
  const int plane = promotion == Promotion::kQueen
                        ? plane_of(from, to)
                        : kUnderpromotionPlanes + 3 * (to - from + 9) + static_cast<int>(promotion);
  return static_cast<Action>(from * kPlanes + plane);
}

}  // namespace zero::chess
