#include "games/native/registry.hpp"

#include <map>
#include <mutex>

#include "games/native/core/adapter.hpp"
#include "games/native/rules/breakthrough.hpp"
#include "games/native/rules/chess/chess.hpp"
#include "games/native/rules/connect_four.hpp"
#include "games/native/rules/go/go.hpp"
#include "games/native/rules/gomoku.hpp"
#include "games/native/rules/hex.hpp"
#include "games/native/rules/othello.hpp"
#include "games/native/rules/tic_tac_toe.hpp"

namespace zero {
namespace {

using Made = std::shared_ptr<const Game>;

template <Rules R>
Made build(const Values& values, std::string name) {
  if constexpr (requires { R::kParameters; }) {
    return std::make_shared<RulesGame<R>>(R(values), std::move(name));
  } else {
    return std::make_shared<RulesGame<R>>(R(), std::move(name));
  }
}

template <Rules R>
GameEntry entry(decltype(GameEntry::make) make = build<R>) {
  std::span<const Parameter> parameters;
  if constexpr (requires { R::kParameters; }) parameters = R::kParameters;
  return {R::kName, R::kSummary, parameters, std::move(make)};
}

// Rules that are compiled for each number of words that a board may need as a Bits.
template <template <int> typename R>
Made build_sized(const Values& values, std::string name) {
  const int size = values.whole("size");
  if (size <= 8) return build<R<1>>(values, std::move(name));
  if (size <= 11) return build<R<2>>(values, std::move(name));
  if (size <= 16) return build<R<4>>(values, std::move(name));
  return build<R<6>>(values, std::move(name));
}
template <template <int> typename R>
GameEntry sized() {
  return entry<R<1>>(build_sized<R>);
}
// The same, with other rules where the parameter of that name is yes.
template <template <int> typename R, template <int> typename Other>
GameEntry sized(std::string_view parameter) {
  return entry<R<1>>([parameter](const Values& values, std::string name) {
    return values.yes(parameter) ? build_sized<Other>(values, std::move(name))
                                 : build_sized<R>(values, std::move(name));
  });
}

// One object for each game with its parameters, so that states of the same game share it.
Made shared(const std::string& name, const std::function<Made()>& make) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<const Game>> known;
  const std::lock_guard lock(mutex);
  if (const auto found = known.find(name); found != known.end()) {
    if (const Made game = found->second.lock()) return game;
  }
  const Made game = make();
  known[name] = game;
  return game;
}

}  // namespace

const std::vector<GameEntry>& game_entries() {
  // clang-format off: one line a game
  static const std::vector<GameEntry> entries = {
      entry<Breakthrough>(),
      entry<Chess>(),
      entry<ConnectFour>(),
      sized<PlainGo, SuperkoGo>("superko"),
      sized<Gomoku>(),
      sized<Hex>(),
      entry<Othello>(),
      entry<TicTacToe>(),
  };
  // clang-format on
  return entries;
}

Made make_game(std::string_view name) {
  const std::size_t question = std::min(name.find('?'), name.size());
  const std::string_view base = name.substr(0, question);
  std::vector<std::string_view> known;
  std::string list;
  for (const GameEntry& game : game_entries()) {
    known.push_back(game.name);
    list += (list.empty() ? "" : ", ") + std::string(game.name);
    if (game.name != base) continue;
    const Values values(base, game.parameters, name.substr(std::min(question + 1, name.size())));
    const std::string canonical = values.canonical(base);
    return shared(canonical, [&] {
      try {
        return game.make(values, canonical);
      } catch (const GameError& error) {
        throw GameError(std::string(base) + ": " + error.what());
      }
    });
  }
  refuse("there is no game " + quoted(base) + "; did you mean '" +
         std::string(nearest(base, known)) + "'? (games: " + list + ")");
}

}  // namespace zero
