// Reads what an author's Python methods return: numbers, texts, actions, planes. Every function
// needs the GIL, and describes what is wrong in words that follow "observe(state) ".
#pragma once

#include <nanobind/nanobind.h>

#include <optional>
#include <span>
#include <string>

#include "games/native/core/game.hpp"

namespace zero {

// What a value looks like in an error message: its repr, cut short.
std::string shown(nanobind::handle value);

// What an exception says, in one line, cut short.
std::string message_of(nanobind::handle error);

// A whole number (int, bool, a number of numpy), if it is one.
std::optional<long> whole_number(nanobind::handle value);

// A real number (float, int, bool, a number of numpy), if it is one.
std::optional<double> real_number(nanobind::handle value);

// A list of the items of any sequence or iterable; nothing for other values. Throws the exception
// that the iteration raises.
nanobind::object items_of(nanobind::handle value);

// Writes the actions and their number; returns what is wrong, or nothing.
std::string read_actions(nanobind::handle value, const GameSpec& spec, Action* out, int* count);

// Writes packed planes; returns what is wrong, or nothing. A plane is an int whose bit
// row * width + column is that square, a sequence of height * width numbers, or one of rows.
std::string read_planes(nanobind::handle value, const ObservationShape& shape, std::uint64_t* out);

// Writes the scalars; returns what is wrong, or nothing.
std::string read_scalars(nanobind::handle value, const ObservationShape& shape, float* out);

// Writes the drawn board from its rows; returns what is wrong, or nothing.
std::string read_board(nanobind::handle value, const BoardSpec& board, char* out);

}  // namespace zero
