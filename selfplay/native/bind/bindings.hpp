// What zero_core.selfplay is made of: each file of this folder binds one part.
#pragma once

#include <nanobind/nanobind.h>

namespace zero {

void bind_settings(nanobind::module_& module);
void bind_batch(nanobind::module_& module);
void bind_cache(nanobind::module_& module);
void bind_search(nanobind::module_& module);
void bind_records(nanobind::module_& module);
void bind_window(nanobind::module_& module);
void bind_pool(nanobind::module_& module);

}  // namespace zero
