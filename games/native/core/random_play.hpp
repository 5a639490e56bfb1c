// Games of uniformly random legal actions: the measure of the speed of the rules.
#pragma once

#include <vector>

#include "games/native/core/state.hpp"

namespace zero {

struct RandomPlay {
  std::int64_t games = 0;
  std::int64_t plies = 0;
  std::int64_t first_wins = 0;
  std::int64_t draws = 0;
};

// Plays `games` games to their ends through the virtual interface, on one thread.
inline RandomPlay random_games(const std::shared_ptr<const Game>& shared_game, std::int64_t games,
                               std::uint64_t seed) {
  const Game& game = *shared_game;
  const StateBox initial(shared_game);
  StateBox state(initial);
  std::vector<Action> legal(static_cast<std::size_t>(game.spec().max_legal_actions));
  std::uint64_t draw = mix64(seed);
  RandomPlay total;
  for (; total.games < games; ++total.games) {
    game.assign(state.get(), initial.get());
    std::int64_t plies = 0;
    while (const int count = game.legal_actions(state.get(), legal.data())) {
      const std::uint64_t random = mix64(draw++) >> 32;
      game.apply(state.get(), legal[random * static_cast<std::uint64_t>(count) >> 32]);
      check_length(game, ++plies);
    }
    total.plies += plies;
    const int returns = game.returns(state.get());
    total.first_wins += returns == 1;
    total.draws += returns == 0;
  }
  return total;
}

}  // namespace zero
