// Binds the rules to Python: Game, State, and the table of games.
#include <nanobind/stl/map.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/tuple.h>

#include "games/native/bind/bindings.hpp"
#include "games/native/core/dense.hpp"
#include "games/native/core/perft.hpp"
#include "games/native/core/random_play.hpp"
#include "games/native/registry.hpp"

namespace zero {

void bind_state_batch(nb::module_& module);                           // bind_state_batch.cpp
void bind_python_games(nb::module_& module, nb::class_<Game>& game);  // bind_python_games.cpp

namespace {

// GameError arrives in Python as games.errors.GameError, which is a ValueError too, and
// ContractError as the class of that name. They are looked up when an error is raised, because
// games imports this module.
void raise_as(const char* name, std::string_view what) {
  const nb::object type = nb::module_::import_("games.errors").attr(name);
  const nb::object message =
      nb::steal(PyUnicode_DecodeUTF8(what.data(), static_cast<Py_ssize_t>(what.size()), "replace"));
  PyErr_SetObject(type.ptr(), message.ptr());
}

void translate_game_error(const std::exception_ptr& pointer, void*) {
  try {
    std::rethrow_exception(pointer);
  } catch (const ContractError& error) {
    raise_as("ContractError", error.what());
  } catch (const GameError& error) {
    raise_as("GameError", error.what());
  }
}

void check_symmetry(const Game& game, int symmetry) {
  if (symmetry < 0 || symmetry >= game.spec().num_symmetries) {
    throw GameError(game.spec().name + " has symmetries 0 to " +
                    std::to_string(game.spec().num_symmetries - 1) + "; there is no " +
                    std::to_string(symmetry));
  }
}

Action checked_action(const Game& game, std::int64_t action) {
  if (action < 0 || action >= game.spec().num_actions) {
    throw GameError(game.spec().name + " has actions 0 to " +
                    std::to_string(game.spec().num_actions - 1) + "; there is no " +
                    std::to_string(action));
  }
  return static_cast<Action>(action);
}

// The legal actions by name, for an error message.
std::string legal_names(const StateBox& state) {
  constexpr std::size_t kShown = 40;
  const std::vector<Action> legal = legal_actions_of(state.game(), state.get());
  if (legal.empty()) return "the game is over";
  std::string names;
  for (std::size_t i = 0; i < std::min(legal.size(), kShown); ++i) {
    names += (i == 0 ? "" : " ") + state.game().action_to_string(state.get(), legal[i]);
  }
  if (legal.size() > kShown) names += " and " + std::to_string(legal.size() - kShown) + " more";
  return "legal: " + names;
}

void check_legal(const StateBox& state, std::int64_t action) {
  const std::vector<Action> legal = legal_actions_of(state.game(), state.get());
  if (std::binary_search(legal.begin(), legal.end(), action)) return;
  const std::string name =
      state.game().action_to_string(state.get(), checked_action(state.game(), action));
  throw GameError(state.game().spec().name + ": action " + std::to_string(action) + " (" + name +
                  ") is not legal; " + legal_names(state));
}

StateBox applied(const StateBox& state, std::int64_t action) {
  check_legal(state, action);
  StateBox next(state);
  next.game().apply(next.get(), static_cast<Action>(action));
  return next;
}

std::tuple<int, int> returns_of(const StateBox& state) {
  if (!state.game().is_terminal(state.get())) {
    throw GameError(state.game().spec().name + ": the game is not over, so it has no returns yet");
  }
  const int first = state.game().returns(state.get());
  return {first, -first};
}

Action parse_legal_action(const StateBox& state, const nb::str& text) {
  const std::string name = utf8(text);
  const std::optional<Action> action = state.game().parse_action(state.get(), name);
  const std::vector<Action> legal = legal_actions_of(state.game(), state.get());
  if (!action || !std::binary_search(legal.begin(), legal.end(), *action)) {
    throw GameError(state.game().spec().name + ": " + quoted(name) +
                    (action ? " is not legal here; " : " is not a move; ") + legal_names(state));
  }
  return *action;
}

bool equal(const StateBox& a, const StateBox& b) {
  return a.shared_game() == b.shared_game() && a.game().equal(a.get(), b.get());
}

auto observation_of(const StateBox& state) {
  const ObservationShape& shape = state.game().spec().observation;
  auto out = new_array<float, 3>({static_cast<std::size_t>(shape.planes + shape.scalars),
                                  static_cast<std::size_t>(shape.height),
                                  static_cast<std::size_t>(shape.width)});
  observe_dense(state.game(), state.get(), out.data());
  return out;
}

std::vector<std::string> board_of(const StateBox& state) {
  const BoardSpec& board = state.game().spec().board;
  const auto width = static_cast<std::size_t>(board.width);
  std::string cells(static_cast<std::size_t>(board.height) * width, '.');
  state.game().draw(state.get(), cells.data());
  std::vector<std::string> rows;
  for (std::size_t at = 0; at < cells.size(); at += width) rows.push_back(cells.substr(at, width));
  return rows;
}

auto mask_of(const StateBox& state) {
  const GameSpec& spec = state.game().spec();
  auto out = new_array<bool, 1>({static_cast<std::size_t>(spec.num_actions)});
  std::vector<Action> scratch(static_cast<std::size_t>(spec.max_legal_actions));
  legal_mask(state.game(), state.get(), scratch.data(), out.data());
  return out;
}

void bind_shapes(nb::module_& module) {
  nb::class_<ActionLayout>(module, "ActionLayout", nb::is_final(),
                           "How the actions of a game lie on its board.")
      .def_ro(
          "kind", &ActionLayout::kind,
          "'columns' (action = column), 'points' (row * width + column), 'points_and_pass' "
          "(the last action is the pass), 'planes' ((row * width + column) * planes + plane) or "
          "'other' (they do not lie on a board).")
      .def_ro("height", &ActionLayout::height, "Rows of the board.")
      .def_ro("width", &ActionLayout::width, "Columns of the board.")
      .def_ro("planes", &ActionLayout::planes, "Actions per square; 1 unless kind is 'planes'.");
  nb::class_<ObservationShape>(module, "ObservationShape", nb::is_final(),
                               "The shape of what a network sees of a state.")
      .def_ro("planes", &ObservationShape::planes, "P: bit planes of the board.")
      .def_ro("scalars", &ObservationShape::scalars, "S: floats that hold for the whole board.")
      .def_ro("height", &ObservationShape::height, "H: rows of the board.")
      .def_ro("width", &ObservationShape::width, "W: columns of the board.")
      .def_prop_ro("words_per_plane", &ObservationShape::words_per_plane,
                   "64-bit words of one packed plane; bit row * width + column is that square.");
}

void bind_board(nb::module_& module) {
  nb::class_<BoardSpec>(module, "BoardSpec", nb::is_final(),
                        "How the board of a game is drawn, always the same way up.")
      .def_ro("style", &BoardSpec::style,
              "'squares', 'points' (stones on crossings), 'hexagons' or 'none' (it is not drawn).")
      .def_ro("height", &BoardSpec::height, "Rows of the board; row 0 is the top row.")
      .def_ro("width", &BoardSpec::width, "Columns of the board.")
      .def_ro("columns", &BoardSpec::columns, "Names of the columns, from the left.")
      .def_ro("rows", &BoardSpec::rows,
              "Names of the rows, from the top; empty where a move names only a column.");
}

nb::class_<Game> bind_game(nb::module_& module) {
  const auto number = [](int GameSpec::* member) {
    return [member](const Game& game) { return game.spec().*member; };
  };
  nb::class_<Game> bound(
      module, "Game", nb::is_final(),
      "The rules of one game with its parameters; make it with games.make(name).");
  bound
      .def_prop_ro(
          "name", [](const Game& game) { return game.spec().name; },
          "Canonical name with its parameters, such as 'othello?size=6'.")
      .def_prop_ro(
          "goal", [](const Game& game) { return game.spec().goal; },
          "How the game is won, in one line; may be empty in a game that does not say.")
      .def_prop_ro("num_actions", number(&GameSpec::num_actions), "A: actions are 0 to A - 1.")
      .def_prop_ro(
          "layout", [](const Game& game) { return game.spec().layout; },
          "How the actions lie on the board.")
      .def_prop_ro(
          "observation", [](const Game& game) { return game.spec().observation; },
          "The shape of an observation.")
      .def_prop_ro("max_plies", number(&GameSpec::max_plies), "No game is longer, in plies.")
      .def_prop_ro("max_legal_actions", number(&GameSpec::max_legal_actions),
                   "L: no position has more legal actions.")
      .def_prop_ro("num_symmetries", number(&GameSpec::num_symmetries),
                   "Symmetries of the board, from 1; symmetry 0 is the identity.")
      .def_prop_ro(
          "board", [](const Game& game) { return game.spec().board; },
          "How the board is drawn; State.board() gives what stands on it.")
      .def(
          "initial", [](const GamePointer& game) { return StateBox(game); },
          "The state before the first ply.")
      .def(
          "parse",
          [](const GamePointer& game, const nb::str& text) {
            StateBox state(game);
            game->from_string(state.get(), utf8(text));
            return state;
          },
          nb::arg("text"), "The state that str(state) wrote. Raises GameError for anything else.")
      .def(
          "transform_action",
          [](const Game& game, std::int64_t action, int symmetry) {
            check_symmetry(game, symmetry);
            return game.transform_action(checked_action(game, action), symmetry);
          },
          nb::arg("action"), nb::arg("symmetry"),
          "The action in a board turned by the symmetry. Raises GameError out of range.")
      .def("__repr__", [](const Game& game) { return "<games.Game " + game.spec().name + ">"; });
  return bound;
}

// What a state is, and what can be done with it.
void bind_state_rules(nb::class_<StateBox>& state) {
  state.def_prop_ro(
           "game", [](const StateBox& s) { return s.shared_game(); }, "The game it is of.")
      .def_prop_ro(
          "to_play", [](const StateBox& s) { return s.game().to_play(s.get()); },
          "The player to move, 0 or 1; at a terminal state, the one who would move.")
      .def_prop_ro(
          "is_terminal", [](const StateBox& s) { return s.game().is_terminal(s.get()); },
          "Whether the game is over.")
      .def(
          "legal_actions", [](const StateBox& s) { return legal_actions_of(s.game(), s.get()); },
          "The legal actions in ascending order; empty exactly at a terminal state.")
      .def("legal_mask", mask_of, "bool[A]: True where the action is legal.")
      .def("apply", applied, nb::arg("action"),
           "The state after the action; this one stays as it is. Raises GameError if it is not "
           "legal.")
      .def("returns", returns_of,
           "The returns of player 0 and of player 1, each -1, 0 or 1. Raises GameError unless the "
           "state is terminal.")
      .def_prop_ro(
          "ending", [](const StateBox& s) { return s.game().ending(s.get()); },
          "Why the game is over, in a few words such as 'stalemate'; empty before the end, and in "
          "games whose end explains itself.")
      .def(
          "transform",
          [](const StateBox& s, int symmetry) {
            check_symmetry(s.game(), symmetry);
            StateBox out(s);
            s.game().transform(out.get(), s.get(), symmetry);
            return out;
          },
          nb::arg("symmetry"),
          "The state with its board turned by the symmetry. Raises GameError out of range.");
}

// How a state looks to networks, to dictionaries and to people.
void bind_state_views(nb::class_<StateBox>& state) {
  state
      .def("observation", observation_of,
           "float32[P + S, H, W] from the side of the player to move: planes of 0 and 1, then each "
           "scalar over a whole board.")
      .def_prop_ro(
          "position_key", [](const StateBox& s) { return s.game().position_key(s.get()); },
          "64-bit key, equal for equal positions.")
      .def_prop_ro(
          "observation_key", [](const StateBox& s) { return s.game().observation_key(s.get()); },
          "64-bit key, equal for equal observations.")
      .def(
          "action_to_string",
          [](const StateBox& s, std::int64_t action) {
            return s.game().action_to_string(s.get(), checked_action(s.game(), action));
          },
          nb::arg("action"),
          "The action in the game's notation. Raises GameError if there is no such action.")
      .def("board", board_of,
           "The rows of the drawn board from the top, a character a square: '.' is empty, 'x' and "
           "'o' are stones of player 0 and 1; pieces have letters. Empty if it is not drawn.")
      .def(
          "picture", [](const StateBox& s) { return s.game().picture(s.get()); },
          "What is shown of a position whose board is not drawn: text of one or more lines.")
      .def(
          "square_of",
          [](const StateBox& s, std::int64_t action) {
            return s.game().square_of(s.get(), checked_action(s.game(), action));
          },
          nb::arg("action"),
          "The square (row * width + column of the drawn board) where the action, played here, "
          "puts "
          "its stone or piece; -1 if there is none. Raises GameError if there is no such action.")
      .def("parse_action", parse_legal_action, nb::arg("text"),
           "The legal action that the text names. Raises GameError that lists the legal ones.")
      .def("__eq__", equal, nb::is_operator(),
           nb::sig("def __eq__(self, other: object, /) -> bool"))
      .def("__hash__", [](const StateBox& s) { return s.game().position_key(s.get()); })
      .def("__str__", [](const StateBox& s) { return s.game().to_string(s.get()); })
      .def("__repr__", [](const StateBox& s) {
        return "<games.State " + s.game().spec().name + " " + s.game().to_string(s.get()) + ">";
      });
}

std::int64_t perft_of(const StateBox& state, int depth) {
  constexpr int kDeepest = 64;
  if (depth < 0 || depth > kDeepest) {
    throw GameError("perft: depth " + std::to_string(depth) + " is not possible; give 0 to " +
                    std::to_string(kDeepest));
  }
  const nb::gil_scoped_release release;
  return Perft(state.shared_game()).count(state.get(), depth);
}

void bind_functions(nb::module_& module) {
  module.def(
      "make_game", [](const nb::str& name) { return make_game(utf8(name)); }, nb::arg("name"),
      "The game of that name, such as 'connect_four' or 'othello?size=6'. Raises GameError that "
      "names the nearest known game or parameter.");
  module.def(
      "entries",
      [] {
        using Texts = std::tuple<std::string, std::string, std::string, std::string>;
        std::vector<std::tuple<std::string, std::string, std::vector<Texts>>> out;
        for (const GameEntry& entry : game_entries()) {
          std::vector<Texts> parameters;
          for (const Parameter& parameter : entry.parameters) {
            parameters.emplace_back(parameter.name, usual(parameter), parameter.help,
                                    allowed(parameter));
          }
          out.emplace_back(entry.name, entry.summary, std::move(parameters));
        }
        return out;
      },
      "Name, one-line summary and parameters of each native game, in alphabetical order. Of each "
      "parameter: its name, its default, what it means, what is allowed.");
  module.def(
      "random_games",
      [](const GamePointer& game, std::int64_t games, std::uint64_t seed) {
        RandomPlay total;
        {
          const nb::gil_scoped_release release;
          total = random_games(game, games, seed);
        }
        return std::map<std::string, std::int64_t>{{"games", total.games},
                                                   {"plies", total.plies},
                                                   {"first_wins", total.first_wins},
                                                   {"draws", total.draws}};
      },
      nb::arg("game"), nb::arg("games"), nb::arg("seed"),
      "Plays games of uniformly random actions on one thread, the GIL released; counts of 'games', "
      "'plies', 'first_wins' and 'draws'. The same seed gives the same games.");
  module.def("perft", perft_of, nb::arg("state"), nb::arg("depth"),
             "The number of sequences of `depth` legal actions from the state, on one thread, the "
             "GIL released. Those that end earlier do not count. Raises GameError out of range.");
}

}  // namespace

void bind_games(nb::module_& module) {
  nb::register_exception_translator(translate_game_error);
  bind_shapes(module);
  bind_board(module);
  nb::class_<Game> game = bind_game(module);
  bind_python_games(module, game);
  nb::class_<StateBox> state(module, "State", nb::is_final(),
                             "A position of a game: an immutable value, hashable and comparable.");
  bind_state_rules(state);
  bind_state_views(state);
  bind_state_batch(module);
  bind_functions(module);
}

}  // namespace zero
