// Go on 2 x 2 to 19 x 19: area scoring (stones and the empty regions that touch only one colour),
// no suicide, simple ko, and optionally positional superko. The game ends after two passes in a row
// or the maximum number of plies, and is scored as it stands.
//
// Bits and actions are row * size + column, row 0 at the top; the last action is the pass. A board
// takes one to six words. Without superko, a state is three sets of points and a few numbers;
// past.hpp has what superko must remember.
#pragma once

#include <algorithm>
#include <charconv>

#include "games/native/boards/board_text.hpp"
#include "games/native/boards/square_symmetry.hpp"
#include "games/native/core/rules.hpp"
#include "games/native/rules/go/board.hpp"
#include "games/native/rules/go/past.hpp"

namespace zero {

template <int Words, bool Superko>
class Go {
 public:
  using Points = Bits<Words>;
  using Position = GoPosition<Words>;
  struct State : Position {
    [[no_unique_address]] std::conditional_t<Superko, GoPast<Words>, NoPast> past{};
    bool operator==(const State&) const = default;
  };

  static constexpr std::string_view kName = "go";
  static constexpr std::string_view kSummary = "Go, area scoring";
  static constexpr Parameter kParameters[] = {
      {"size", 19, 2, 19, "rows and columns"},
      {"komi", 7.5, -400, 400, "added to the second player's points", 0.5},
      no_or_yes("superko", "no play may bring back an earlier board"),
      {.name = "plies",
       .low = 1,
       .high = 10000,
       .help = "the longest game",
       .follows = [](const Values& v) { return 2 * v.number("size") * v.number("size"); },
       .formula = "2 * size * size"}};

  explicit Go(const Values& values)
      : size_(values.whole("size")),
        komi_(static_cast<int>(2 * values.number("komi"))),
        plies_(values.whole("plies")),
        board_(size_),
        urgent_plies_(2 * size_) {
    if constexpr (Superko) {  // the state has room for this many boards
      Parameter bounded = kParameters[3];
      bounded.high = std::max(2 * points(), 128);
      if (plies_ > bounded.high) refuse(impossible(bounded, std::to_string(plies_)));
    }
  }

  GameSpec spec() const {
    std::vector<std::string> rows = number_names(size_);
    std::ranges::reverse(rows);
    std::vector<std::string> columns;
    for (const char letter : kLetters.substr(0, rows.size())) columns.emplace_back(1, letter);
    return {.goal = "The larger area at the end wins: stones, and empty points enclosed.",
            .layout = {.kind = "points_and_pass", .height = size_, .width = size_},
            .observation = {.planes = 4, .scalars = 3},
            .max_plies = plies_,
            .num_symmetries = kSquareSymmetries,
            .board = {.style = "points", .columns = columns, .rows = rows}};
  }

  State initial() const { return {}; }

  int to_play(const State& s) const { return s.player; }

  int legal_actions(const State& s, Action* out) const {
    if (is_terminal(s)) return 0;
    const Action* const begin = out;
    placements(s).for_each([&](int point) { *out++ = static_cast<Action>(point); });
    *out++ = pass();
    return static_cast<int>(out - begin);
  }

  void apply(State& s, Action action) const {
    const int player = s.player;
    s.ko = kNoPoint;
    if (action == pass()) {
      ++s.passes;
    } else {
      s.passes = 0;
      const Points captured = board_.place(s.stones, action, player);
      if (captured.any()) s.ko = ko_after(s, action, captured);
      if constexpr (Superko) {
        s.past.toggle(Points::of(action), player);
        s.past.toggle(captured, 1 - player);
      }
    }
    if constexpr (Superko) s.past.append(action, action != pass());
    s.player ^= 1;
    ++s.plies;
  }

  bool is_terminal(const State& s) const { return s.passes >= 2 || s.plies >= plies_; }

  int returns(const State& s) const {
    const int ahead = 2 * board_.area_difference(s.stones) - komi_;
    return (ahead > 0) - (ahead < 0);
  }

  // Planes: the mover's stones, the other player's stones, stones of both in atari, and the points
  // that only ko or superko forbids. Scalars: komi from the mover's side, in lengths of the board;
  // 1 after a pass, when another ends the game; and the plies left, as a share of two lengths of
  // the board, 1 if there are more.
  void observe(const State& s, std::uint64_t* planes, float* scalars) const {
    const int words = (points() + 63) / 64;
    for (const Points& plane :
         {s.stones.of[s.player], s.stones.of[s.player ^ 1], s.stones.atari, forbidden(s)}) {
      plane.copy_to(planes, words);
      planes += words;
    }
    scalars[0] = static_cast<float>(mover_komi(s)) / static_cast<float>(2 * size_);
    scalars[1] = s.passes > 0 ? 1.0F : 0.0F;
    scalars[2] = static_cast<float>(plies_left(s)) / static_cast<float>(urgent_plies_);
  }

