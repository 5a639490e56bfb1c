// The legal moves of a chess position.
#pragma once

#include "games/native/rules/chess/board.hpp"

namespace zero::chess {

// No position that a game can reach has more, as exhaustive search has proved (Tobs40, 2024).
constexpr int kMostLegalActions = 218;

// Writes the legal actions, regardless of draws, in ascending order and returns their number.
int legal_actions(const Board& board, Action* out);

}  // namespace zero::chess
