// The Game interface: what every rule set offers, and all that the search, the pool and Python know
// of it.
//
// A rule set is written as a plain struct that meets the `Rules` concept (connect_four.hpp is the
// shortest complete one). `RulesGame` turns such a struct into the virtual `Game`, against which
// everything else is written once. A state is a small trivially copyable board, held by its user as
// raw bytes of `state_size()`.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace zero {

// An action is an index in [0, num_actions). Records keep it in 16 bits.
using Action = std::uint16_t;

// Thrown for anything that a user can cause: an illegal move, a malformed text, a bad parameter.
struct GameError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Thrown where a game breaks a promise of its own: the fault lies with its author.
struct ContractError : GameError {
  using GameError::GameError;
};

// What a user wrote, for the one line of an error message: cut short, without control characters.
inline std::string quoted(std::string_view text) {
  constexpr std::size_t kLongest = 120;
  std::string out = "'";
  for (const char c : text.substr(0, kLongest)) out += c >= 0 && (c < ' ' || c == 127) ? '?' : c;
  return out + (text.size() > kLongest ? "...'" : "'");
}

// One parameter of a game, and the value that it has if nothing is said.
struct NamedValue {
  std::string_view name;
  std::string value;
  std::string_view fallback;
};

// "othello?size=6": the name of a game with the parameters that differ from their defaults.
inline std::string canonical_name(std::string_view base,
                                  std::initializer_list<NamedValue> parameters) {
  std::string out(base);
  char separator = '?';
  for (const NamedValue& parameter : parameters) {
    if (parameter.value == parameter.fallback) continue;
    out += separator;
    out += parameter.name;
    out += '=' + parameter.value;
    separator = '&';
  }
  return out;
}

// A number of halves as a decimal: 15 is "7.5", 14 is "7".
inline std::string halves_to_string(int halves) {
  const std::string sign = halves < 0 ? "-" : "";
  const int size = halves < 0 ? -halves : halves;
  return sign + std::to_string(size / 2) + (size % 2 == 0 ? "" : ".5");
}

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

// How the board is drawn for people: always the same way up, whoever moves. Row 0 is the top row.
struct BoardSpec {
  std::string style = "none";  // "squares", "points" (stones on crossings), "hexagons" or "none"
  int height = 0;
  int width = 0;
  // Names of the columns from the left ("a", "b", ...) and of the rows from the top; rows is empty
  // where a move names only a column.
  std::vector<std::string> columns = {};
  std::vector<std::string> rows = {};
};

// What the network sees: `planes` bit planes of height x width, always from the mover's side, plus
// `scalars` floats that are broadcast over the board. Bit row * width + column of a plane is that
// square; row 0 is the top of the printed board.
struct ObservationShape {
  int planes = 0;
  int scalars = 0;
  int height = 0;
  int width = 0;

  int words_per_plane() const { return (height * width + 63) / 64; }
  int words() const { return planes * words_per_plane(); }
};

struct GameSpec {
  std::string name;  // canonical, with its parameters: "othello?size=6"
  int num_actions = 0;
  ActionLayout layout;
  ObservationShape observation;
  int max_plies = 0;          // no game is longer
  int max_legal_actions = 0;  // no position has more
  int num_symmetries = 1;     // symmetry 0 is the identity
  BoardSpec board = {};
};

// clang-format off: it would push the list to the right margin.
// The contract of a rule set. Players are 0 (moves first) and 1.
template <typename R>
concept Rules =
    std::is_trivially_copyable_v<typename R::State> &&
    requires(const R rules, const typename R::State& state, typename R::State& changed,
             Action action, Action* actions, std::uint64_t* planes, float* scalars, int symmetry,
             std::string_view text, char* cells) {
      { rules.spec() } -> std::same_as<GameSpec>;
      { rules.initial() } -> std::same_as<typename R::State>;
      // The player to move; at a terminal state, the player who would move.
      { rules.to_play(state) } -> std::same_as<int>;
      // Writes the legal actions in ascending order and returns their number. It is 0 exactly at a
      // terminal state: a player who cannot move but is not finished has a pass.
      { rules.legal_actions(state, actions) } -> std::same_as<int>;
      // The action must be legal.
      { rules.apply(changed, action) } -> std::same_as<void>;
      { rules.is_terminal(state) } -> std::same_as<bool>;
      // Return of player 0 in {-1, 0, 1}; player 1 has its negative. Terminal states only.
      { rules.returns(state) } -> std::same_as<int>;
      { rules.observe(state, planes, scalars) } -> std::same_as<void>;
      // Equal for equal positions (repetition).
      { rules.position_key(state) } -> std::same_as<std::uint64_t>;
      // Equal exactly if observations and legal actions are, over all states that are not terminal:
      // the evaluation cache gives one the answer of the other.
      { rules.observation_key(state) } -> std::same_as<std::uint64_t>;
      // from_string reads back what to_string wrote; throws GameError for anything else.
      { rules.to_string(state) } -> std::same_as<std::string>;
      { rules.from_string(text) } -> std::same_as<typename R::State>;
      { rules.action_to_string(state, action) } -> std::same_as<std::string>;
      // The action that the text names, legal or not; nothing if it names none.
      { rules.parse_action(state, text) } -> std::same_as<std::optional<Action>>;
      // Writes the drawn board, height * width characters from its top left corner: '.' is empty, 'x'
      // and 'o' are stones of the first and the second player; pieces have letters of their own.
      { rules.draw(state, cells) } -> std::same_as<void>;
      // The square of the drawn board (row * width + column) where the action, played in this state,
      // puts its stone or piece; -1 if there is none, as for a pass.
      { rules.square_of(state, action) } -> std::same_as<int>;
      // Symmetries commute with apply: transform(apply(s, a)) = apply(transform(s), transform(a)).
      { rules.transform(state, symmetry) } -> std::same_as<typename R::State>;
      { rules.transform_action(action, symmetry) } -> std::same_as<Action>;
    };