  // The board, who moves, ko and passes, but not the number of plies or what superko remembers.
  std::uint64_t position_key(const State& s) const {
    const std::uint64_t rest = static_cast<std::uint64_t>(s.ko) << 16 |
                               static_cast<std::uint64_t>(s.passes) << 8 | s.player;
    return mix64(s.stones.of[0].hash() ^ mix64(s.stones.of[1].hash() ^ mix64(rest)));
  }
  // Exactly what observe() writes; the stones in atari follow from the stones.
  std::uint64_t observation_key(const State& s) const {
    const std::uint64_t rest = static_cast<std::uint64_t>(mover_komi(s) + 0x8000) << 32 |
                               static_cast<std::uint64_t>(plies_left(s)) << 8 |
                               static_cast<std::uint64_t>(s.passes > 0);
    const std::uint64_t stones = mix64(s.stones.of[s.player ^ 1].hash() ^ mix64(rest));
    return mix64(s.stones.of[s.player].hash() ^ mix64(forbidden(s).hash() ^ stones));
  }

  // The rows from the top ('x' = first player, 'o' = second, '.' = empty), separated by '/'; the
  // player to move; the ko point or '-'; the passes just made; the number of plies. With superko
  // this describes where the line began; " moves" and the moves follow, if there are any.
  std::string to_string(const State& s) const {
    if constexpr (Superko) {
      std::string text = position_to_string(s.past.start());
      if (s.past.length() > 0) text += " moves";
      for (int i = 0; i < s.past.length(); ++i) {
        text += ' ' + action_to_string(s, s.past.move(i));
      }
      return text;
    } else {
      return position_to_string(s);
    }
  }
  State from_string(std::string_view text) const {
    constexpr std::string_view kMoves = " moves ";
    const std::size_t end = Superko ? std::min(text.find(kMoves), text.size()) : text.size();
    State s = begin_at(position_from_string(text.substr(0, end)));
    for (std::size_t at = std::min(end + kMoves.size(), text.size()); at < text.size();) {
      const std::size_t space = std::min(text.find(' ', at), text.size());
      play_word(s, text.substr(at, space - at));
      at = space + 1;
    }
    if (to_string(s) != text) refuse(quoted(text) + " is written " + quoted(to_string(s)));
    return s;
  }

  // Points as in GTP: letters without I from the left, numbers from the bottom, and "pass".
  std::string action_to_string(const State&, Action action) const {
    return action == pass() ? "pass" : point_name(action);
  }
  std::optional<Action> parse_action(const State&, std::string_view text) const {
    std::string upper(text.substr(0, 5));
    for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (upper == "PASS") return pass();
    const std::size_t column = kLetters.find(upper.empty() ? '?' : upper[0]);
    int number = 0;
    const char* const end = upper.data() + upper.size();
    if (column >= static_cast<std::size_t>(size_) || upper.size() < 2 || upper[1] == '0' ||
        std::from_chars(upper.data() + 1, end, number).ptr != end || number < 1 || number > size_) {
      return std::nullopt;
    }
    return static_cast<Action>((size_ - number) * size_ + static_cast<int>(column));
  }

  // Not from the text, which with superko describes where the line began.
  void draw(const State& s, char* cells) const {
    draw_stones(s.stones.of[0], s.stones.of[1], points(), cells);
  }

  State transform(const State& s, int symmetry) const {
    if constexpr (Superko) {
      State out = begin_at(turned(s.past.start(), symmetry));
      for (int i = 0; i < s.past.length(); ++i) {
        apply(out, transform_action(s.past.move(i), symmetry));
      }
      return out;
    } else {
      return {turned(s, symmetry), {}};
    }
  }
  Action transform_action(Action action, int symmetry) const {
    if (action == pass()) return action;
    return static_cast<Action>(transform_point(action, size_, symmetry));
  }

 private:
  static constexpr std::string_view kLetters = "ABCDEFGHJKLMNOPQRST";

  int points() const { return size_ * size_; }
  Action pass() const { return static_cast<Action>(points()); }

  State begin_at(const Position& start) const {
    if constexpr (Superko) {
      return {start, GoPast<Words>(start)};
    } else {
      return {start, {}};
    }
  }

