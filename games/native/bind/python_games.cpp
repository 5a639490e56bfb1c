// Binds games written in Python: wraps the author's object as a Game, and returns it from there.
#include <nanobind/stl/tuple.h>

#include "games/native/bind/bindings.hpp"
#include "games/native/python/gil.hpp"
#include "games/native/python/python_game.hpp"

namespace zero {
namespace {

GameSpec spec_of(const std::string& name, const nb::dict& numbers) {
  const auto number = [&](const char* key) { return nb::cast<int>(numbers[key]); };
  const auto names = [&](const char* key) {
    return nb::cast<std::vector<std::string>>(numbers[key]);
  };
  const int height = number("height");
  const int width = number("width");
  const int actions = number("num_actions");
  const auto kind = nb::cast<std::string>(numbers["layout"]);
  const auto style = nb::cast<std::string>(numbers["style"]);
  const bool on_board = kind != "other";
  const bool drawn = style != "none";
  return {.name = name,
          .goal = nb::cast<std::string>(numbers["goal"]),
          .num_actions = actions,
          .layout = {.kind = kind,
                     .height = on_board ? height : 1,
                     .width = on_board ? width : actions,
                     .planes = number("action_planes")},
          .observation = {.planes = number("planes"),
                          .scalars = number("scalars"),
                          .height = height,
                          .width = width},
          .max_plies = number("max_plies"),
          .max_legal_actions = number("max_legal_actions"),
          .num_symmetries = number("num_symmetries"),
          .board = {.style = style,
                    .height = drawn ? height : 0,
                    .width = drawn ? width : 0,
                    .columns = names("column_names"),
                    .rows = names("row_names")}};
}

nb::object rules_of(const Game& game) {
  const auto* python = dynamic_cast<const PythonGame*>(&game);
  return python != nullptr ? python->rules() : nb::none();
}

}  // namespace

void bind_python_games(nb::module_& module, nb::class_<Game>& game) {
  game.def_prop_ro("rules", rules_of, nb::sig("def rules(self) -> object | None"),
                   "The games.Rules of a game in Python; None for a native one.");
  nb::module_::import_("atexit").attr("register")(nb::cpp_function(&Gil::close));
  module.def(
      "python_game",
      [](nb::object rules, const std::string& name, const nb::dict& numbers) -> GamePointer {
        return std::make_shared<PythonGame>(std::move(rules), spec_of(name, numbers));
      },
      nb::arg("rules"), nb::arg("name"), nb::arg("numbers"),
      nb::sig("def python_game(rules: object, name: str, numbers: dict[str, typing.Any]) -> Game"),
      "The game of a games.Rules; `numbers` are its checked numbers. games.wrap calls it.");
}

}  // namespace zero
