// Searches Connect Four through the virtual Game interface, or, compiled with
// ZERO_SEARCH_GAME=RulesGame<ConnectFour>, with every call of the rules inlined. Prints
// simulations/s. Everything else is the same source; scripts/bench_virtual compares the two.
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "games/native/core/adapter.hpp"
#include "games/native/rules/connect_four.hpp"
#include "selfplay/native/search/search.cpp"

int main(int argc, char** argv) {
  using namespace zero;
  const double seconds = argc > 1 ? std::atof(argv[1]) : 1.0;
  constexpr int kSearches = 64;
  SearchSettings settings;
  const std::shared_ptr<const Game> game = std::make_shared<RulesGame<ConnectFour>>(ConnectFour{});
  const auto tables = std::make_shared<const VisitTables>(settings);
  Batch batch(game, kSearches);
  for (std::size_t i = 0; i < kSearches; ++i) batch.wdl[i * 3 + 1] = 1.0F;
  std::vector<Search> searches;
  std::vector<Leaf> leaves;
  for (int i = 0; i < kSearches; ++i) {
    searches.emplace_back(game, tables);
    leaves.emplace_back(game);
  }
  Rng rng(1);
  StateBox root(game);
  long simulations = 0;
  const auto begin = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  while (elapsed() < seconds) {
    for (Search& search : searches) search.start(root.get(), &rng, settings.simulations, true);
    for (int simulation = 0; simulation <= settings.simulations; ++simulation) {
      for (int i = 0; i < kSearches; ++i) {
        const auto s = static_cast<std::size_t>(i);
        if (searches[s].next_leaf(leaves[s], false) == Search::Outcome::kEvaluate) {
          leaves[s].write(batch.row(i));
          searches[s].receive(leaves[s], batch.answer(i), false);
        }
      }
    }
    simulations += static_cast<long>(kSearches) * settings.simulations;
  }
  std::printf("%.0f\n", static_cast<double>(simulations) / elapsed());
}
