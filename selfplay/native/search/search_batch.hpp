// The search of many positions at once, one leaf each: for matches and evaluation.
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
  // Takes the answers and advances every search to its next evaluation. Returns the number of rows
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
  SearchSettings settings_;
  std::unique_ptr<Batch> batch_;
  std::vector<Entry> entries_;
  int size_ = 0;
};

}  // namespace zero
