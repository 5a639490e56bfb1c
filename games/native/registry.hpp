// The list of native games. Adding a game is one header with its rules and one line in
// registry.cpp.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "games/native/core/game.hpp"
#include "games/native/core/parameters.hpp"

namespace zero {

struct GameEntry {
  std::string_view name;
  std::string_view summary;  // one line for `zero games`
  std::span<const Parameter> parameters;
  // The game with these parameters, under its canonical name.
  std::function<std::shared_ptr<const Game>(const Values&, std::string name)> make;
};

// All native games, in alphabetical order.
const std::vector<GameEntry>& game_entries();

// The game with this `name` ("connect_four", "othello?size=6"). As long as anyone holds it, the
// same rules and parameters give the same object. Throws a GameError that names the nearest known
// game or parameter.
std::shared_ptr<const Game> make_game(std::string_view name);

}  // namespace zero
