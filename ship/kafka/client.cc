// SPDX-License-Identifier: Apache-2.0
#include "ship/kafka/client.h"

#include <fmt/format.h>

namespace ebpftrace::ship {
namespace {

constexpr std::string_view kNotKafkas = "clickhouse.";

}  // namespace

KafkaConf make_conf(const Settings& settings, const KafkaSettings& defaults, const KafkaSettings& fixed) {
  KafkaConf conf(rd_kafka_conf_new());
  char why[512];
  auto set = [&](const std::string& name, const std::string& value) {
    return rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), why, sizeof why);
  };
  for (const auto* list : {&defaults, &fixed})
    for (const auto& [name, value] : *list)
      if (set(name, value) != RD_KAFKA_CONF_OK)
        throw SettingsError(
            fmt::format("librdkafka {} does not take {}={}: {}", rd_kafka_version_str(), name, value, why));
  for (const auto& [name, value] : settings.values) {
    if (name.starts_with(kNotKafkas)) continue;
    bool same = false;
    for (const auto& [own, needed] : fixed) {
      if (own != name) continue;
      if (needed != value)
        throw SettingsError(fmt::format("{}: '{}' is always {} here; take the line out", settings.file, name, needed));
      same = true;
    }
    if (same) continue;
    const auto result = set(name, value);
    // librdkafka's own message has the value, which may be a password.
    if (result == RD_KAFKA_CONF_UNKNOWN)
      throw SettingsError(
          fmt::format("{}: librdkafka {} knows no setting '{}'", settings.file, rd_kafka_version_str(), name));
    if (result != RD_KAFKA_CONF_OK)
      throw SettingsError(fmt::format("{}: librdkafka {} does not take this value of '{}'", settings.file,
                                      rd_kafka_version_str(), name));
  }
  return conf;
}

KafkaClient make_client(rd_kafka_type_t type, KafkaConf conf) {
  char why[512];
  rd_kafka_t* const client = rd_kafka_new(type, conf.get(), why, sizeof why);
  if (!client) throw SettingsError(fmt::format("the Kafka client can't be set up: {}", why));
  conf.release();
  return KafkaClient(client);
}

}  // namespace ebpftrace::ship
