// SPDX-License-Identifier: Apache-2.0
#include "ship/kafka/consumer.h"

#include <fmt/format.h>

#include <stdexcept>

namespace ebpftrace::ship {
namespace {

const KafkaSettings kDefaults = {
    {"client.id", "ebpf-load"},
    {"group.id", "ebpf-load"},
    {"auto.offset.reset", "earliest"},
    {"fetch.message.max.bytes", "2000000"},
    {"queued.max.messages.kbytes", "65536"},
    {"fetch.wait.max.ms", "100"},
    {"reconnect.backoff.max.ms", "2000"},
    {"log_level", "2"},
};
// What a partition has is forgotten when it is revoked, so that partitions are given and taken all at once.
const KafkaSettings kFixed = {{"enable.auto.commit", "false"},
                              {"enable.auto.offset.store", "false"},
                              {"enable.partition.eof", "true"},
                              {"partition.assignment.strategy", "range,roundrobin"}};
constexpr int kSeekMs = 10'000;

KafkaConf conf_of(const Settings& settings, const std::string& brokers, const std::string& group) {
  KafkaSettings chosen;
  if (!group.empty()) chosen.emplace_back("group.id", group);
  if (!brokers.empty()) chosen.emplace_back("bootstrap.servers", brokers);
  return make_conf(settings, kDefaults, kFixed, chosen);
}

}  // namespace

Consumer::Consumer(const Settings& settings, const std::string& brokers, const std::string& group,
                   const std::string& topic, Calls calls)
    : topic_(topic), calls_(std::move(calls)) {
  KafkaConf conf = conf_of(settings, brokers, group);
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_rebalance_cb(conf.get(), on_rebalance);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  client_ = make_client(RD_KAFKA_CONSUMER, std::move(conf), settings);
  rd_kafka_poll_set_consumer(client_.get());
  const PartitionList topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  if (const auto error = rd_kafka_subscribe(client_.get(), topics.get()))
    throw SettingsError(fmt::format("cannot read topic '{}': {}", topic, rd_kafka_err2str(error)));
}

void Consumer::check(const Settings& settings, const std::string& brokers, const std::string& group) {
  conf_of(settings, brokers, group);
}

Consumer::~Consumer() { rd_kafka_consumer_close(client_.get()); }

namespace {

std::string partitions_text(const std::set<int32_t>& partitions) {
  if (partitions.empty()) return "no partition: others of the group have all";
  return fmt::format("partition{} {}", partitions.size() == 1 ? "" : "s", fmt::join(partitions, ", "));
}

}  // namespace

void Consumer::on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* partitions,
                            void* opaque) {
  Consumer& self = *static_cast<Consumer*>(opaque);
  if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    for (int i = 0; i < partitions->cnt; ++i) self.assigned_.insert(partitions->elems[i].partition);
    self.calls_.tell(fmt::format("topic '{}': reads {}", self.topic_, partitions_text(self.assigned_)));
    self.at_end_.clear();
    self.paused_ = false;
    rd_kafka_assign(client, partitions);
    // One that was paused when it was revoked still is (librdkafka 2.0).
    rd_kafka_resume_partitions(client, partitions);
    return;
  }
  for (int i = 0; i < partitions->cnt; ++i) self.calls_.revoked(partitions->elems[i].partition);
  self.assigned_.clear();
  self.at_end_.clear();
  rd_kafka_assign(client, nullptr);
}

void Consumer::on_error(rd_kafka_t* client, int error, const char* reason, void* opaque) {
  Consumer& self = *static_cast<Consumer*>(opaque);
  if (error != RD_KAFKA_RESP_ERR__FATAL) return self.calls_.tell(fmt::format("Kafka: {}", reason));
  char why[512];
  self.failure_ =
      fmt::format("Kafka: fatal error {}: {}", rd_kafka_err2name(rd_kafka_fatal_error(client, why, sizeof why)), why);
}

KafkaMessage Consumer::poll(int wait_ms) {
  KafkaMessage message(rd_kafka_consumer_poll(client_.get(), wait_ms));
  if (!failure_.empty()) throw std::runtime_error(failure_);
  if (!message) return nullptr;
  if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    if (assigned_.contains(message->partition)) at_end_.insert(message->partition);
    return nullptr;
  }
  if (message->err) {
    calls_.tell(fmt::format("Kafka: {}", rd_kafka_message_errstr(message.get())));
    return nullptr;
  }
  at_end_.erase(message->partition);
  return assigned_.contains(message->partition) ? std::move(message) : nullptr;
}

void Consumer::seek(int32_t partition, int64_t offset) {
  const PartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition)->offset = offset;
  at_end_.erase(partition);
  if (rd_kafka_error_t* const error = rd_kafka_seek_partitions(client_.get(), list.get(), kSeekMs)) {
    const std::string why = rd_kafka_error_string(error);
    rd_kafka_error_destroy(error);
    throw std::runtime_error(
        fmt::format("cannot go back to offset {} of partition {} of topic '{}': {}", offset, partition, topic_, why));
  }
}

void Consumer::commit(const std::map<int32_t, int64_t>& offsets, bool wait) {
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size()) + 1));
  for (const auto& [partition, offset] : offsets)
    if (assigned_.contains(partition))
      rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition)->offset = offset;
  if (list->cnt) rd_kafka_commit(client_.get(), list.get(), wait ? 0 : 1);
}

void Consumer::pause(bool paused) {
  if (paused == paused_) return;
  paused_ = paused;
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(assigned_.size()) + 1));
  for (const int32_t partition : assigned_) rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition);
  if (paused)
    rd_kafka_pause_partitions(client_.get(), list.get());
  else
    rd_kafka_resume_partitions(client_.get(), list.get());
}

}  // namespace ebpftrace::ship
