// The native module: one submodule for each package, which imports only its own.
#include <nanobind/nanobind.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>

namespace zero {
void bind_games(nanobind::module_& module);
void bind_selfplay(nanobind::module_& module);
void bind_inference(nanobind::module_& module);

namespace {

// The instruction sets have their names from Linux's /proc/cpuinfo.
std::map<std::string, std::string> build_info() {
  std::string instructions;
#ifdef __POPCNT__
  instructions += "popcnt ";
#endif
#ifdef __BMI2__
  instructions += "bmi2 ";
#endif
#ifdef __AVX2__
  instructions += "avx2 ";
#endif
#ifdef __AVX512F__
  instructions += "avx512f ";
#endif
#ifdef __clang__
  const std::string compiler = __VERSION__;
#else
  const std::string compiler = "GCC " __VERSION__;
#endif
#ifdef NDEBUG
  const std::string kind = "optimised";
#else
  const std::string kind = "debug";
#endif
  return {{"compiler", compiler}, {"instructions", instructions}, {"kind", kind}};
}

}  // namespace
}  // namespace zero

NB_MODULE(zero_core, module) {
  module.doc() = "The native core of zero, a submodule for each package of Python.";
#ifdef NDEBUG
  // Otherwise whatever a traceback still holds when the interpreter ends is listed on the user's
  // screen.
  nanobind::set_leak_warnings(false);
#endif
  nanobind::module_ games = module.def_submodule("games", "The rules of the games.");
  nanobind::module_ selfplay =
      module.def_submodule("selfplay", "Tree search, the pool of self-play, game records.");
  nanobind::module_ inference =
      module.def_submodule("inference", "The network's forward pass in int8.");
  zero::bind_games(games);
  zero::bind_selfplay(selfplay);
  zero::bind_inference(inference);
  games.def("build_info", &zero::build_info,
            "How the core was built: 'compiler', 'kind' ('optimised' or 'debug') and "
            "'instructions', the sets that it may use of 'popcnt bmi2 avx2 avx512f', named as in "
            "/proc/cpuinfo.");
}
