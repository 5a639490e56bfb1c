// The author's object of a game in Python: its methods, and what happens when they fail.
#pragma once

#include <array>
#include <utility>

#include "games/native/python/python_game.hpp"
#include "games/native/python/values.hpp"

namespace zero {

namespace nb = nanobind;

// Something of games/errors.py by name.
inline nb::object of_errors(const char* name) {
  return nb::module_::import_("games.errors").attr(name);
}

// A str of the text; anything that is not UTF-8 is replaced.
inline nb::object python_text(std::string_view text) {
  auto out = nb::steal<nb::object>(
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace"));
  if (!out.is_valid()) throw nb::python_error();
  return out;
}

// The caller must hold the GIL for every operation.
struct PythonGame::Author {
  const GameSpec& spec;
  nb::object rules;
  nb::object to_play, legal_actions, apply, is_terminal, ending, returns, observe;
  nb::object to_string, from_string, action_to_string, parse_action;
  nb::object draw, square_of, picture, transform, transform_action;
  nb::object initial;

  Author(const GameSpec& description, nb::object object)
      : spec(description), rules(std::move(object)) {
    const std::pair<nb::object*, const char*> methods[] = {
        {&to_play, "to_play"},
        {&legal_actions, "legal_actions"},
        {&apply, "apply"},
        {&is_terminal, "is_terminal"},
        {&ending, "ending"},
        {&returns, "returns"},
        {&observe, "observe"},
        {&to_string, "to_string"},
        {&from_string, "from_string"},
        {&action_to_string, "action_to_string"},
        {&parse_action, "parse_action"},
        {&draw, "draw"},
        {&square_of, "square_of"},
        {&picture, "picture"},
        {&transform, "transform"},
        {&transform_action, "transform_action"},
    };
    for (const auto& [method, name] : methods) *method = rules.attr(name);
  }

  // Throws the exception that is set, marked as one of this game.
  [[noreturn]] void raise(const char* operation) const {
    nb::python_error error;
    of_errors("blame")(error.value(), python_text(spec.name), operation);
    throw error;
  }

  // Throws ContractError: what `operation` did, and at which state if there is one.
  [[noreturn]] void broken(const char* operation, const std::string& did, nb::handle state) const {
    std::string where;
    if (state.is_valid() && state.ptr() != Py_None) {
      const auto text = nb::steal<nb::object>(PyObject_CallOneArg(to_string.ptr(), state.ptr()));
      PyErr_Clear();
      where = ", at " + (text.is_valid() && PyUnicode_Check(text.ptr()) ? shown(text) : "?");
    }
    throw ContractError(spec.name + ": " + operation + " " + did + where);
  }

  template <typename... Arguments>
  nb::object call(const char* operation, const nb::object& method,
                  const Arguments&... arguments) const {
    const std::array<PyObject*, sizeof...(Arguments) + 1> stack = {nullptr, arguments.ptr()...};
    PyObject* result =
        PyObject_Vectorcall(method.ptr(), stack.data() + 1,
                            sizeof...(Arguments) | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
    if (result == nullptr) raise(operation);
    return nb::steal<nb::object>(result);
  }

  // Calls one of the readers of python_values.hpp; throws what it finds wrong.
  template <typename Reader>
  void read(const char* operation, nb::handle state, const Reader& reader) const {
    std::string wrong;
    try {
      wrong = reader();
    } catch (nb::python_error& error) {  // of the author's generator
      error.restore();
      raise(operation);
    }
    if (!wrong.empty()) broken(operation, wrong, state);
  }

  std::string text(const char* operation, const nb::object& value, nb::handle state) const {
    Py_ssize_t size = 0;
    const char* bytes =
        PyUnicode_Check(value.ptr()) ? PyUnicode_AsUTF8AndSize(value.ptr(), &size) : nullptr;
    if (bytes == nullptr) {
      PyErr_Clear();
      broken(operation, "returned " + shown(value) + "; it returns a str", state);
    }
    return {bytes, static_cast<std::size_t>(size)};
  }
};

}  // namespace zero
