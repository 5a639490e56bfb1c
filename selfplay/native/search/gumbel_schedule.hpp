// Sequential halving: which visits the root of a Gumbel search hands out, simulation by simulation.
#pragma once

#include <vector>

namespace zero {

// The visit count that the root's choice in each of `simulations` has to have, when `considered`
// actions are considered (Karnin et al. 2013; Danihelka et al. 2022, figure 1; as in mctx).
std::vector<int> considered_visit_schedule(int considered, int simulations);

}  // namespace zero
