#include "games/native/python/values.hpp"

#include <algorithm>
#include <cmath>

namespace zero {
namespace {

namespace nb = nanobind;

// The C++ value of a str; nothing if it is not a str or has no UTF-8 form.
std::optional<std::string> utf8_text(nb::handle value) {
  if (!PyUnicode_Check(value.ptr())) return std::nullopt;
  Py_ssize_t size = 0;
  const char* text = PyUnicode_AsUTF8AndSize(value.ptr(), &size);
  if (text == nullptr) {
    PyErr_Clear();
    return std::nullopt;
  }
  return std::string(text, static_cast<std::size_t>(size));
}

// A str for an error message: one line, cut short; "?" if it could not be created.
std::string one_line(const nb::object& text, std::size_t longest) {
  if (!text.is_valid()) PyErr_Clear();
  std::string out = text.is_valid() ? utf8_text(text).value_or("?") : "?";
  std::replace_if(out.begin(), out.end(), [](char c) { return c >= 0 && c < ' '; }, ' ');
  if (out.size() > longest) {
    std::size_t end = longest;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xc0) == 0x80) --end;
    out = out.substr(0, end) + "...";
  }
  return out;
}

// 0 or 1 in any of its forms; nothing for anything else.
std::optional<bool> bit(nb::handle value) {
  if (value.ptr() == Py_False) return false;
  if (value.ptr() == Py_True) return true;
  if (PyLong_CheckExact(value.ptr())) {
    const long number = PyLong_AsLong(value.ptr());
    if (number == 0 || number == 1) return number == 1;
    PyErr_Clear();
    return std::nullopt;
  }
  const std::optional<double> number = real_number(value);  // of numpy, perhaps
  if (number == 0.0 || number == 1.0) return number == 1.0;
  return std::nullopt;
}

std::string out_of(std::size_t index, const char* what) {
  return std::string(what) + " " + std::to_string(index);
}

// A plane as a whole number.
std::string read_bits(nb::handle value, int squares, std::size_t plane, std::uint64_t* out) {
  // An int, but not of a subclass, whose methods could be the author's.
  auto rest = nb::steal<nb::object>(PyLong_Type.tp_as_number->nb_int(value.ptr()));
  if (!rest.is_valid()) throw nb::python_error();
  const auto words = static_cast<std::size_t>((squares + 63) / 64);
  if (rest < nb::int_(0) || nb::cast<long>(rest.attr("bit_length")()) > squares) {
    return out_of(plane, "plane") + " is " + shown(value) +
           "; as an int it has one bit a square, " + std::to_string(squares) + " at most";
  }
  for (std::size_t word = 0; word < words; ++word) {
    out[word] = PyLong_AsUnsignedLongLongMask(rest.ptr());
    if (word + 1 < words) rest = rest >> nb::int_(64);
  }
  return "";
}

// The squares from `first` on of one plane or of one row of it.
std::string read_squares(nb::handle list, std::size_t first, std::size_t plane,
                         std::uint64_t* out) {
  const auto count = static_cast<std::size_t>(PyList_GET_SIZE(list.ptr()));
  for (std::size_t i = 0; i < count; ++i) {
    const nb::handle value = PyList_GET_ITEM(list.ptr(), static_cast<Py_ssize_t>(i));
    const std::optional<bool> set = bit(value);
    if (!set) {
      return out_of(plane, "plane") + " has " + shown(value) + " in it; a square is 0 or 1";
    }
    if (*set) out[(first + i) / 64] |= std::uint64_t{1} << ((first + i) % 64);
  }
  return "";
}

std::string read_plane(nb::handle value, const ObservationShape& shape, std::size_t plane,
                       std::uint64_t* out) {
  const int squares = shape.height * shape.width;
  if (PyLong_Check(value.ptr()) && !PyBool_Check(value.ptr())) {
    return read_bits(value, squares, plane, out);
  }
  const auto height = static_cast<std::size_t>(shape.height);
  const auto width = static_cast<std::size_t>(shape.width);
  const std::string wanted = "; it is " + std::to_string(height) + " rows of " +
                             std::to_string(width) + ", or " + std::to_string(squares) +
                             " squares, or one int with a bit a square";
  const nb::object rows = items_of(value);
  if (!rows.is_valid()) return out_of(plane, "plane") + " is " + shown(value) + wanted;
  const auto count = static_cast<std::size_t>(PyList_GET_SIZE(rows.ptr()));
  const nb::object first = count > 0 ? items_of(PyList_GET_ITEM(rows.ptr(), 0)) : nb::object();
  if (!first.is_valid()) {
    if (count == static_cast<std::size_t>(squares)) return read_squares(rows, 0, plane, out);
    return out_of(plane, "plane") + " has " + std::to_string(count) + " squares" + wanted;
  }
  if (count != height) {
    return out_of(plane, "plane") + " has " + std::to_string(count) + " rows" + wanted;
  }
  for (std::size_t row = 0; row < height; ++row) {
    const nb::object cells = items_of(PyList_GET_ITEM(rows.ptr(), static_cast<Py_ssize_t>(row)));
    if (!cells.is_valid() || static_cast<std::size_t>(PyList_GET_SIZE(cells.ptr())) != width) {
      return out_of(row, "row") + " of " + out_of(plane, "plane") + " has not " +
             std::to_string(width) + " squares" + wanted;
    }
    std::string wrong = read_squares(cells, row * width, plane, out);
    if (!wrong.empty()) return wrong;
  }
  return "";
}

}  // namespace

