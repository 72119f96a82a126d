// SPDX-License-Identifier: Apache-2.0
// What a topic holds, without anything of ebpf-ship: a JSON object for each record, of all partitions up to their ends:
//   {"partition": 0, "offset": 5, "key": "…", "headers": {"kind": "frame", …}, "value": "hexadecimal"}
// usage: read_topic BROKERS TOPIC
#include <librdkafka/rdkafka.h>

#include <cstdio>
#include <string>
#include <string_view>

namespace {

constexpr int kAnswerMs = 30'000;

std::string quoted(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    json += c;
  }
  return json + '"';
}

void print(const rd_kafka_message_t& message) {
  auto text = [](const void* bytes, size_t size) {
    return std::string_view(static_cast<const char*>(bytes), bytes ? size : 0);
  };
  std::printf("{\"partition\": %d, \"offset\": %lld, \"key\": %s, \"headers\": {", message.partition,
              static_cast<long long>(message.offset), quoted(text(message.key, message.key_len)).c_str());
  rd_kafka_headers_t* headers = nullptr;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR)
    for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
      std::printf("%s%s: %s", i ? ", " : "", quoted(name).c_str(), quoted(text(value, size)).c_str());
  std::printf("}, \"value\": \"");
  for (const char c : text(message.payload, message.len)) std::printf("%02x", static_cast<unsigned char>(c));
  std::printf("\"}\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: read_topic BROKERS TOPIC\n");
    return 1;
  }
  char why[512];
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  for (const auto& [name, value] : {std::pair("bootstrap.servers", argv[1]),
                                    {"group.id", const_cast<char*>("read_topic")},
                                    {"enable.auto.commit", const_cast<char*>("false")},
                                    {"enable.partition.eof", const_cast<char*>("true")}})
    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK) {
      std::fprintf(stderr, "read_topic: %s\n", why);
      return 1;
    }
  rd_kafka_t* const client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
  rd_kafka_topic_t* const topic = rd_kafka_topic_new(client, argv[2], nullptr);
  const struct rd_kafka_metadata* metadata = nullptr;
  if (const auto error = rd_kafka_metadata(client, 0, topic, &metadata, kAnswerMs)) {
    std::fprintf(stderr, "read_topic: %s\n", rd_kafka_err2str(error));
    return 1;
  }
  rd_kafka_topic_partition_list_t* const all = rd_kafka_topic_partition_list_new(metadata->topics[0].partition_cnt);
  int open = metadata->topics[0].partition_cnt;
  for (int i = 0; i < open; ++i)
    rd_kafka_topic_partition_list_add(all, argv[2], metadata->topics[0].partitions[i].id)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(client, all);
  while (open) {
    rd_kafka_message_t* const message = rd_kafka_consumer_poll(client, kAnswerMs);
    if (!message || (message->err && message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)) {
      std::fprintf(stderr, "read_topic: %s\n", message ? rd_kafka_message_errstr(message) : "nothing comes");
      return 1;
    }
    if (message->err)
      --open;
    else
      print(*message);
    rd_kafka_message_destroy(message);
  }
  rd_kafka_topic_partition_list_destroy(all);
  rd_kafka_metadata_destroy(metadata);
  rd_kafka_topic_destroy(topic);
  rd_kafka_consumer_close(client);
  rd_kafka_destroy(client);
}
