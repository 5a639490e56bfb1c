#include "selfplay/native/bind/settings.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "games/native/bind/bindings.hpp"

namespace zero {
namespace {

constexpr std::pair<std::string_view, Rule> kRules[] = {
    {"puct", Rule::kPuct}, {"gumbel", Rule::kGumbel}, {"uct", Rule::kUct}};

nb::object attribute(nb::handle source, const char* name) {
  PyObject* const found = PyObject_GetAttrString(source.ptr(), name);
  if (found != nullptr) return nb::steal(found);
  if (!PyErr_ExceptionMatches(PyExc_AttributeError)) throw nb::python_error();
  PyErr_Clear();
  throw GameError("settings without '" + std::string(name) +
                  "' were given: selfplay.SearchSettings and selfplay.PoolSettings have all");
}

[[noreturn]] void refuse(const char* name, nb::handle value, const std::string& expected) {
  throw GameError(std::string(name) + "=" + utf8(nb::repr(value)) + ": expected " + expected);
}

}  // namespace

void read_setting(nb::handle source, const char* name, Rule& value) {
  const nb::object given = attribute(source, name);
  if (PyUnicode_Check(given.ptr())) {
    const std::string text = utf8(nb::borrow<nb::str>(given));
    for (const auto& [rule_name, rule] : kRules) {
      if (text != rule_name) continue;
      value = rule;
      return;
    }
  }
  refuse(name, given, "'puct', 'gumbel' or 'uct'");
}

void read_setting(nb::handle source, const char* name, int& value) {
  const nb::object given = attribute(source, name);
  const bool whole = PyLong_Check(given.ptr()) && !PyBool_Check(given.ptr());
  int overflow = 0;
  const long long number = whole ? PyLong_AsLongLongAndOverflow(given.ptr(), &overflow) : -1;
  constexpr int kLargest = std::numeric_limits<int>::max();
  if (overflow != 0 || number < 0 || number > kLargest) {
    refuse(name, given, "a whole number from 0 to " + std::to_string(kLargest));
  }
  value = static_cast<int>(number);
}

void read_setting(nb::handle source, const char* name, double& value) {
  const nb::object given = attribute(source, name);
  const bool number =
      PyFloat_Check(given.ptr()) || (PyLong_Check(given.ptr()) && !PyBool_Check(given.ptr()));
  value = number ? PyFloat_AsDouble(given.ptr()) : NAN;
  PyErr_Clear();  // of a whole number that no double can hold, for which it says -1
  const bool too_large = number && !PyFloat_Check(given.ptr()) && value == -1.0;
  if (!std::isfinite(value) || too_large) refuse(name, given, "a finite number");
}

void read_setting(nb::handle source, const char* name, bool& value) {
  const nb::object given = attribute(source, name);
  if (!PyBool_Check(given.ptr())) refuse(name, given, "True or False");
  value = given.is(nb::handle(Py_True));
}

}  // namespace zero
