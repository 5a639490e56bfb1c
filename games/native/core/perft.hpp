// Perft: the number of sequences of legal actions of a given length. It tests the rules of a game,
// since the counts of many games are published. It also measures their speed.
#pragma once

#include <vector>

#include "games/native/core/state.hpp"

namespace zero {

class Perft {
 public:
  explicit Perft(std::shared_ptr<const Game> game) : game_(std::move(game)) {}

  // Sequences that end early, because the game does, do not count. The last ply is counted, not
  // played.
  std::int64_t count(const StateBytes* state, int depth) {
    if (depth == 0) return 1;
    while (static_cast<int>(levels_.size()) < depth) levels_.emplace_back(game_);
    return descend(state, depth);
  }

 private:
  struct Level {
    explicit Level(const std::shared_ptr<const Game>& game)
        : state(game), legal(static_cast<std::size_t>(game->spec().max_legal_actions)) {}
    StateBox state;
    std::vector<Action> legal;
  };

  std::int64_t descend(const StateBytes* state, int depth) {
    Level& level = levels_[static_cast<std::size_t>(depth - 1)];
    const int count = game_->legal_actions(state, level.legal.data());
    if (depth == 1) return count;
    std::int64_t total = 0;
    for (int i = 0; i < count; ++i) {
      game_->assign(level.state.get(), state);
      game_->apply(level.state.get(), level.legal[static_cast<std::size_t>(i)]);
      total += descend(level.state.get(), depth - 1);
    }
    return total;
  }

  std::shared_ptr<const Game> game_;
  std::vector<Level> levels_;
};

}  // namespace zero
