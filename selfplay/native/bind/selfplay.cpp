// Puts zero_core.selfplay together.
#include "selfplay/native/bind/bindings.hpp"

namespace zero {

void bind_selfplay(nanobind::module_& module) {
  bind_settings(module);
  bind_batch(module);
  bind_cache(module);
  bind_search(module);
  bind_records(module);
  bind_window(module);
  bind_pool(module);
}

}  // namespace zero