std::string shown(nb::handle value) {
  return one_line(nb::steal<nb::object>(PyObject_Repr(value.ptr())), 60);
}

std::string message_of(nb::handle error) {
  return one_line(nb::steal<nb::object>(PyObject_Str(error.ptr())), 200);
}

std::optional<long> whole_number(nb::handle value) {
  if (!PyIndex_Check(value.ptr())) return std::nullopt;
  const auto number = nb::steal<nb::object>(PyNumber_Index(value.ptr()));
  const long out = number.is_valid() ? PyLong_AsLong(number.ptr()) : -1;
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    return std::nullopt;
  }
  return out;
}

std::optional<double> real_number(nb::handle value) {
  if (PyUnicode_Check(value.ptr()) || !PyNumber_Check(value.ptr())) return std::nullopt;
  const double number = PyFloat_AsDouble(value.ptr());
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    return std::nullopt;
  }
  return number;
}

nb::object items_of(nb::handle value) {
  if (PyList_CheckExact(value.ptr())) return nb::borrow(value);
  if (PyUnicode_Check(value.ptr())) return {};
  const auto iterator = nb::steal<nb::object>(PyObject_GetIter(value.ptr()));
  if (!iterator.is_valid()) {
    PyErr_Clear();
    return {};
  }
  auto list = nb::steal<nb::object>(PySequence_List(iterator.ptr()));
  if (!list.is_valid()) throw nb::python_error();
  return list;
}

std::string read_actions(nb::handle value, const GameSpec& spec, Action* out, int* count) {
  const nb::object list = items_of(value);
  if (!list.is_valid()) {
    return "returned " + shown(value) + "; it returns the legal actions, ints in ascending order";
  }
  const Py_ssize_t size = PyList_GET_SIZE(list.ptr());
  if (size > spec.max_legal_actions) {
    return "returned " + std::to_string(size) + " actions; max_legal_actions is " +
           std::to_string(spec.max_legal_actions);
  }
  long before = -1;
  for (Py_ssize_t i = 0; i < size; ++i) {
    const nb::handle item = PyList_GET_ITEM(list.ptr(), i);
    const std::optional<long> action = whole_number(item);
    if (!action) return "returned " + shown(value) + ", where " + shown(item) + " is no int";
    if (*action < 0 || *action >= spec.num_actions) {
      return "returned " + shown(value) + ", where " + std::to_string(*action) +
             " is outside 0 to " + std::to_string(spec.num_actions - 1);
    }
    if (*action <= before) {
      return "returned " + shown(value) + ", which is not in ascending order, or has " +
             std::to_string(*action) + " twice";
    }
    before = *action;
    out[i] = static_cast<Action>(*action);
  }
  *count = static_cast<int>(size);
  return "";
}

std::string read_planes(nb::handle value, const ObservationShape& shape, std::uint64_t* out) {
  std::fill_n(out, shape.words(), std::uint64_t{0});
  const nb::object list = items_of(value);
  if (!list.is_valid()) {
    return "returned " + shown(value) + "; it returns a sequence of " +
           std::to_string(shape.planes) + " planes";
  }
  const auto count = static_cast<std::size_t>(PyList_GET_SIZE(list.ptr()));
  if (count != static_cast<std::size_t>(shape.planes)) {
    return "returned " + std::to_string(count) + " planes; planes is " +
           std::to_string(shape.planes);
  }
  const auto words = static_cast<std::size_t>(shape.words_per_plane());
  for (std::size_t plane = 0; plane < count; ++plane) {
    const nb::handle item = PyList_GET_ITEM(list.ptr(), static_cast<Py_ssize_t>(plane));
    std::string wrong = read_plane(item, shape, plane, out + plane * words);
    if (!wrong.empty()) return "returned planes where " + wrong;
  }
  return "";
}

std::string read_scalars(nb::handle value, const ObservationShape& shape, float* out) {
  const nb::object list = items_of(value);
  const auto wanted = static_cast<std::size_t>(shape.scalars);
  if (!list.is_valid() || static_cast<std::size_t>(PyList_GET_SIZE(list.ptr())) != wanted) {
    return "returned the scalars " + shown(value) + "; it returns " + std::to_string(wanted) +
           " of them";
  }
  for (std::size_t i = 0; i < wanted; ++i) {
    const nb::handle item = PyList_GET_ITEM(list.ptr(), static_cast<Py_ssize_t>(i));
    out[i] = static_cast<float>(real_number(item).value_or(NAN));
    if (!std::isfinite(out[i])) {
      return "returned the scalar " + shown(item) + "; a scalar is a finite number";
    }
  }
  return "";
}

std::string read_board(nb::handle value, const BoardSpec& board, char* out) {
  const nb::object list = items_of(value);
  const std::string wanted = "; it returns " + std::to_string(board.height) + " rows of " +
                             std::to_string(board.width) + " characters, each a visible ASCII one";
  if (!list.is_valid() || PyList_GET_SIZE(list.ptr()) != board.height) {
    return "returned " + shown(value) + wanted;
  }
  for (Py_ssize_t row = 0; row < board.height; ++row) {
    const std::optional<std::string> text = utf8_text(PyList_GET_ITEM(list.ptr(), row));
    const bool good = text && text->size() == static_cast<std::size_t>(board.width) &&
                      std::all_of(text->begin(), text->end(), [](char c) { return c > ' '; });
    if (!good) return "returned " + shown(value) + wanted;
    out = std::copy(text->begin(), text->end(), out);
  }
  return "";
}

}  // namespace zero
