#include "games/native/rules/chess/chess.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace zero {
namespace {

using chess::Board;

constexpr std::string_view kInitial = "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR";
constexpr std::string_view kMovesWord = "moves";

constexpr int kPlanesOfBoard = 14;
constexpr float kClockUnit = 0.01F;

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty()) return words;
    const std::size_t end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

Action action_of_move(std::uint16_t move) { return static_cast<Action>(move & 0x7fff); }

// How often the key occurred at the positions `at` - 4, `at` - 6, ... down to `oldest`, counted
// from the base. No position can equal the one two plies earlier.
int occurrences(const Chess::State& s, std::uint64_t key, int at, int oldest) {
  int found = 0;
  for (int i = at - 4; i >= oldest; i -= 2) found += s.keys[static_cast<std::size_t>(i)] == key;
  return found;
}

// One board of the observation, seen by the present mover.
struct Seen {
  Board board;
  int repetitions = 0;
};

// The boards of the observation, the present one first; returns their number.
int boards_seen(const Chess::State& s, int history, std::array<Seen, Chess::kMostBoards>& out) {
  out[0] = {s.board, s.repetitions};
  const int earlier = std::min<int>(history - 1, s.count);
  if (earlier == 0) return 1;
  Board board = s.base;
  for (int i = 0; i < s.count; ++i) {
    const int back = s.count - i;
    if (back <= earlier) {
      const std::uint64_t key = s.keys[static_cast<std::size_t>(i)];
      out[static_cast<std::size_t>(back)] = {back % 2 == 0 ? board : turned(board),
                                             occurrences(s, key, i, 0)};
    }
    chess::play(board, action_of_move(s.moves[static_cast<std::size_t>(i)]));
  }
  return earlier + 1;
}

void write_planes(const Seen& seen, std::uint64_t* planes) {
  const Board& b = seen.board;
  for (const chess::Squares own : {b.mover, b.other}) {
    for (const chess::Squares pieces :
         {b.pawns, b.knights(), b.bishops(), b.rooks(), b.queens(), b.kings}) {
      *planes++ = pieces & own;
    }
  }
  *planes++ = seen.repetitions >= 1 ? ~chess::Squares{0} : 0;
  *planes++ = seen.repetitions >= 2 ? ~chess::Squares{0} : 0;
}

}  // namespace

bool Chess::State::operator==(const State& other) const {
  return base == other.base && base_clock == other.base_clock && ply == other.ply &&
         count == other.count &&
         std::equal(moves.begin(), moves.begin() + count, other.moves.begin());
}

GameSpec Chess::spec() const {
  std::vector<std::string> ranks = number_names(8);
  std::ranges::reverse(ranks);
  return {.goal = "Checkmate wins: the king is attacked and has no way out.",
          .layout = {.kind = "planes", .height = 8, .width = 8, .planes = chess::kPlanes},
          .observation = {.planes = kPlanesOfBoard * history_ + 1, .scalars = 5},
          .max_plies = plies_,
          .max_legal_actions = chess::kMostLegalActions,
          .board = {.style = "squares", .rows = ranks}};
}

Chess::State Chess::initial() const {
  return start(chess::parse_fen(std::array<std::string_view, 3>{kInitial, "w", "KQkq"}));
}

Chess::State Chess::start(const chess::Setup& setup) const {
  State s;
  s.board = s.base = setup.board;
  s.key = chess::key_of(s.board);
  s.clock = s.base_clock = static_cast<std::uint16_t>(setup.clock);
  s.ply = static_cast<std::uint16_t>(setup.ply);
  return s;
}

void Chess::apply(State& s, Action action) const {
  const bool zeroing = chess::play(s.board, action);
  s.moves[s.count] = static_cast<std::uint16_t>(action | (zeroing ? kZeroing : 0));
  s.keys[s.count] = s.key;
  ++s.count;
  ++s.ply;
  s.clock = zeroing ? 0 : static_cast<std::uint16_t>(s.clock + 1);
  s.key = chess::key_of(s.board);
  const int oldest = std::max(0, s.count - s.clock);
  s.repetitions = static_cast<std::uint8_t>(occurrences(s, s.key, s.count, oldest));
  forget(s);
}

