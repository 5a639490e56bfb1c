// One line of a table of settings: the name that Python knows, and the member it fills.
#pragma once

namespace zero {

template <typename Settings, typename Value>
struct Setting {
  const char* name;
  Value Settings::* member;
};

}  // namespace zero
