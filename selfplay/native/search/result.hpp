// The result of a search.
#pragma once

#include <vector>

namespace zero {

// What a search has found. Values are those of the player to move at the root.
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

}  // namespace zero
