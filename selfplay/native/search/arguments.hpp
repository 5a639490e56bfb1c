// Checks of what callers give to a search.
#pragma once

#include <string>

#include "games/native/core/game.hpp"
#include "selfplay/native/search/selection.hpp"

namespace zero {

// Throws GameError unless the state is one of this game and not over.
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

inline const SearchSettings& checked(const SearchSettings& settings) {
  check_settings(settings);
  return settings;
}

inline int checked_rows(int rows) {
  if (rows < 1) throw GameError(std::to_string(rows) + " rows are too few: give at least 1");
  return rows;
}

}  // namespace zero
