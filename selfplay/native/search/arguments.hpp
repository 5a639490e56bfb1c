// Checks the arguments that callers give to a search.
#pragma once

#include <string>

#include "games/native/core/game.hpp"

namespace zero {

// Throws GameError unless the state belongs to this game and is not terminal.
inline void check_searchable(const Game& game, const StateBox& state) {
  if (&state.game() != &game) {
    throw GameError("a state of " + state.game().spec().name + " was given to a search of " +
                    game.spec().name);
  }
  if (state.game().is_terminal(state.get())) {
    throw GameError("the game is over at '" + state.game().to_string(state.get()) +
                    "'; there is nothing to search");
  }
}

inline int checked_rows(int rows) {
  if (rows < 1) throw GameError(std::to_string(rows) + " rows are too few: give at least 1");
  return rows;
}

}  // namespace zero
