// The search of one position, several leaves at once: for play and analysis.
#pragma once

#include <memory>

#include "selfplay/native/search/search.hpp"

namespace zero {

// Grows the search of one position for as long as its user likes. Up to `leaves` simulations share
// a batch; virtual loss keeps them apart (Chaslot et al. 2008).
class Thinker {
 public:
  // Throws GameError for the rule "gumbel", because its schedule is sequential.
  Thinker(std::shared_ptr<const Game> game, const SearchSettings& settings, int leaves);

  void start(const StateBox& state, std::uint64_t seed);
  // Goes to the position after `action` and keeps its subtree. Drops pending simulations.
  // Throws GameError if the action is illegal or ends the game.
  void apply(Action action);
  // Takes the answers and fills the batch again, up to the settings' number of simulations.
  // Returns the number of rows to evaluate, 0 when the search is done.
  int advance();
  Batch& batch() { return *batch_; }
  const Search& search() const { return search_; }
  // What is known so far, without the pending simulations. Throws GameError if the root has not
  // been evaluated.
  SearchResult result() const;

 private:
  void take_answers();
  Search settled() const;  // a copy without the pending simulations

  std::unique_ptr<Batch> batch_;
  Search search_;
  std::vector<Leaf> leaves_;
  Rng rng_{0};
  int waiting_ = 0;  // leaves in the batch
};

}  // namespace zero
