#include "games/native/rules/chess/notation.hpp"

#include <charconv>
#include <utility>

namespace zero::chess {
namespace {

constexpr std::string_view kPromotionLetters = "nbrq";  // in the order of Promotion

std::string square_to_string(int square, bool black_moves) {
  const int shown = black_moves ? turned_square(square) : square;
  return {static_cast<char>('a' + shown % 8), static_cast<char>('8' - shown / 8)};
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// The letter of the piece on the square, as white's or black's.
char letter_of(const Board& white, int square) {
  const Squares at = bit(square);
  if ((white.occupied() & at) == 0) return '.';
  const char letter = (white.pawns & at) != 0      ? 'p'
                      : (white.kings & at) != 0    ? 'k'
                      : (white.queens() & at) != 0 ? 'q'
                      : (white.straight & at) != 0 ? 'r'
                      : (white.diagonal & at) != 0 ? 'b'
                                                   : 'n';
  return (white.mover & at) != 0 ? static_cast<char>(letter - 'a' + 'A') : letter;
}

std::string castling_of(const Board& white) {
  std::string text;
  for (const auto& [letter, rook] : {std::pair{'K', 63}, {'Q', 56}, {'k', 7}, {'q', 0}}) {
    if ((white.castling & bit(rook)) != 0) text += letter;
  }
  return text.empty() ? "-" : text;
}

bool put(Board& white, char c, Squares square) {
  const char piece = lower(c);
  switch (piece) {
    case 'p':
      white.pawns |= square;
      break;
    case 'k':
      white.kings |= square;
      break;
    case 'q':
      white.straight |= square;
      white.diagonal |= square;
      break;
    case 'r':
      white.straight |= square;
      break;
    case 'b':
      white.diagonal |= square;
      break;
    case 'n':
      break;
    default:
      return false;
  }
  (c == piece ? white.other : white.mover) |= square;
  return true;
}

// The pieces, seen by white.
Board parse_pieces(std::string_view text) {
  const auto expect = [text](bool holds) {
    if (!holds) refuse("the board " + quoted(text) + " is not 8 rows of 8 squares, / between them");
  };
  Board white;
  int row = 0;
  int column = 0;
  bool after_digit = false;
  for (const char c : text) {
    const bool digit = c >= '1' && c <= '8';
    if (digit && after_digit) refuse("two numbers follow each other in the board " + quoted(text));
    after_digit = digit;
    if (c == '/') {
      expect(column == 8 && row < 7);
      ++row;
      column = 0;
    } else if (digit) {
      column += c - '0';
      expect(column <= 8);
    } else {
      expect(column < 8);
      if (!put(white, c, bit(row * 8 + column))) {
        refuse("there is no piece " + quoted({&c, 1}) + " in the board " + quoted(text) +
               "; pieces are PNBRQK and pnbrqk, and numbers count empty squares");
      }
      ++column;
    }
  }
  expect(column == 8 && row == 7);
  return white;
}

Squares parse_castling(const Board& white, std::string_view text) {
  Squares rooks = 0;
  if (text == "-") return rooks;
  for (const char c : text) {
    // KQkq, or the columns of the rooks, which some programs write instead.
    const char side = c == 'H' ? 'K' : c == 'A' ? 'Q' : c == 'h' ? 'k' : c == 'a' ? 'q' : c;
    const std::size_t found = std::string_view("KQkq").find(side);
    if (found == std::string_view::npos || text.size() > 4) {
      refuse("castling " + quoted(text) + " is not possible; write - or letters of KQkq");
    }
    const bool is_white = found < 2;
    const Squares rook = bit(std::array{63, 56, 7, 0}[found]);
    const Squares own = is_white ? white.mover : white.other;
    if ((own & white.rooks() & rook) == 0 || (own & white.kings & bit(is_white ? 60 : 4)) == 0) {
      refuse(std::string("castling ") + side + " needs a king on " + (is_white ? "e1" : "e8") +
             " and a rook on " + square_to_string(lowest(rook), false));
    }
    rooks |= rook;
  }
  return rooks;
}

int parse_number(std::string_view text, const char* what) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0 ||
      value > kLargestNumber) {
    refuse(std::string("the ") + what + " " + quoted(text) + " is not a number from 0 to " +
           std::to_string(kLargestNumber));
  }
  return value;
}

// The pieces of one player, `colour`, who owns the squares `own`.
void check_pieces(const Board& b, Squares own, const std::string& colour) {
  const auto count = [own](Squares pieces) { return std::popcount(pieces & own); };
  const int kings = count(b.kings);
  const int pawns = count(b.pawns);
  if (kings != 1) refuse(colour + " has " + std::to_string(kings) + " kings; it must have one");
  if (pawns > 8) refuse(colour + " has " + std::to_string(pawns) + " pawns; 8 is the most");
  if (count(own) > 16) {
    refuse(colour + " has " + std::to_string(count(own)) + " pieces; 16 is the most");
  }
  const int promoted = std::max(0, count(b.queens()) - 1) + std::max(0, count(b.rooks()) - 2) +
                       std::max(0, count(b.bishops()) - 2) + std::max(0, count(b.knights()) - 2);
  if (promoted > 8 - pawns) {
    refuse(colour + " has " + std::to_string(promoted) + " promoted pieces at least, but only " +
           std::to_string(8 - pawns) + " pawns are gone");
  }
}

// Seen by the mover. `target` is the square of an en passant capture that the FEN claims, or empty.
// Refuses positions that no last move can have led to.
void check_last_move(const Board& b, Squares target) {
  const Squares from = target >> 8;  // where the other player's pawn came from
  const Squares to = target << 8;
  if (target != 0 && ((target & kLastRow << 16) == 0 || (b.other & b.pawns & to) == 0 ||
                      (b.occupied() & (target | from)) != 0)) {
    refuse("en passant: no pawn can just have made a double step over that square");
  }
  const Squares attackers = checkers(b);
  const Lines& lines = lines_of(b.king());
  bool possible = std::popcount(attackers) <= 2;
  for (const Line* line : {&lines.column, &lines.row, &lines.falling, &lines.rising}) {
    if (has_several(attackers & line->all())) possible = false;
  }
  if (target != 0 && attackers != 0) {
    // Either the pawn gives check, or its step has opened the line of the piece that does.
    if (has_several(attackers)) possible = false;
    if (attackers != to && attackers_of(b, b.king(), (b.occupied() & ~to) | from) != 0) {
      possible = false;
    }
  }
  if (!possible) refuse("no last move can have given check to the player to move in this way");
}

}  // namespace

