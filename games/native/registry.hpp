// The table of native games. Adding a game is one header with its rules and one line in
// registry.cpp.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "games/native/core/game.hpp"

namespace zero {

// Parameters of a game as written after its name: "othello?size=6".
using Parameters = std::map<std::string, std::string, std::less<>>;

struct GameEntry {
  std::string name;
  std::string summary;                            // one line for `zero games`
  std::map<std::string, std::string> parameters;  // name -> "default (what is allowed)"
  std::shared_ptr<const Game> (*make)(const Parameters&);
};

// All native games, in alphabetical order.
const std::vector<GameEntry>& game_entries();

// The game that `name` ("connect_four", "othello?size=6") asks for: the same object for the same
// rules and parameters, for as long as anyone holds it. Throws GameError that names the
// nearest known game or parameter.
std::shared_ptr<const Game> make_game(std::string_view name);

// Reads an integer parameter; throws GameError if it is not one of the allowed values.
int int_parameter(const Parameters& parameters, std::string_view name, int fallback, int low,
                  int high);

// Reads "yes" or "no"; throws GameError for anything else.
bool flag_parameter(const Parameters& parameters, std::string_view name, bool fallback);

// Reads a multiple of 0.5 between `low` and `high`, and returns it in halves ("7.5" is 15), as all
// three numbers are given; throws GameError for anything else.
int half_parameter(const Parameters& parameters, std::string_view name, int fallback, int low,
                   int high);

// The candidate with the smallest edit distance to `given`.
std::string nearest(std::string_view given, const std::vector<std::string>& candidates);

}  // namespace zero
