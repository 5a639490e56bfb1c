// The native module. Each file that binds something adds one line here.
#include <nanobind/nanobind.h>

namespace zero {
void bind_games(nanobind::module_& module);
void bind_selfplay(nanobind::module_& module);
}  // namespace zero

NB_MODULE(zero_core, module) {
  module.doc() = "Native core of zero: game rules, tree search, self-play pool, training samples.";
#ifdef NDEBUG
  // Whatever a traceback still holds when the interpreter ends would be listed on the user's
  // screen.
  nanobind::set_leak_warnings(false);
#endif
  zero::bind_games(module);
  zero::bind_selfplay(module);
}
