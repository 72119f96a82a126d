// SPDX-License-Identifier: Apache-2.0
// librdkafka's mock cluster in a process of its own, for tests and measurements without a Kafka. Prints the addresses of its brokers,
// then obeys lines on standard input until that ends: "down N", "up N", "rtt N MS", "err API CODE COUNT" (API by its number in
// the protocol: 0 Produce, 1 Fetch, 8 OffsetCommit, 22 InitProducerId; CODE by name or number), "noerr API", "leader N TOPIC
// PARTITION" (N leads it from now on; no broker does so by itself when another one is down, and who leads at first is drawn by
// lot). Each line is answered with "ok", or what is wrong with it.
// usage: mock_broker BROKERS TOPIC:PARTITIONS...
// It keeps some 5 MB of batches of a partition and drops the oldest in silence.
#include <librdkafka/rdkafka.h>  // before the next one
#include <librdkafka/rdkafka_mock.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace {

rd_kafka_resp_err_t error_of(const std::string& name) {
  if (!name.empty() && name.find_first_not_of("-0123456789") == std::string::npos)
    return static_cast<rd_kafka_resp_err_t>(std::atoi(name.c_str()));
  const rd_kafka_err_desc* list = nullptr;
  size_t count = 0;
  rd_kafka_get_err_descs(&list, &count);
  for (size_t i = 0; i < count; ++i)
    if (list[i].name && name == list[i].name) return list[i].code;
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::string obey(rd_kafka_mock_cluster_t* cluster, const std::string& line) {
  std::istringstream words(line);
  std::string what;
  words >> what;
  int number = 0;
  words >> number;
  if (words.fail()) return "a number is missing: " + line;
  rd_kafka_resp_err_t done = RD_KAFKA_RESP_ERR_NO_ERROR;
  if (what == "down" || what == "up") {
    done =
        what == "down" ? rd_kafka_mock_broker_set_down(cluster, number) : rd_kafka_mock_broker_set_up(cluster, number);
  } else if (what == "rtt") {
    int ms = 0;
    words >> ms;
    done = rd_kafka_mock_broker_set_rtt(cluster, number, ms);
  } else if (what == "leader") {
    std::string topic;
    int partition = 0;
    words >> topic >> partition;
    if (words.fail()) return "leader N TOPIC PARTITION: " + line;
    done = rd_kafka_mock_partition_set_leader(cluster, topic.c_str(), partition, number);
  } else if (what == "err") {
    std::string code;
    size_t count = 0;
    words >> code >> count;
    const rd_kafka_resp_err_t error = error_of(code);
    if (words.fail() || !error) return "err API CODE COUNT: " + line;
    const std::vector<rd_kafka_resp_err_t> errors(count, error);
    rd_kafka_mock_push_request_errors_array(cluster, static_cast<int16_t>(number), errors.size(), errors.data());
  } else if (what == "noerr") {
    rd_kafka_mock_clear_request_errors(cluster, static_cast<int16_t>(number));
  } else {
    return "what is that: " + line;
  }
  return done ? rd_kafka_err2str(done) : "ok";
}

}  // namespace

int main(int argc, char** argv) {
  const int brokers = argc > 1 ? std::atoi(argv[1]) : 0;
  if (brokers < 1) {
    std::fprintf(stderr, "usage: mock_broker BROKERS TOPIC:PARTITIONS...\n");
    return 1;
  }
  char why[512];
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "log_level", "2", why, sizeof why);
  rd_kafka_t* const client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
  rd_kafka_mock_cluster_t* const cluster = client ? rd_kafka_mock_cluster_new(client, brokers) : nullptr;
  if (!cluster) {
    std::fprintf(stderr, "mock_broker: %s\n", client ? "no cluster" : why);
    return 1;
  }
  for (int i = 2; i < argc; ++i) {
    const std::string topic = argv[i];
    const size_t colon = topic.find(':');
    const int partitions = colon == std::string::npos ? 4 : std::atoi(topic.c_str() + colon + 1);
    rd_kafka_mock_topic_create(cluster, topic.substr(0, colon).c_str(), partitions, std::min(brokers, 3));
  }
  // Else the coordinator of a group is another one for each that asks (librdkafka 2.0).
  for (const char* group : {"ebpf-load", "test"}) rd_kafka_mock_coordinator_set(cluster, "group", group, 1);
  std::printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    std::printf("%s\n", obey(cluster, line).c_str());
    std::fflush(stdout);
  }
  rd_kafka_mock_cluster_destroy(cluster);
  rd_kafka_destroy(client);
}
