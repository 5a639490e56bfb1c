#include "selfplay/native/search/gumbel_schedule.hpp"

#include <algorithm>
#include <cstdint>

namespace zero {

std::vector<int> considered_visit_schedule(int considered, int simulations) {
  std::vector<int> schedule;
  schedule.reserve(static_cast<std::size_t>(simulations));
  if (considered <= 1) {
    for (int i = 0; i < simulations; ++i) schedule.push_back(i);
    return schedule;
  }
  int rounds = 0;
  while ((std::int64_t{1} << rounds) < considered) ++rounds;
  std::vector<int> visits(static_cast<std::size_t>(considered), 0);
  int survivors = considered;
  while (static_cast<int>(schedule.size()) < simulations) {
    const int extra = std::max(1, simulations / (rounds * survivors));
    for (int visit = 0; visit < extra; ++visit) {
      for (int i = 0; i < survivors; ++i) schedule.push_back(visits[static_cast<std::size_t>(i)]++);
    }
    survivors = std::max(2, survivors / 2);
  }
  schedule.resize(static_cast<std::size_t>(simulations));
  return schedule;
}

}  // namespace zero
