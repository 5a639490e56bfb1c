// Many states of one game, stepped together. Python uses it for vectorised environments and for
// matches without search. Several threads must not use it at once.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "games/native/core/state.hpp"

namespace zero {

class StateBatch {
 public:
  // An action that leaves its row as it is.
  static constexpr std::int64_t kSkip = -1;

  StateBatch(std::shared_ptr<const Game> game, std::size_t size)
      : game_(std::move(game)), states_(size, StateBox(game_)) {}
  // The states must be of the game.
  StateBatch(std::shared_ptr<const Game> game, std::vector<StateBox> states)
      : game_(std::move(game)), states_(std::move(states)) {}

  const std::shared_ptr<const Game>& game() const { return game_; }
  std::size_t size() const { return states_.size(); }
  const StateBytes* state(std::size_t row) const { return states_[row].get(); }
  const std::vector<StateBox>& states() const { return states_; }

  // Plays actions[row] in each row. All rows are checked before any changes: throws a GameError
  // that names the first row whose action is not legal.
  void apply(std::span<const std::int64_t> actions) {
    if (actions.size() != size()) {
      throw GameError("apply: " + std::to_string(actions.size()) + " actions for a batch of " +
                      std::to_string(size()) + " states; give one for each");
    }
    std::vector<Action> legal(static_cast<std::size_t>(game_->spec().max_legal_actions));
    for (std::size_t row = 0; row < size(); ++row) {
      if (actions[row] == kSkip) continue;
      const auto end = legal.begin() + game_->legal_actions(state(row), legal.data());
      if (!std::binary_search(legal.begin(), end, actions[row])) {
        throw GameError("apply: action " + std::to_string(actions[row]) + " is not legal in row " +
                        std::to_string(row) + ", " + quoted(game_->to_string(state(row))));
      }
    }
    for (std::size_t row = 0; row < size(); ++row) {
      if (actions[row] != kSkip) {
        game_->apply(states_[row].get(), static_cast<Action>(actions[row]));
      }
    }
  }

  void reset(std::size_t row) { states_[row] = StateBox(game_); }

 private:
  std::shared_ptr<const Game> game_;
  std::vector<StateBox> states_;
};

}  // namespace zero
