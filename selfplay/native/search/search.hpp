// The search of one position: select, expand, evaluate, back up.
//
// The search never waits: `next_leaf` runs one simulation down to a leaf; whoever owns the search
// writes it into a row, has that evaluated and calls `receive`, which expands the leaf and backs
// the value up. Self-play has one leaf under way a search; when one position is searched for play
// there are several, kept apart by virtual loss.
#pragma once

#include <memory>
#include <vector>

#include "games/native/core/state.hpp"
#include "selfplay/native/search/batch.hpp"
#include "selfplay/native/search/selection.hpp"
#include "selfplay/native/search/tree.hpp"
#include "selfplay/native/support/rng.hpp"

namespace zero {

// The type through which the search sees the game. scripts/bench_virtual.cpp replaces it by a
// concrete game, to measure what the virtual calls cost.
#ifdef ZERO_SEARCH_GAME
using SearchGame = ZERO_SEARCH_GAME;
#else
using SearchGame = Game;
#endif

// A simulation whose evaluation is under way.
struct Leaf {
  explicit Leaf(std::shared_ptr<const Game> game)
      : legal(static_cast<std::size_t>(game->spec().max_legal_actions)), state(std::move(game)) {}

  struct Step {
    std::int32_t node;
    std::int32_t edge;  // its place among the node's opened edges
  };
  std::vector<Step> path;
  std::vector<Action> actions;  // along the path
  std::vector<Action> legal;    // at the leaf; the first num_legal are meant
  int num_legal = 0;
  StateBox state;

  // Fills the row that is to be evaluated.
  void write(const Row& row) const {
    static_cast<const SearchGame&>(state.game()).observe(state.get(), row.planes, row.scalars);
    std::copy_n(legal.begin(), num_legal, row.actions);
    *row.count = num_legal;
    *row.state = state.get();
  }
};

// What a finished search says. Values are seen by the player to move at the root.
struct SearchResult {
  int action = -1;  // the move to play when strength counts
  std::vector<int> actions;
  std::vector<int> visits;
  std::vector<float> priors;
  std::vector<float> q;       // of unvisited actions: the value of the root
  std::vector<float> policy;  // training target: visit distribution, or Gumbel's improved policy
  bool proven = false;        // the value is exact
  double value = 0.0;         // mean over all visits
  double raw_value = 0.0;     // the root's own evaluation
  std::vector<int> principal_variation;
  int simulations = 0;
};

class Search {
 public:
  // With the settings that the tables were made for.
  Search(std::shared_ptr<const Game> game, std::shared_ptr<const VisitTables> tables);

  enum class Outcome : std::uint8_t {
    kEvaluate,   // the leaf is to be evaluated; then receive()
    kBackedUp,   // the leaf was terminal or its edge proven: the simulation is complete
    kCollision,  // the leaf is already being evaluated: receive first
  };

  // Begins the search of a state that is not terminal with an empty tree. `simulations` and
  // `noise` are those of this search; random draws come from `rng` while the search lasts.
  void start(const StateBytes* root, Rng* rng, int simulations, bool noise);
  // Begins the search of the position after `action` and keeps the subtree below it, whose visits
  // count towards `simulations`. Only without noise, which would drown in old visits.
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
  // Throws GameError for answers that are no numbers or no probabilities.
  void receive(const Leaf& leaf, const Answer& answer, bool virtual_loss);
  // Takes back a simulation under virtual loss whose evaluation is not waited for: the last one
  // first.
  void retract(const Leaf& leaf);

  // Asks for the memory that receive() and the next simulation will use. What is found through what
  // must come first itself is asked for in steps: the buffers, the nodes of the path, their edges.
  void prefetch(const Leaf& leaf, int step) const;
  const Tree& tree() const { return tree_; }
  const StateBox& root_state() const { return root_state_; }
  SearchResult result() const;
  // The training target, one weight a legal action in order; sums to 1.
  std::vector<float> policy_target() const;
  // The action to play: most visits (Gumbel: and best score), no exploration.
  Action best_action() const;
  // An action drawn from visits^(1 / temperature).
  Action sample_action(double temperature, Rng& rng) const;

 private:
  template <typename Selection>
  Outcome descend(Leaf& leaf, bool virtual_loss);
  Outcome open_leaf(Leaf& leaf, bool virtual_loss);
  void back_up(const Leaf& leaf, double value, int player, bool virtual_loss);
  void back_up_exact(const Leaf& leaf, double value, int player);
  // Whether the proofs leave the edge worth playing: winning ones only if there are any, else none
  // that is lost, unless all are.
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
  const SearchSettings& settings() const { return tables_->settings(); }
  const SearchGame& game() const { return static_cast<const SearchGame&>(root_state_.game()); }

  std::shared_ptr<const VisitTables> tables_;
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
