// SPDX-License-Identifier: Apache-2.0
// librdkafka's things as values that free themselves, and its configuration from ours.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ship/kafka/settings.h"

namespace ebpftrace::ship {

struct FreeKafka {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
  void operator()(rd_kafka_topic_partition_list_t* list) const { rd_kafka_topic_partition_list_destroy(list); }
};
using KafkaClient = std::unique_ptr<rd_kafka_t, FreeKafka>;
using KafkaConf = std::unique_ptr<rd_kafka_conf_t, FreeKafka>;
using KafkaMessage = std::unique_ptr<rd_kafka_message_t, FreeKafka>;
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, FreeKafka>;

using KafkaSettings = std::vector<std::pair<std::string, std::string>>;

// What the file says, over `defaults`, under `fixed`, which the file may repeat but not change (no value: the file must not have
// it), and under `chosen`, what the command line says. Throws SettingsError: it names the setting, its value unless that is
// secret, and what would do.
KafkaConf make_conf(const Settings& settings, const KafkaSettings& defaults, const KafkaSettings& fixed,
                    const KafkaSettings& chosen = {});

// Takes conf, which is of these settings. Throws SettingsError.
KafkaClient make_client(rd_kafka_type_t type, KafkaConf conf, const Settings& settings);

}  // namespace ebpftrace::ship
