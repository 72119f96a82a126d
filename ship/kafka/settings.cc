// SPDX-License-Identifier: Apache-2.0
#include "ship/kafka/settings.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace ebpftrace::ship {
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const size_t from = text.find_first_not_of(kBlank);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kBlank) - from + 1);
}

std::string Settings::get(std::string_view name) const {
  const auto found = values.find(name);
  return found == values.end() ? std::string() : found->second;
}

Settings read_settings(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw SettingsError(fmt::format("cannot read the configuration '{}': {}", path, std::strerror(errno)));
  Settings settings{path, {}};
  std::string line;
  for (unsigned number = 1; std::getline(in, line); ++number) {
    const std::string_view text = trimmed(line);
    if (text.empty() || text[0] == '#') continue;
    const size_t equals = text.find('=');
    const std::string_view name = trimmed(text.substr(0, std::min(equals, text.size())));
    if (equals == std::string_view::npos || name.empty())
      throw SettingsError(fmt::format("{}:{}: a line is 'name=value', or begins with '#'", path, number));
    if (!settings.values.emplace(name, trimmed(text.substr(equals + 1))).second)
      throw SettingsError(fmt::format("{}:{}: '{}' is set twice; leave one of them", path, number, name));
  }
  return settings;
}

void need_brokers(const Settings& settings, const std::string& option) {
  if (option.empty() && !settings.has("bootstrap.servers") && !settings.has("metadata.broker.list"))
    throw SettingsError(
        "no broker is named; say --brokers HOST:PORT, or bootstrap.servers=HOST:PORT in the file of --config");
}

bool is_secret(std::string_view name) {
  constexpr std::string_view kWords[] = {"password", "secret", "key.pem", "token", "jaas", "oauthbearer.config"};
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return name.find(word) != std::string_view::npos; });
}

bool tells_secrets(const Settings& settings) {
  struct stat info {};
  if (settings.file.empty() || ::stat(settings.file.c_str(), &info) != 0 || !(info.st_mode & S_IROTH)) return false;
  return std::any_of(settings.values.begin(), settings.values.end(),
                     [](const auto& one) { return is_secret(one.first); });
}

}  // namespace ebpftrace::ship