// clang-format on

// Raw storage of a state. It belongs to whoever holds it; only its Game can read it.
using StateBytes = std::byte;

class Game {
 public:
  virtual ~Game() = default;

  const GameSpec& spec() const { return spec_; }

  virtual std::size_t state_size() const = 0;
  // States are copied and destroyed through the game, because a game written in Python keeps
  // objects in them. `construct_copy` fills raw storage, `assign` overwrites a live state.
  virtual void construct_initial(StateBytes* raw) const = 0;
  virtual void construct_copy(StateBytes* raw, const StateBytes* from) const = 0;
  virtual void assign(StateBytes* to, const StateBytes* from) const = 0;
  virtual void destroy(StateBytes* state) const = 0;

  virtual int to_play(const StateBytes* state) const = 0;
  virtual int legal_actions(const StateBytes* state, Action* out) const = 0;
  virtual void apply(StateBytes* state, Action action) const = 0;
  // Sets `to` to `from` after the actions: one virtual call for a whole path through a tree.
  virtual void replay(StateBytes* to, const StateBytes* from,
                      std::span<const Action> actions) const = 0;
  virtual bool is_terminal(const StateBytes* state) const = 0;
  virtual int returns(const StateBytes* state) const = 0;
  // Why the game is over, for people; empty if it is not, or if the game does not say.
  virtual std::string ending(const StateBytes*) const { return {}; }
  virtual void observe(const StateBytes* state, std::uint64_t* planes, float* scalars) const = 0;
  virtual std::uint64_t position_key(const StateBytes* state) const = 0;
  virtual std::uint64_t observation_key(const StateBytes* state) const = 0;
  virtual bool equal(const StateBytes* a, const StateBytes* b) const = 0;
  virtual std::string to_string(const StateBytes* state) const = 0;
  virtual void from_string(StateBytes* to, std::string_view text) const = 0;
  virtual std::string action_to_string(const StateBytes* state, Action action) const = 0;
  virtual std::optional<Action> parse_action(const StateBytes* state,
                                             std::string_view text) const = 0;
  virtual void draw(const StateBytes* state, char* cells) const = 0;
  virtual int square_of(const StateBytes* state, Action action) const = 0;
  // What is shown in place of a drawn board where board.style is "none"; may have several lines.
  virtual std::string picture(const StateBytes* state) const { return to_string(state); }
  virtual void transform(StateBytes* to, const StateBytes* from, int symmetry) const = 0;
  virtual Action transform_action(Action action, int symmetry) const = 0;

 protected:
  explicit Game(GameSpec spec) : spec_(std::move(spec)) {
    const ObservationShape& seen = spec_.observation;
    if (spec_.num_actions < 1 || spec_.num_actions > 65536 || spec_.max_legal_actions < 1 ||
        spec_.max_legal_actions > 65535 || std::min(seen.planes, seen.scalars) < 0 ||
        seen.planes + seen.scalars < 1 || std::min(seen.height, seen.width) < 1) {
      throw GameError(spec_.name + ": actions, legal actions or observation are out of range");
    }
  }
  GameSpec spec_;
};

// Throws ContractError unless a game may have this many plies: without an end in sight, random play
// would go on for ever.
inline void check_length(const Game& game, std::int64_t plies) {
  if (plies > game.spec().max_plies) {
    throw ContractError(game.spec().name + ": a game goes on after max_plies = " +
                        std::to_string(game.spec().max_plies) +
                        " plies; the rules must end it, or name a larger max_plies");
  }
}

