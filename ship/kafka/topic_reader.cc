// SPDX-License-Identifier: Apache-2.0
#include "ship/kafka/topic_reader.h"

#include <fmt/format.h>

#include <stdexcept>

namespace ebpftrace::ship {
namespace {

constexpr int kAnswerMs = 30'000;
const KafkaSettings kDefaults = {
    {"client.id", "ebpf-load"}, {"queued.max.messages.kbytes", "65536"}, {"log_level", "2"}};
const KafkaSettings kFixed = {{"enable.auto.commit", "false"}, {"enable.partition.eof", "true"}};

[[noreturn]] void fail(const std::string& topic, const char* why) {
  throw std::runtime_error(fmt::format("cannot read topic '{}': {}", topic, why));
}

}  // namespace

void read_topic(const Settings& settings, const std::string& brokers, const std::string& topic,
                const std::function<void(const rd_kafka_message_t&)>& take) {
  KafkaSettings chosen = {{"group.id", "ebpf-load-audit"}};  // it is never joined
  if (!brokers.empty()) chosen.emplace_back("bootstrap.servers", brokers);
  const KafkaClient client = make_client(RD_KAFKA_CONSUMER, make_conf(settings, kDefaults, kFixed, chosen), settings);
  rd_kafka_poll_set_consumer(client.get());
  const std::unique_ptr<rd_kafka_topic_t, void (*)(rd_kafka_topic_t*)> handle(
      rd_kafka_topic_new(client.get(), topic.c_str(), nullptr), rd_kafka_topic_destroy);
  const struct rd_kafka_metadata* metadata = nullptr;
  if (const auto error = rd_kafka_metadata(client.get(), 0, handle.get(), &metadata, kAnswerMs))
    fail(topic, rd_kafka_err2str(error));
  const rd_kafka_metadata_topic& known = metadata->topics[0];
  const auto error = known.err;
  const PartitionList all(rd_kafka_topic_partition_list_new(known.partition_cnt));
  for (int i = 0; i < known.partition_cnt; ++i)
    rd_kafka_topic_partition_list_add(all.get(), topic.c_str(), known.partitions[i].id)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_metadata_destroy(metadata);
  if (error) fail(topic, rd_kafka_err2str(error));
  rd_kafka_assign(client.get(), all.get());
  for (int open = all->cnt; open > 0;) {
    const KafkaMessage message(rd_kafka_consumer_poll(client.get(), kAnswerMs));
    if (!message) fail(topic, "Kafka does not answer");
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
      --open;
    else if (message->err)
      fail(topic, rd_kafka_message_errstr(message.get()));
    else
      take(*message);
  }
  rd_kafka_consumer_close(client.get());
}

}  // namespace ebpftrace::ship
