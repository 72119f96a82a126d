// SPDX-License-Identifier: Apache-2.0
// All that a topic holds now, for whoever looks only: no group knows of it, and no offset is kept.
#pragma once

#include <functional>
#include <string>

#include "ship/kafka/client.h"

namespace ebpftrace::ship {

// take(record) for each, partition by partition in their order. Throws SettingsError, std::runtime_error if Kafka does not answer.
void read_topic(const Settings& settings, const std::string& brokers, const std::string& topic,
                const std::function<void(const rd_kafka_message_t&)>& take);

}  // namespace ebpftrace::ship
