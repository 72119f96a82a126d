// SPDX-License-Identifier: Apache-2.0
#include "ship/kafka/producer.h"

#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <new>

namespace ebpftrace::ship {
namespace {

// A batch may be as large as a record may be; frames stay below kMaxWrittenBytes, so that a broker's default holds.
const KafkaSettings kDefaults = {
    {"client.id", "ebpf-ship"},
    {"linger.ms", "5"},
    {"batch.size", "1000000"},
    // What may be under way, and in memory: the spool is the file.
    {"queue.buffering.max.kbytes", "65536"},
    {"queue.buffering.max.messages", "200000"},
    // Outages last as long as they last; the spool waits.
    {"message.timeout.ms", "0"},
    {"partitioner", "murmur2_random"},
    {"reconnect.backoff.max.ms", "2000"},
    {"log_level", "2"},
};
// Without reports of what was delivered, and within transactions that nobody ends, nothing would count as acknowledged.
const KafkaSettings kFixed = {
    {"enable.idempotence", "true"}, {"acks", "all"}, {"delivery.report.only.error", "false"}, {"transactional.id", ""}};

}  // namespace

RecordValue RecordValue::of_size(size_t size) {
  RecordValue value{std::unique_ptr<void, FreeMemory>(std::malloc(std::max<size_t>(size, 1))), size};
  if (!value.bytes) throw std::bad_alloc();
  return value;
}

RecordValue RecordValue::of(std::string_view text) {
  RecordValue value = of_size(text.size());
  std::memcpy(value.bytes.get(), text.data(), text.size());
  return value;
}

Producer::Producer(const Settings& settings, const std::string& brokers, Values values, Batches batches,
                   std::function<void(const Delivery&)> delivered, std::function<void(const std::string&)> tell)
    : delivered_(std::move(delivered)), tell_(std::move(tell)) {
  KafkaSettings defaults = kDefaults, chosen;
  if (batches == Batches::kNone) chosen.emplace_back("batch.num.messages", "1");
  defaults.emplace_back("compression.type", values == Values::kPacked ? "none" : "lz4");
  if (!brokers.empty()) chosen.emplace_back("bootstrap.servers", brokers);
  KafkaConf conf = make_conf(settings, defaults, kFixed, chosen);
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_dr_msg_cb(conf.get(), on_delivery);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  client_ = make_client(RD_KAFKA_PRODUCER, std::move(conf), settings);
}

Producer::~Producer() {
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
}

void Producer::on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  Producer& self = *static_cast<Producer*>(opaque);
  Delivery delivery{message->_private,
                    message->err == RD_KAFKA_RESP_ERR_NO_ERROR,
                    message->err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
                    {},
                    message->partition,
                    message->offset};
  if (delivery.too_large) delivery.record = record_of(*message);
  if (!delivery.acknowledged && self.failure_.empty())
    self.failure_ = fmt::format("a record was not taken: {}", rd_kafka_err2str(message->err));
  self.delivered_(delivery);
}

void Producer::on_error(rd_kafka_t* client, int error, const char* reason, void* opaque) {
  Producer& self = *static_cast<Producer*>(opaque);
  if (error != RD_KAFKA_RESP_ERR__FATAL) return self.tell_(fmt::format("Kafka: {}", reason));
  char why[512];
  const auto fatal = rd_kafka_fatal_error(client, why, sizeof why);
  self.failure_ = fmt::format("fatal error {}: {}", rd_kafka_err2name(fatal), why);
}

Producer::Sent Producer::send(std::string_view topic, std::string_view key, const FrameRecord* record,
                              RecordValue& value, void* of) {
  return send_with(topic, key, record ? make_headers(*record) : nullptr, value, of);
}

Producer::Sent Producer::send_with(std::string_view topic, std::string_view key, rd_kafka_headers_t* headers,
                                   RecordValue& value, void* of) {
  const std::string name(topic);
  rd_kafka_headers_t* const own = headers ? headers : rd_kafka_headers_new(0);
  const auto error =
      rd_kafka_producev(client_.get(), RD_KAFKA_V_TOPIC(name.c_str()), RD_KAFKA_V_KEY(key.data(), key.size()),
                        RD_KAFKA_V_HEADERS(own), RD_KAFKA_V_VALUE(value.bytes.get(), value.size),
                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_FREE), RD_KAFKA_V_OPAQUE(of), RD_KAFKA_V_END);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    static_cast<void>(value.bytes.release());
    return Sent::kTaken;
  }
  rd_kafka_headers_destroy(own);
  if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) return Sent::kFull;
  if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) return Sent::kTooLarge;
  if (failure_.empty()) failure_ = fmt::format("topic '{}': {}", topic, rd_kafka_err2str(error));
  return Sent::kFailed;
}

void Producer::poll(int wait_ms) { rd_kafka_poll(client_.get(), wait_ms); }

}  // namespace ebpftrace::ship
