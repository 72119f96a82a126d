// SPDX-License-Identifier: Apache-2.0
#include "recorder/choice/environment.h"

#include <algorithm>

namespace ebpftrace::recorder {

std::string chosen_variables(std::string_view environment, std::span<const std::string> names) {
  std::string kept;
  while (!environment.empty()) {
    const size_t end = std::min(environment.find('\0'), environment.size());
    const std::string_view variable = environment.substr(0, end);
    const size_t equals = variable.find('=');
    if (equals != std::string_view::npos &&
        std::find(names.begin(), names.end(), variable.substr(0, equals)) != names.end()) {
      kept += variable;
      kept += '\0';
    }
    environment.remove_prefix(std::min(end + 1, environment.size()));
  }
  return kept;
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && name.find('=') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

}  // namespace ebpftrace::recorder
