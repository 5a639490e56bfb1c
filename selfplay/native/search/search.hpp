// The search of one position: select, expand, evaluate, back up.
// The search never waits. `next_leaf` runs one simulation down to a leaf. The owner of the search
// writes the leaf into a row, has the row evaluated and calls `expand_and_back_up`. Self-play
// evaluates one leaf of a search at a time. The search of one position, for play, evaluates
// several; virtual loss keeps them apart.
#pragma once

#include <memory>
#include <vector>

#include "games/native/core/state.hpp"
#include "selfplay/native/search/batch.hpp"
#include "selfplay/native/search/result.hpp"
#include "selfplay/native/search/selection.hpp"
#include "selfplay/native/search/tree.hpp"
#include "selfplay/native/support/rng.hpp"

namespace zero {

// The leaf of a simulation, and the path to it.
struct Leaf {
  explicit Leaf(std::shared_ptr<const Game> game)
      : legal(static_cast<std::size_t>(game->spec().max_legal_actions)), state(std::move(game)) {}

  struct Step {
    std::int32_t node;
    std::int32_t edge;  // its place among the node's expanded edges
  };
  std::vector<Step> path;
  std::vector<Action> actions;  // along the path
  std::vector<Action> legal;    // at the leaf; the first num_legal count
  int num_legal = 0;
  StateBox state;

  // Writes the leaf into a row for the evaluator.
  void write(const Row& row) const {
    state.game().observe(state.get(), row.planes, row.scalars);
    std::copy_n(legal.begin(), num_legal, row.actions);
    *row.count = num_legal;
    *row.state = state.get();
  }
};

class Search {
 public:
  Search(std::shared_ptr<const Game> game, std::shared_ptr<const PreparedSettings> prepared);

  enum class Outcome : std::uint8_t {
    kEvaluate,   // the leaf needs an evaluation, then expand_and_back_up()
    kBackedUp,   // the leaf was terminal or its edge proven: the simulation is complete
    kCollision,  // the leaf is being evaluated already: take that answer first
  };

  // Begins the search of a state that is not terminal, with an empty tree. `simulations` and
  // `noise` are for this search only; its random draws come from `rng`.
  void start(const StateBytes* root, Rng* rng, int simulations, bool noise);
  // Begins the search of the position after `action` and keeps the subtree below it. The visits
  // there count towards `simulations`. Only without noise, which old visits would drown out.
  void restart_below(Action action, Rng* rng, int simulations);
  // Drops the tree; the next search must start().
  void clear() { tree_.clear(); }

  bool done() const {
    if (tree_.empty()) return false;
    return tree_.root().visits - 1 >= simulations_ || root_proof_ != kUnproven;
  }
  // Value of the root to its player: the mean over all visits, or what is proven.
  double value() const;
  Outcome next_leaf(Leaf& leaf, bool virtual_loss);
  // Throws GameError for answers that are not numbers or not probabilities.
  void expand_and_back_up(const Leaf& leaf, const Answer& answer, bool virtual_loss);
  // Undoes a simulation under virtual loss without its evaluation; the last one comes first.
  void retract(const Leaf& leaf);

  // Prefetches the memory that expand_and_back_up() and the next simulation use: the buffers, the
  // nodes of the path, their edges. Each step reads what the step before has fetched.
  void prefetch(const Leaf& leaf, int step) const;
  const SearchSettings& settings() const { return prepared_->settings; }
  const Tree& tree() const { return tree_; }
  const StateBox& root_state() const { return root_state_; }
  SearchResult result() const;
  // The training target: one weight per legal action, in order; they sum to 1.
  std::vector<float> policy_target() const;
  // The action to play: most visits (Gumbel: and best score), without exploration.
  Action best_action() const;
  // An action drawn from visits^(1 / temperature).
  Action sample_action(double temperature, Rng& rng) const;

 private:
  template <typename Selection>
  Outcome descend(Leaf& leaf, bool virtual_loss);
  // Backs up a terminal leaf; marks any other as being evaluated.
  Outcome reach_leaf(Leaf& leaf, bool virtual_loss);
  void back_up(const Leaf& leaf, double value, int player, bool virtual_loss);
  void back_up_exact(const Leaf& leaf, double value, int player);
  // Whether the edge is worth playing, given the proofs: only winning edges if there are any,
  // otherwise all but the lost ones, or all if all are lost.
  bool playable(const Edge& edge) const;
  std::vector<int> principal_variation(Action first) const;
  int most_visits() const;  // among the playable edges of the root
  void refresh(Leaf::Step step) {
    tree_.blocks().refresh(tree_.node(step.node).block(), static_cast<std::size_t>(step.edge));
  }
  Edge& edge_of(Leaf::Step step) {
    return tree_.edges(tree_.node(step.node))[static_cast<std::size_t>(step.edge)];
  }
  void add_virtual_loss(const Leaf& leaf, double sign);
  void prepare_root();
  void mix_noise();
  SelectionContext context() const;
  const Game& game() const { return root_state_.game(); }

  std::shared_ptr<const PreparedSettings> prepared_;
  StateBox root_state_;
  Tree tree_;
  Rng* rng_ = nullptr;
  std::uint64_t tie_break_seed_ = 0;
  int simulations_ = 0;
  bool noise_ = false;
  std::int8_t root_proof_ = kUnproven;
  std::vector<double> gumbel_;
  std::vector<int> considered_visits_;
};

}  // namespace zero
