// Chess positions in FEN (Forsyth-Edwards Notation), and moves as in UCI ("e2e4", "e7e8q", castling
// "e1g1").
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "games/native/core/errors.hpp"
#include "games/native/rules/chess/board.hpp"

namespace zero::chess {

// A position with the two counters of FEN.
struct Setup {
  Board board;
  int clock = 0;  // plies since a pawn last moved or a piece was captured
  int ply = 0;    // plies before this position, by its move number; black moves at odd ones
};

// The largest value of either counter of a FEN.
constexpr int kLargestNumber = 9999;

// Writes the en passant square only if a capture is legal, as python-chess does by default.
std::string fen_of(const Setup& setup);

// Reads the words of a FEN; words after the board may be missing from the end. Throws a GameError
// that says what is wrong for a position that no game can have, such as one in which the player who
// has just moved is in check.
Setup parse_fen(std::span<const std::string_view> words);

// The 64 squares from a8 to h1, '.' or a letter as in a FEN: capitals are white's pieces.
void draw(const Board& board, bool black_moves, char* cells);

// The square that a text such as "e4" names, seen by the mover; nothing if it names none.
std::optional<int> parse_square(std::string_view text, bool black_moves);

std::string move_to_string(const Board& board, bool black_moves, Action action);
// The action that the text names, legal or not; nothing if it names none.
std::optional<Action> parse_move(const Board& board, bool black_moves, std::string_view text);

}  // namespace zero::chess
