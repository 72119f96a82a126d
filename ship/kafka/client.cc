// SPDX-License-Identifier: Apache-2.0
#include "ship/kafka/client.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "predicate/near_names.h"

namespace ebpftrace::ship {
namespace {

constexpr std::string_view kNotKafkas = "clickhouse.", kFileName = ".location";

// Settings by name, with what they take ("true, false"; empty: librdkafka doesn't say): its own table, as Markdown.
std::map<std::string, std::string> known_settings() {
  char* text = nullptr;
  size_t size = 0;
  FILE* const table = ::open_memstream(&text, &size);
  if (!table) return {};
  rd_kafka_conf_properties_show(table);
  std::fclose(table);
  std::istringstream lines(std::string(text, size));
  std::free(text);
  std::map<std::string, std::string> known;
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string_view> cells;
    for (std::string_view rest = line; !rest.empty();) {
      const size_t end = std::min(rest.find('|'), rest.size());
      cells.push_back(trimmed(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (cells.size() > 3) known.emplace(cells[0], cells[2]);
  }
  return known;
}

[[noreturn]] void refuse_unknown(const Settings& settings, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [known, takes] : known_settings()) names.push_back(known);
  const std::string near = predicate::nearest_name(name, names);
  throw SettingsError(fmt::format("{}: librdkafka {} knows no setting '{}'{}", settings.file, rd_kafka_version_str(),
                                  name, near.empty() ? "; take the line out" : "; did you mean '" + near + "'?"));
}

// librdkafka's own message has the value, which may be a password.
[[noreturn]] void refuse_value(const Settings& settings, const std::string& name, const std::string& value) {
  const std::string takes = known_settings()[name];
  throw SettingsError(
      fmt::format("{}: librdkafka {} does not take {}{}", settings.file, rd_kafka_version_str(),
                  is_secret(name) ? fmt::format("this value of '{}'", name) : fmt::format("'{}={}'", name, value),
                  takes.empty() ? "; take the line out" : "; it takes " + takes));
}

}  // namespace

KafkaConf make_conf(const Settings& settings, const KafkaSettings& defaults, const KafkaSettings& fixed,
                    const KafkaSettings& chosen) {
  KafkaConf conf(rd_kafka_conf_new());
  char why[512];
  auto set = [&](const std::string& name, const std::string& value) {
    return rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), why, sizeof why);
  };
  auto set_own = [&](const KafkaSettings& own) {
    for (const auto& [name, value] : own)
      if (set(name, value) != RD_KAFKA_CONF_OK)
        throw SettingsError(
            fmt::format("librdkafka {} does not take {}={}: {}", rd_kafka_version_str(), name, value, why));
  };
  set_own(defaults);
  for (const auto& [name, value] : settings.values) {
    if (name.starts_with(kNotKafkas)) continue;
    for (const auto& [own, needed] : fixed)
      if (own == name && needed != value)
        throw SettingsError(fmt::format("{}: '{}={}': it is always {} here; take the line out", settings.file, name,
                                        value, needed.empty() ? "unset" : needed));
    const auto result = set(name, value);
    if (result == RD_KAFKA_CONF_UNKNOWN) refuse_unknown(settings, name);
    if (result != RD_KAFKA_CONF_OK) refuse_value(settings, name, value);
    // librdkafka says of such a file that something failed, and not why.
    if (name.ends_with(kFileName) && value.find(':') == std::string::npos && ::access(value.c_str(), R_OK) != 0)
      throw SettingsError(
          fmt::format("{}: '{}={}' can't be read: {}", settings.file, name, value, std::strerror(errno)));
  }
  for (const auto& [name, value] : fixed)
    if (!value.empty()) set_own({{name, value}});
  set_own(chosen);
  return conf;
}

KafkaClient make_client(rd_kafka_type_t type, KafkaConf conf, const Settings& settings) {
  char why[512];
  rd_kafka_t* const client = rd_kafka_new(type, conf.get(), why, sizeof why);
  if (!client)
    throw SettingsError(fmt::format("librdkafka {} can't be set up; correct {}: {}", rd_kafka_version_str(),
                                    settings.file.empty() ? "what it names" : settings.file, why));
  conf.release();
  return KafkaClient(client);
}

}  // namespace ebpftrace::ship
