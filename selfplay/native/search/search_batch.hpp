// Searches outside self-play: many positions at once (matches, evaluation), or one position with
// several leaves under way (play).
#pragma once

#include <memory>

#include "selfplay/native/search/search.hpp"

namespace zero {

// Independent searches of up to `rows` positions, one leaf each, sharing one batch.
class SearchBatch {
 public:
  SearchBatch(std::shared_ptr<const Game> game, const SearchSettings& settings, int rows);

  // Begins the searches of `states` (at most `rows`, none terminal). `noise`: with root noise.
  void start(const std::vector<StateBox>& states, const std::vector<std::uint64_t>& seeds,
             bool noise);
  // Takes the answers and advances every search to its next evaluation; returns the number of rows
  // to evaluate, 0 when all searches are done.
  int advance();
  // advance() with equal logits and value 0 for answers, until all searches are done.
  void finish_uniformly();
  Batch& batch() { return *batch_; }
  const Search& search(int row) const;
  int size() const { return size_; }

 private:
  struct Entry {
    Search search;
    Leaf leaf;
    Rng rng{0};
    bool waiting = false;
  };
  bool advance_row(int row);

  std::shared_ptr<const Game> game_;
  int simulations_;
  std::unique_ptr<Batch> batch_;
  std::vector<Entry> entries_;
  int size_ = 0;
};

// The search of one position, grown for as long as its user likes. Its batch carries up to `leaves`
// simulations at once, kept apart by virtual loss (Chaslot et al. 2008).
class Thinker {
 public:
  // Throws GameError for the rule "gumbel", whose schedule is sequential.
  Thinker(std::shared_ptr<const Game> game, const SearchSettings& settings, int leaves);

  void start(const StateBox& state, std::uint64_t seed);
  // Goes to the position after `action` and keeps what was found below it; the simulations under
  // way are dropped. Throws GameError if the action is illegal or ends the game.
  void apply(Action action);
  // Takes the answers and fills the batch again, up to the settings' number of simulations;
  // returns the number of rows to evaluate, 0 when the search is done.
  int advance();
  Batch& batch() { return *batch_; }
  const Search& search() const { return search_; }
  // What is known so far, without the simulations under way. Throws GameError if the root has not
  // been evaluated.
  SearchResult result() const;

 private:
  void receive();
  Search settled() const;

  std::unique_ptr<Batch> batch_;
  Search search_;
  std::vector<Leaf> leaves_;
  Rng rng_{0};
  int waiting_ = 0;
};

}  // namespace zero
