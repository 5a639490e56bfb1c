// The orientation in which a leaf is evaluated if positions that are equal up to symmetry share one
// answer. It is the one with the smallest observation key; among equal keys, the symmetry with the
// lowest number. So the answer depends only on the position, not on which leaf came first.
#pragma once

#include <bit>

#include "selfplay/native/search/search.hpp"

namespace zero {

class Canonical {
 public:
  explicit Canonical(std::shared_ptr<const Game> game)
      : logits_(static_cast<std::size_t>(game->spec().max_legal_actions)),
        moved_(logits_.size()),
        marks_((static_cast<std::size_t>(game->spec().num_actions) + 63) / 64),
        turned_(std::move(game)) {}

  // Chooses the orientation of a leaf for the calls that follow, and returns its key.
  std::uint64_t orient(const Leaf& leaf) {
    const Game& game = turned_.game();
    std::uint64_t smallest = game.observation_key(leaf.state.get());
    symmetry_ = 0;
    for (int symmetry = 1; symmetry < game.spec().num_symmetries; ++symmetry) {
      game.transform(turned_.get(), leaf.state.get(), symmetry);
      const std::uint64_t key = game.observation_key(turned_.get());
      if (key < smallest) {
        smallest = key;
        symmetry_ = symmetry;
      }
    }
    return smallest;
  }

  // Writes the turned leaf into the row.
  void write(const Leaf& leaf, const Row& row) {
    if (symmetry_ == 0) return leaf.write(row);
    const Game& game = turned_.game();
    game.transform(turned_.get(), leaf.state.get(), symmetry_);
    game.observe(turned_.get(), row.planes, row.scalars);
    *row.count = game.legal_actions(turned_.get(), row.actions);
    *row.state = turned_.get();
    if (*row.count != leaf.num_legal) {
      throw ContractError(game.spec().name + ": symmetry " + std::to_string(symmetry_) + " of '" +
                          game.to_string(leaf.state.get()) + "' has " + std::to_string(*row.count) +
                          " legal actions, not " + std::to_string(leaf.num_legal));
    }
  }

  // The answer for the row of write(), in the order of the leaf's own legal actions.
  Answer turned_back(const Leaf& leaf, const Answer& answer) {
    if (symmetry_ == 0) return answer;
    const auto count = static_cast<std::size_t>(leaf.num_legal);
    std::fill(marks_.begin(), marks_.end(), Mark{});
    for (std::size_t i = 0; i < count; ++i) {
      moved_[i] = turned_.game().transform_action(leaf.legal[i], symmetry_);
      marks_[moved_[i] / 64].actions |= std::uint64_t{1} << (moved_[i] % 64);
    }
    int before = 0;
    for (Mark& mark : marks_) {
      mark.before = before;
      before += std::popcount(mark.actions);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const Mark& mark = marks_[moved_[i] / 64];
      const std::uint64_t lower = (std::uint64_t{1} << (moved_[i] % 64)) - 1;
      logits_[i] = answer.logits[mark.before + std::popcount(mark.actions & lower)];
    }
    return {.logits = logits_.data(), .wdl = answer.wdl};
  }

 private:
  // Legal actions of the turned leaf as a bit set, to find the rank of an action among them.
  struct Mark {
    std::uint64_t actions = 0;
    int before = 0;  // legal actions in earlier words
  };

  int symmetry_ = 0;
  std::vector<float> logits_;
  std::vector<Action> moved_;
  std::vector<Mark> marks_;
  StateBox turned_;
};

}  // namespace zero
