// Binds the search, the pool and the window to Python.
#include <nanobind/nanobind.h>

namespace nb = nanobind;

namespace zero {

void bind_selfplay(nb::module_&) {}

}  // namespace zero
