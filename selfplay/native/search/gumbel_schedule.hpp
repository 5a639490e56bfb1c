// Sequential halving: how the root of a Gumbel search distributes its simulations.
#pragma once

#include <vector>

namespace zero {

// For each of `simulations`, the visit count that the root's choice must have when `considered`
// actions are considered (Karnin et al. 2013; Danihelka et al. 2022, figure 1; as in mctx).
std::vector<int> considered_visit_schedule(int considered, int simulations);

}  // namespace zero