// A state with an owner: what Python, the pool and the search hold.
class StateBox {
 public:
  explicit StateBox(std::shared_ptr<const Game> game) : game_(std::move(game)), bytes_(allocate()) {
    game_->construct_initial(bytes_.get());
  }
  StateBox(const StateBox& other) : game_(other.game_), bytes_(allocate()) {
    game_->construct_copy(bytes_.get(), other.get());
  }
  StateBox(StateBox&& other) noexcept = default;
  StateBox& operator=(const StateBox& other) {
    if (this != &other) {
      if (game_ != other.game_) {
        *this = StateBox(other);
      } else {
        game_->assign(bytes_.get(), other.get());
      }
    }
    return *this;
  }
  StateBox& operator=(StateBox&& other) noexcept {
    std::swap(game_, other.game_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~StateBox() {
    if (bytes_) game_->destroy(bytes_.get());
  }

  StateBytes* get() { return bytes_.get(); }
  const StateBytes* get() const { return bytes_.get(); }
  const Game& game() const { return *game_; }
  const std::shared_ptr<const Game>& shared_game() const { return game_; }

 private:
  std::unique_ptr<StateBytes[]> allocate() const {
    return std::make_unique<StateBytes[]>(game_->state_size());
  }
  std::shared_ptr<const Game> game_;
  std::unique_ptr<StateBytes[]> bytes_;
};

// The adapter: any struct that meets Rules, as a Game. `final`, so that a caller who knows the
// concrete type pays for no virtual call.
template <Rules R>
class RulesGame final : public Game {
 public:
  using State = typename R::State;
  explicit RulesGame(R rules) : Game(rules.spec()), rules_(std::move(rules)) {}

  std::size_t state_size() const override { return sizeof(State); }
  void construct_initial(StateBytes* raw) const override { new (raw) State(rules_.initial()); }
  void construct_copy(StateBytes* raw, const StateBytes* from) const override {
    new (raw) State(view(from));
  }
  // A rule set with large states may offer `copy`, which leaves out what is not in use.
  void assign(StateBytes* to, const StateBytes* from) const override {
    if constexpr (requires { rules_.copy(view(to), view(from)); }) {
      rules_.copy(view(to), view(from));
    } else {
      view(to) = view(from);
    }
  }
  void destroy(StateBytes*) const override {}

  int to_play(const StateBytes* s) const override { return rules_.to_play(view(s)); }
  int legal_actions(const StateBytes* s, Action* out) const override {
    return rules_.legal_actions(view(s), out);
  }
  void apply(StateBytes* s, Action action) const override { rules_.apply(view(s), action); }
  void replay(StateBytes* to, const StateBytes* from,
              std::span<const Action> actions) const override {
    if constexpr (requires { rules_.copy(view(to), view(from)); }) {
      rules_.copy(view(to), view(from));
      for (const Action action : actions) rules_.apply(view(to), action);
    } else {
      State state = view(from);
      for (const Action action : actions) rules_.apply(state, action);
      view(to) = state;
    }
  }
  bool is_terminal(const StateBytes* s) const override { return rules_.is_terminal(view(s)); }
  int returns(const StateBytes* s) const override { return rules_.returns(view(s)); }
  // A rule set may offer this; it is no part of the concept.
  std::string ending(const StateBytes* s) const override {
    if constexpr (requires { rules_.ending(view(s)); }) return rules_.ending(view(s));
    return {};
  }
  void observe(const StateBytes* s, std::uint64_t* planes, float* scalars) const override {
    rules_.observe(view(s), planes, scalars);
  }
  std::uint64_t position_key(const StateBytes* s) const override {
    return rules_.position_key(view(s));
  }
  std::uint64_t observation_key(const StateBytes* s) const override {
    return rules_.observation_key(view(s));
  }
  bool equal(const StateBytes* a, const StateBytes* b) const override { return view(a) == view(b); }
  std::string to_string(const StateBytes* s) const override { return rules_.to_string(view(s)); }
  void from_string(StateBytes* to, std::string_view text) const override {
    view(to) = rules_.from_string(text);
  }
  std::string action_to_string(const StateBytes* s, Action action) const override {
    return rules_.action_to_string(view(s), action);
  }
  std::optional<Action> parse_action(const StateBytes* s, std::string_view text) const override {
    return rules_.parse_action(view(s), text);
  }
  void draw(const StateBytes* s, char* cells) const override { rules_.draw(view(s), cells); }
  int square_of(const StateBytes* s, Action action) const override {
    return rules_.square_of(view(s), action);
  }
  void transform(StateBytes* to, const StateBytes* from, int symmetry) const override {
    view(to) = rules_.transform(view(from), symmetry);
  }
  Action transform_action(Action action, int symmetry) const override {
    return rules_.transform_action(action, symmetry);
  }

 private:
  static State& view(StateBytes* s) { return *reinterpret_cast<State*>(s); }
  static const State& view(const StateBytes* s) { return *reinterpret_cast<const State*>(s); }
  R rules_;
};

// A fast hash of words, used for keys. (The finaliser of SplitMix64, Steele et al. 2014.)
inline std::uint64_t mix64(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace zero
