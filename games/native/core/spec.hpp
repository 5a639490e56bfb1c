// The numbers and words that describe a game: its actions, what a network sees, how it is drawn.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace zero {

// An action is an index in [0, num_actions). Records keep it in 16 bits.
using Action = std::uint16_t;

// How the actions lie on the board. The policy head and the terminal board read it.
//   columns          action = column; `width` actions
//   points           action = row * width + column
//   points_and_pass  as points, and the last action is the pass
//   planes           action = (row * width + column) * planes + plane
//   other            actions that do not lie on a board; `width` actions
struct ActionLayout {
  std::string kind;
  int height = 1;
  int width = 1;
  int planes = 1;
};

// How to draw the board for people: always the same way up, whoever moves. Row 0 is the top row.
struct BoardSpec {
  std::string style = "none";  // "squares", "points" (stones on crossings), "hexagons" or "none"
  int height = 0;
  int width = 0;
  // Names of the columns from the left ("a", "b", ...) and of the rows from the top; rows is empty
  // where a move names only a column.
  std::vector<std::string> columns = {};
  std::vector<std::string> rows = {};
};

// What the network sees: `planes` bit planes of height x width, always from the mover's side, and
// `scalars` floats that are broadcast over the board. The bit of a square in a plane is
// row * width + column; row 0 is the top of the printed board.
struct ObservationShape {
  int planes = 0;
  int scalars = 0;
  int height = 0;
  int width = 0;

  int words_per_plane() const { return (height * width + 63) / 64; }
  int words() const { return planes * words_per_plane(); }
};

// What a game says about itself. Numbers that are 0 here and lists that are empty may be left out:
// completed() fills them in. Rules also leave out the name, which follows from their parameters.
struct GameSpec {
  std::string name = {};  // canonical, with its parameters: "othello?size=6"
  std::string goal = {};  // how the game is won, in one line
  int num_actions = 0;    // by default what the layout has
  ActionLayout layout;
  ObservationShape observation;  // by default as high and wide as the layout
  int max_plies = 0;             // no game is longer
  int max_legal_actions = 0;     // no position has more; by default num_actions
  int num_symmetries = 1;        // symmetry 0 is the identity
  BoardSpec board = {};  // by default the layout's board, with columns a, b, ... and rows 1, 2, ...
};

// Fills in everything that was left out. In the layout "columns" the columns are numbered, and rows
// have no names. Throws GameError if a number is out of range.
GameSpec completed(GameSpec spec);

// "1", "2", ... : names of rows, or of columns.
std::vector<std::string> number_names(int count);

// Columns are named by letters up to this width of the board.
constexpr int kMostLetters = 26;

// The point in column 3 of row 2 is "c2"; row 1 is the top row. Up to kMostLetters columns.
std::string point_to_string(int point, int width);

}  // namespace zero