std::string fen_of(const Setup& setup) {
  const bool black_moves = setup.ply % 2 != 0;
  const Board white = black_moves ? turned(setup.board) : setup.board;
  std::string text;
  for (int row = 0; row < 8; ++row) {
    if (row > 0) text += '/';
    int empty = 0;
    for (int column = 0; column < 8; ++column) {
      const char letter = letter_of(white, row * 8 + column);
      if (letter == '.') {
        ++empty;
        continue;
      }
      if (empty > 0) text += std::to_string(std::exchange(empty, 0));
      text += letter;
    }
    if (empty > 0) text += std::to_string(empty);
  }
  text += (black_moves ? " b " : " w ") + castling_of(white) + ' ';
  text += white.passant == 0 ? "-" : square_to_string(lowest(white.passant), false);
  return text + ' ' + std::to_string(setup.clock) + ' ' + std::to_string(setup.ply / 2 + 1);
}

Setup parse_fen(std::span<const std::string_view> words) {
  if (words.empty()) refuse("the text is empty; give a position in FEN");
  if (words.size() > 6) {
    refuse("a FEN has 6 words, so " + quoted(words[6]) +
           " is one too many; moves follow the word "
           "'moves'");
  }
  constexpr std::array<std::string_view, 6> kMissing = {"", "w", "-", "-", "0", "1"};
  const auto word = [&](std::size_t i) { return i < words.size() ? words[i] : kMissing[i]; };

  Board white = parse_pieces(word(0));
  if (word(1) != "w" && word(1) != "b") {
    refuse("the player to move is " + quoted(word(1)) + "; write w or b after the board");
  }
  const bool black_moves = word(1) == "b";
  check_pieces(white, white.mover, "white");
  check_pieces(white, white.other, "black");
  if ((white.pawns & (kFirstRow | kLastRow)) != 0) {
    refuse("a pawn stands on the first or the last row of the board " + quoted(word(0)));
  }
  white.castling = parse_castling(white, word(2));
  std::optional<int> passant;
  if (word(3) != "-" && !(passant = parse_square(word(3), black_moves))) {
    refuse("the en passant square is " + quoted(word(3)) + "; write - or a square such as e3");
  }

  Board board = black_moves ? turned(white) : white;
  if (checkers(turned(board)) != 0) {
    refuse(std::string(black_moves ? "white" : "black") + " is in check, but it is the turn of " +
           (black_moves ? "black" : "white"));
  }
  const Squares target = passant ? bit(*passant) : 0;
  check_last_move(board, target);
  if (target != 0) board.passant = legal_passant(board, target);
  const int move_number = std::max(1, parse_number(word(5), "move number"));
  return {board, parse_number(word(4), "half-move clock"), 2 * (move_number - 1) + black_moves};
}

