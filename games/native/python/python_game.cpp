#include "games/native/python/python_game.hpp"

#include "games/native/python/author.hpp"
#include "games/native/python/gil.hpp"
#include "games/native/python/values.hpp"

namespace zero {

namespace nb = nanobind;

namespace {

PyObject*& slot(StateBytes* state) { return *reinterpret_cast<PyObject**>(state); }
nb::handle value_of(const StateBytes* state) { return *reinterpret_cast<PyObject* const*>(state); }

// Puts a new value into a live state. The old value is released last, as that may run the author's
// code.
void replace(StateBytes* state, nb::object value) {
  const nb::object before = nb::steal<nb::object>(slot(state));
  slot(state) = value.release().ptr();
}

}  // namespace

PythonGame::PythonGame(nb::object rules, GameSpec spec)
    : Game(std::move(spec)), author_(std::make_unique<Author>(spec_, std::move(rules))) {
  const Author& author = *author_;
  const nb::object initial = author.rules.attr("initial");
  author_->initial = checked_state("initial()", author.call("initial()", initial), nb::handle());
  if (PyObject_Hash(author.initial.ptr()) == -1) {
    PyErr_Clear();
    author.broken("initial()",
                  "returned " + shown(author.initial) +
                      ", which can change or has no hash; a state is an immutable value: a tuple, "
                      "a str, a frozen dataclass",
                  nb::handle());
  }
  fill_symmetries();
}

PythonGame::~PythonGame() {
  if (!nb::is_alive()) {
    (void)author_.release();  // the interpreter has gone, and its objects with it
    return;
  }
  const Gil gil;
  author_.reset();
}

nb::object PythonGame::rules() const { return author_->rules; }

void PythonGame::fill_symmetries() {
  const auto actions = static_cast<std::size_t>(spec_.num_actions);
  turned_.resize(actions * static_cast<std::size_t>(spec_.num_symmetries));
  for (std::size_t i = 0; i < turned_.size(); ++i) {
    const std::size_t symmetry = i / actions;
    const std::size_t action = i % actions;
    turned_[i] = static_cast<Action>(action);
    if (symmetry == 0) continue;
    const nb::object value = author_->call("transform_action", author_->transform_action,
                                           nb::int_(action), nb::int_(symmetry));
    const std::optional<long> number = whole_number(value);
    if (!number || *number < 0 || *number >= spec_.num_actions) {
      author_->broken("transform_action",
                      "turned action " + std::to_string(action) + " into " + shown(value) +
                          " under symmetry " + std::to_string(symmetry) +
                          "; it returns an action from 0 to " +
                          std::to_string(spec_.num_actions - 1),
                      nb::handle());
    }
    turned_[i] = static_cast<Action>(*number);
  }
}

void PythonGame::construct_initial(StateBytes* raw) const {
  const Gil gil;
  slot(raw) = author_->initial.inc_ref().ptr();
}

void PythonGame::construct_copy(StateBytes* raw, const StateBytes* from) const {
  const Gil gil;
  slot(raw) = value_of(from).inc_ref().ptr();
}

void PythonGame::assign(StateBytes* to, const StateBytes* from) const {
  const Gil gil;
  replace(to, nb::borrow(value_of(from)));
}

void PythonGame::destroy(StateBytes* state) const {
  if (!nb::is_alive()) return;
  const Gil gil;
  Py_CLEAR(slot(state));
}

int PythonGame::to_play(const StateBytes* state) const {
  const Gil gil;
  const nb::handle value = value_of(state);
  const nb::object player = author_->call("to_play", author_->to_play, value);
  const std::optional<long> number = whole_number(player);
  if (!number || *number < 0 || *number > 1) {
    author_->broken("to_play",
                    "returned " + shown(player) + "; it returns the player to move, 0 or 1", value);
  }
  return static_cast<int>(*number);
}

int PythonGame::legal_actions(const StateBytes* state, Action* out) const {
  const Gil gil;
  const nb::handle value = value_of(state);
  int count = 0;
  const nb::object actions = author_->call("legal_actions", author_->legal_actions, value);
  author_->read("legal_actions", value, [&] { return read_actions(actions, spec_, out, &count); });
  if (count == 0 && !is_terminal(state)) {
    author_->broken(
        "legal_actions",
        "returned none, but is_terminal says that the game goes on; a player who cannot "
        "move while the game goes on needs an action to pass",
        value);
  }
  return count;
}

nb::object PythonGame::checked_state(const char* operation, nb::object value,
                                     nb::handle before) const {
  if (value.is_none()) {
    author_->broken(operation, "returned None; it returns a state", before);
  }
  return value;
}

nb::object PythonGame::applied(nb::handle state, Action action) const {
  nb::object next = checked_state(
      "apply", author_->call("apply", author_->apply, state, nb::int_(action)), state);
  if (next.is(state)) {
    author_->broken(
        "apply", "returned the object that it was given; a state never changes: return a new one",
        state);
  }
  return next;
}

void PythonGame::apply(StateBytes* state, Action action) const {
  const Gil gil;
  replace(state, applied(value_of(state), action));
}

void PythonGame::replay(StateBytes* to, const StateBytes* from,
                        std::span<const Action> actions) const {
  const Gil gil;
  nb::object state = nb::borrow(value_of(from));
  for (const Action action : actions) state = applied(state, action);
  replace(to, std::move(state));
}

bool PythonGame::is_terminal(const StateBytes* state) const {
  const Gil gil;
  const nb::handle value = value_of(state);
  const nb::object over = author_->call("is_terminal", author_->is_terminal, value);
  const std::optional<long> number = whole_number(over);
  const bool truth = PyBool_Check(over.ptr()) || (number && (*number == 0 || *number == 1)) ||
                     std::string_view(Py_TYPE(over.ptr())->tp_name).starts_with("numpy.bool");
  if (!truth) {
    author_->broken("is_terminal", "returned " + shown(over) + "; it returns True or False", value);
  }
  return PyObject_IsTrue(over.ptr()) == 1;
}

std::string PythonGame::ending(const StateBytes* state) const {
  const Gil gil;
  const nb::handle value = value_of(state);
  return author_->text("ending", author_->call("ending", author_->ending, value), value);
}

int PythonGame::returns(const StateBytes* state) const {
  const Gil gil;
  const nb::handle value = value_of(state);
  const nb::object pair = author_->call("returns", author_->returns, value);
  const std::string given = "returned " + shown(pair);
  const nb::object list = items_of(pair);
  if (!list.is_valid() || PyList_GET_SIZE(list.ptr()) != 2) {
    author_->broken("returns", given + "; it returns what each player gets, like (1, -1)", value);
  }
  double each[2];
  for (Py_ssize_t i = 0; i < 2; ++i) {
    each[i] = real_number(PyList_GET_ITEM(list.ptr(), i)).value_or(2.0);
    if (each[i] != -1.0 && each[i] != 0.0 && each[i] != 1.0) {
      author_->broken("returns", given + "; a player gets -1, 0 or 1", value);
    }
  }
  if (each[0] + each[1] != 0.0) {
    author_->broken("returns", given + "; what one player wins the other loses: the sum is 0",
                    value);
  }
  return static_cast<int>(each[0]);
}

void PythonGame::observe(const StateBytes* state, std::uint64_t* planes, float* scalars) const {
  const Gil gil;
  const nb::handle value = value_of(state);
  const nb::object seen = author_->call("observe", author_->observe, value);
  const ObservationShape& shape = spec_.observation;
  author_->read("observe", value, [&]() -> std::string {
    if (shape.scalars == 0) return read_planes(seen, shape, planes);
    if (!PyTuple_Check(seen.ptr()) || PyTuple_GET_SIZE(seen.ptr()) != 2) {
      return "returned " + shown(seen) + "; with scalars it returns (planes, scalars)";
    }
    std::string wrong = read_planes(PyTuple_GET_ITEM(seen.ptr(), 0), shape, planes);
    return wrong.empty() ? read_scalars(PyTuple_GET_ITEM(seen.ptr(), 1), shape, scalars) : wrong;
  });
}

// The defaults, with the GIL taken once.
std::uint64_t PythonGame::position_key(const StateBytes* state) const {
  const Gil gil;
  return Game::position_key(state);
}

std::uint64_t PythonGame::observation_key(const StateBytes* state) const {
  const Gil gil;
  return Game::observation_key(state);
}

bool PythonGame::equal(const StateBytes* a, const StateBytes* b) const {
  const Gil gil;
  const int same = PyObject_RichCompareBool(value_of(a).ptr(), value_of(b).ptr(), Py_EQ);
  if (same < 0) author_->raise("== of two states");
  return same == 1;
}

std::string PythonGame::text_of(nb::handle state) const {
  return author_->text("to_string", author_->call("to_string", author_->to_string, state),
                       nb::none());
}

std::string PythonGame::to_string(const StateBytes* state) const {
  const Gil gil;
  return text_of(value_of(state));
}

// A ValueError, which int() raises for a bad number, means that the text is not a position.
void PythonGame::from_string(StateBytes* to, std::string_view text) const {
  const Gil gil;
  nb::object state;
  try {
    state = author_->call("from_string", author_->from_string, python_text(text));
  } catch (nb::python_error& error) {
    if (!error.matches(PyExc_ValueError) || error.matches(of_errors("UserError"))) throw;
    throw GameError(spec_.name + ": " + quoted(text) + " is not a position (" +
                    message_of(error.value()) + ")");
  }
  replace(to, checked_state("from_string", std::move(state), nb::handle()));
}

std::string PythonGame::action_to_string(const StateBytes* state, Action action) const {
  const Gil gil;
  const nb::handle value = value_of(state);
  return author_->text(
      "action_to_string",
      author_->call("action_to_string", author_->action_to_string, value, nb::int_(action)), value);
}

std::optional<Action> PythonGame::parse_action(const StateBytes* state,
                                               std::string_view text) const {
  const Gil gil;
  const nb::handle value = value_of(state);
  nb::object action;
  try {
    action = author_->call("parse_action", author_->parse_action, value, python_text(text));
  } catch (nb::python_error& error) {
    if (!error.matches(PyExc_ValueError)) throw;
    return std::nullopt;
  }
  if (action.is_none()) return std::nullopt;
  const std::optional<long> number = whole_number(action);
  if (!number || *number < 0 || *number >= spec_.num_actions) {
    author_->broken("parse_action",
                    "returned " + shown(action) + " for " + quoted(text) +
                        "; it returns an action from 0 to " +
                        std::to_string(spec_.num_actions - 1) + ", or None",
                    value);
  }
  return static_cast<Action>(*number);
}

void PythonGame::draw(const StateBytes* state, char* cells) const {
  if (spec_.board.style == "none") return;
  const Gil gil;
  const nb::handle value = value_of(state);
  const nb::object rows = author_->call("draw", author_->draw, value);
  author_->read("draw", value, [&] { return read_board(rows, spec_.board, cells); });
}

int PythonGame::square_of(const StateBytes* state, Action action) const {
  if (spec_.board.style == "none") return -1;
  const Gil gil;
  const nb::handle value = value_of(state);
  const nb::object square = author_->call("square_of", author_->square_of, value, nb::int_(action));
  const std::optional<long> number = whole_number(square);
  const long squares = static_cast<long>(spec_.board.height) * spec_.board.width;
  if (!number || *number < -1 || *number >= squares) {
    author_->broken("square_of",
                    "returned " + shown(square) + " for action " + std::to_string(action) +
                        "; it returns a square from 0 to " + std::to_string(squares - 1) +
                        ", or -1",
                    value);
  }
  return static_cast<int>(*number);
}

std::string PythonGame::picture(const StateBytes* state) const {
  const Gil gil;
  const nb::handle value = value_of(state);
  return author_->text("picture", author_->call("picture", author_->picture, value), value);
}

void PythonGame::transform(StateBytes* to, const StateBytes* from, int symmetry) const {
  const Gil gil;
  const nb::handle value = value_of(from);
  nb::object state = nb::borrow(value);
  if (symmetry != 0) {
    state = checked_state("transform",
                          author_->call("transform", author_->transform, value, nb::int_(symmetry)),
                          value);
  }
  replace(to, std::move(state));
}

Action PythonGame::transform_action(Action action, int symmetry) const {
  return turned_[static_cast<std::size_t>(symmetry) * static_cast<std::size_t>(spec_.num_actions) +
                 action];
}

}  // namespace zero