  // Where a stone may be placed if ko and superko are ignored, and where they forbid it.
  Points placements_but_for_ko(const State& s) const {
    return board_.placements(s.stones, s.player);
  }
  Points forbidden(const State& s, const Points& candidates) const {
    Points out;
    if (s.ko != kNoPoint) out.set(s.ko);
    if constexpr (Superko) {
      const Points takers = board_.takers(s.stones, s.player);
      candidates.for_each([&](int point) {
        const Points captured =
            takers.test(point) ? board_.captures(s.stones, point, s.player) : Points{};
        if (s.past.would_repeat(point, s.player, captured)) out.set(point);
      });
    }
    return out;
  }
  Points forbidden(const State& s) const { return forbidden(s, placements_but_for_ko(s)); }
  Points placements(const State& s) const {
    const Points candidates = placements_but_for_ko(s);
    return candidates & ~forbidden(s, candidates);
  }

  // A single stone that has captured a single stone may not be captured back at once.
  Action ko_after(const State& s, int point, const Points& captured) const {
    const Points near = board_.beside(Points::of(point));
    if (captured.count() != 1 || !s.stones.atari.test(point) ||
        (near & s.stones.of[s.player]).any()) {
      return kNoPoint;
    }
    Action ko = kNoPoint;
    captured.for_each([&](int stone) { ko = static_cast<Action>(stone); });
    return ko;
  }

  int mover_komi(const State& s) const { return s.player == 0 ? -komi_ : komi_; }
  int plies_left(const State& s) const { return std::min(plies_ - s.plies, urgent_plies_); }

  Position turned(const Position& p, int symmetry) const {
    Position out = p;
    for (Points* set : {&out.stones.of[0], &out.stones.of[1], &out.stones.atari}) {
      *set = transform_board(*set, size_, symmetry);
    }
    if (p.ko != kNoPoint) out.ko = transform_action(p.ko, symmetry);
    return out;
  }

  std::string point_name(int point) const {
    return kLetters[static_cast<std::size_t>(point % size_)] +
           std::to_string(size_ - point / size_);
  }
  std::string position_to_string(const Position& p) const {
    return board_to_text(p.stones.of[0], p.stones.of[1], size_, size_) +
           (p.player == 0 ? " x " : " o ") + (p.ko == kNoPoint ? "-" : point_name(p.ko)) + ' ' +
           std::to_string(p.passes) + ' ' + std::to_string(p.plies);
  }
  Position position_from_string(std::string_view text) const {
    std::array<std::string_view, 5> words;
    for (std::string_view& word : words) {
      word = text.substr(0, text.find(' '));
      text.remove_prefix(std::min(word.size() + 1, text.size()));
    }
    const auto [rows, player, ko, passes, plies] = words;
    if (!text.empty() || (player != "x" && player != "o")) {
      refuse(
          "a position is its rows, who moves (x or o), the ko point or -, passes and plies, "
          "as " +
          quoted(position_to_string({})) + (Superko ? ", then the moves" : ""));
    }
    Position p;
    p.stones.of = board_from_text<Points>(rows, size_, size_);
    if (!board_.find_atari(p.stones)) refuse(quoted(rows) + " has a group without a liberty");
    p.player = player == "o";
    p.plies = number(plies, plies_, "plies");
    p.passes = static_cast<std::uint8_t>(number(passes, std::min<int>(p.plies, 2), "passes"));
    if (ko != "-") p.ko = ko_from_string(p, ko);
    return p;
  }

  std::uint16_t number(std::string_view text, int high, const char* what) const {
    std::uint16_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value > high) {
      refuse(quoted(text) + " is not the number of " + what + ", which is from 0 to " +
             std::to_string(high) + " here");
    }
    return value;
  }

  Action ko_from_string(const Position& p, std::string_view text) const {
    const std::optional<Action> point = parse_action(State{}, text);
    if (!point || *point == pass() || p.passes > 0 ||
        !board_.may_be_ko(p.stones, *point, p.player)) {
      refuse("no stone that could now be taken back has been captured on " + quoted(text) +
             ", so it is no ko point");
    }
    return *point;
  }

  void play_word(State& s, std::string_view word) const {
    const std::optional<Action> action = parse_action(s, word);
    const bool placed = action && *action != pass();
    if (!action || is_terminal(s) || (placed && !placements(s).test(*action))) {
      refuse(quoted(word) + " is no legal move at ply " + std::to_string(s.plies));
    }
    apply(s, *action);
  }

  int size_;
  int komi_;   // in halves of a point
  int plies_;  // the longest game
  GoBoard<Words> board_;
  int urgent_plies_;  // with fewer left than that, the network is told how many
};

template <int Words>
using PlainGo = Go<Words, false>;
template <int Words>
using SuperkoGo = Go<Words, true>;

}  // namespace zero