void draw(const Board& board, bool black_moves, char* cells) {
  const Board white = black_moves ? turned(board) : board;
  for (int square = 0; square < 64; ++square) cells[square] = letter_of(white, square);
}

std::optional<int> parse_square(std::string_view text, bool black_moves) {
  if (text.size() != 2) return std::nullopt;
  const int column = lower(text[0]) - 'a';
  const int row = '8' - text[1];
  if (column < 0 || column > 7 || row < 0 || row > 7) return std::nullopt;
  return black_moves ? turned_square(row * 8 + column) : row * 8 + column;
}

std::string move_to_string(const Board& board, bool black_moves, Action action) {
  const int from = from_square(action);
  const int to = to_square(action);
  const std::string start = square_to_string(from, black_moves);
  if (to == kOffTheBoard) return start + " off the board";
  std::string text = start + square_to_string(to, black_moves);
  const bool promotes = (board.pawns & board.mover & bit(from)) != 0 && (bit(to) & kLastRow) != 0;
  const Promotion promotion = promotion_of(action);
  if (promotes || promotion != Promotion::kQueen) {
    text += kPromotionLetters[static_cast<std::size_t>(promotion)];
  }
  return text;
}

std::optional<Action> parse_move(const Board& board, bool black_moves, std::string_view text) {
  if (text.size() != 4 && text.size() != 5) return std::nullopt;
  const std::optional<int> from = parse_square(text.substr(0, 2), black_moves);
  const std::optional<int> to = parse_square(text.substr(2, 2), black_moves);
  if (!from || !to) return std::nullopt;
  const bool promotes = (board.pawns & board.mover & bit(*from)) != 0 && *to < 8 && *from / 8 == 1;
  if (promotes != (text.size() == 5)) return std::nullopt;
  Promotion promotion = Promotion::kQueen;
  if (promotes) {
    const std::size_t letter = kPromotionLetters.find(lower(text[4]));
    const int sideways = *to % 8 - *from % 8;
    if (letter == std::string_view::npos || sideways < -1 || sideways > 1) return std::nullopt;
    promotion = static_cast<Promotion>(letter);
  }
  const Action action = action_of(*from, *to, promotion);
  if (to_square(action) != *to) return std::nullopt;
  return action;
}

}  // namespace zero::chess