void Chess::forget(State& s) const {
  const int index = s.count - (history_ - 1);  // of the oldest board shown, counted from the base
  if (index <= 0 || (s.moves[static_cast<std::size_t>(index - 1)] & kZeroing) == 0) return;
  if (index == s.count) {
    s.base = s.board;
  } else {
    for (int i = 0; i < index; ++i) {
      chess::play(s.base, action_of_move(s.moves[static_cast<std::size_t>(i)]));
    }
    std::copy(s.moves.begin() + index, s.moves.begin() + s.count, s.moves.begin());
    std::copy(s.keys.begin() + index, s.keys.begin() + s.count, s.keys.begin());
  }
  s.base_clock = 0;
  s.count = static_cast<std::uint8_t>(s.count - index);
}

int Chess::returns(const State& s) const {
  if (chess::checkers(s.board) == 0) return 0;
  std::array<Action, chess::kMostLegalActions> actions;
  if (chess::legal_actions(s.board, actions.data()) != 0) return 0;
  return s.black_moves() ? 1 : -1;
}

std::string Chess::ending(const State& s) const {
  std::array<Action, chess::kMostLegalActions> actions;
  const bool stuck = chess::legal_actions(s.board, actions.data()) == 0;
  if (stuck && chess::checkers(s.board) != 0) return "checkmate";
  if (chess::insufficient_material(s.board)) return "insufficient material";
  if (stuck) return "stalemate";
  if (s.clock >= kFiftyMoves) return "fifty moves without a capture or a pawn's move";
  if (s.repetitions >= 2) return "threefold repetition";
  return s.ply >= plies_ ? "the longest game" : "";
}

void Chess::observe(const State& s, std::uint64_t* planes, float* scalars) const {
  std::array<Seen, kMostBoards> seen;
  const int count = boards_seen(s, history_, seen);
  for (int i = 0; i < count; ++i) {
    write_planes(seen[static_cast<std::size_t>(i)], planes + i * kPlanesOfBoard);
  }
  std::fill(planes + count * kPlanesOfBoard, planes + history_ * kPlanesOfBoard, 0);
  planes[history_ * kPlanesOfBoard] = s.board.passant;
  for (const int rook : {63, 56, 7, 0}) {
    *scalars++ = (s.board.castling & chess::bit(rook)) != 0 ? 1.0F : 0.0F;
  }
  *scalars = static_cast<float>(std::min<int>(s.clock, kFiftyMoves)) * kClockUnit;
}

std::uint64_t Chess::observation_key(const State& s) const {
  const auto clock = static_cast<std::uint64_t>(std::min<int>(s.clock, kFiftyMoves));
  std::uint64_t key = mix64(s.key ^ (clock * 4 + std::min<std::uint64_t>(s.repetitions, 2)));
  if (history_ == 1) return key;
  std::array<Seen, kMostBoards> seen;
  const int count = boards_seen(s, history_, seen);
  for (int i = 1; i < count; ++i) {
    const Seen& earlier = seen[static_cast<std::size_t>(i)];
    const auto repetitions = static_cast<std::uint64_t>(std::min(earlier.repetitions, 2));
    key = mix64(key + mix64(chess::placement_key(earlier.board) ^ repetitions));
  }
  return key;
}

std::string Chess::to_string(const State& s) const {
  int ply = s.ply - s.count;
  std::string text = chess::fen_of({s.base, s.base_clock, ply});
  if (s.count == 0) return text;
  (text += ' ') += kMovesWord;
  Board board = s.base;
  for (int i = 0; i < s.count; ++i) {
    const Action action = action_of_move(s.moves[static_cast<std::size_t>(i)]);
    text += ' ' + chess::move_to_string(board, ply++ % 2 != 0, action);
    chess::play(board, action);
  }
  return text;
}

Chess::State Chess::from_string(std::string_view text) const {
  const std::vector<std::string_view> words = words_of(text);
  const auto word = std::find(words.begin(), words.end(), kMovesWord);
  State s = start(chess::parse_fen({words.begin(), word}));
  if (word == words.end()) return s;
  std::array<Action, chess::kMostLegalActions> legal;
  for (auto move = word + 1; move != words.end(); ++move) {
    const int count = legal_actions(s, legal.data());
    const std::optional<Action> action = parse_action(s, *move);
    if (!action || !std::binary_search(legal.begin(), legal.begin() + count, *action)) {
      refuse("move " + std::to_string(move - word) + " after the word 'moves', " + quoted(*move) +
             ", is " + (count == 0 ? "made after the end of the game" : "not legal there"));
    }
    apply(s, *action);
  }
  return s;
}

int Chess::square_of(const State& s, Action action) const {
  const int to = chess::to_square(action);
  if (to == chess::kOffTheBoard) return -1;
  return s.black_moves() ? chess::turned_square(to) : to;
}

}  // namespace zero
