// SPDX-License-Identifier: Apache-2.0
// The consumer against librdkafka's mock cluster, in this process.
#include "ship/kafka/consumer.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka_mock.h>

#include <chrono>

namespace ebpftrace::ship {
namespace {

constexpr auto kLongest = std::chrono::minutes(2);  // a busy machine; else it takes some seconds

struct Cluster {
  Cluster() {
    char why[512];
    rd_kafka_conf_t* const conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "test.mock.num.brokers", "1", why, sizeof why);
    rd_kafka_conf_set(conf, "log_level", "2", why, sizeof why);
    client.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why));
    rd_kafka_mock_cluster_t* const cluster = rd_kafka_handle_mock_cluster(client.get());
    rd_kafka_mock_topic_create(cluster, "t", 2, 1);
    rd_kafka_mock_coordinator_set(cluster, "group", "g", 1);
    brokers = rd_kafka_mock_cluster_bootstraps(cluster);
  }
  void produce(int32_t partition) {
    char value[] = "x";
    rd_kafka_producev(client.get(), RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_VALUE(value, 1),
                      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    rd_kafka_flush(client.get(), 10'000);
  }

  KafkaClient client;
  std::string brokers;
};

bool polled_until(const std::vector<Consumer*>& consumers, const std::function<bool(bool came)>& done) {
  const auto end = std::chrono::steady_clock::now() + kLongest;
  bool came = false;
  while (!done(came)) {
    if (std::chrono::steady_clock::now() > end) return false;
    for (Consumer* const one : consumers) came |= one->poll(20) != nullptr;
  }
  return true;
}

TEST(Consumer, APartitionThatWasPausedAndComesBackIsRead) {
  Cluster cluster;
  const Settings settings{"f", {{"session.timeout.ms", "3000"}, {"heartbeat.interval.ms", "200"}}};
  const Consumer::Calls calls{[](int32_t) {}, [](const std::string&) {}};
  Consumer one(settings, cluster.brokers, "g", "t", calls);
  ASSERT_TRUE(polled_until({&one}, [&](bool) { return one.assigned().size() == 2; }));
  one.pause(true);
  Consumer other(settings, cluster.brokers, "g", "t", calls);
  ASSERT_TRUE(
      polled_until({&one, &other}, [&](bool) { return one.assigned().size() == 1 && other.assigned().size() == 1; }));
  one.pause(false);
  cluster.produce(*one.assigned().begin());
  EXPECT_TRUE(polled_until({&one}, [](bool came) { return came; }));
}

}  // namespace
}  // namespace ebpftrace::ship
