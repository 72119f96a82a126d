// SPDX-License-Identifier: Apache-2.0
// An idempotent producer: acks=all, in order, nothing twice as long as it lives. What it can't go on after (a fatal error of the
// idempotent protocol, a record that was refused) makes it failed(): the owner goes back to what was acknowledged and makes
// another one. One thread: callbacks come within poll() and send().
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ship/kafka/client.h"
#include "ship/kafka/record.h"

namespace ebpftrace::ship {

struct FreeMemory {
  void operator()(void* memory) const { ::free(memory); }
};
// From malloc(): the producer takes it as it is, without a copy.
struct RecordValue {
  std::unique_ptr<void, FreeMemory> bytes;
  size_t size = 0;

  static RecordValue of_size(size_t size);
  static RecordValue of(std::string_view text);
  std::span<std::byte> span() const { return {static_cast<std::byte*>(bytes.get()), size}; }
};

class Producer {
 public:
  struct Delivery {
    void* of;                                // as send() got it
    bool acknowledged;                       // else the record isn't in the topic, or may not be
    bool too_large;                          // for the broker: the record, or the batch that it came in
    std::optional<FrameRecord> record = {};  // of one that is too large
    int32_t partition = 0;                   // of an acknowledged one
    int64_t offset = 0;
  };
  enum class Sent { kTaken, kFull, kTooLarge, kFailed };

  enum class Values { kPacked, kText };
  enum class Batches { kSome, kNone };  // kNone: each record goes alone, so that one that is too large is known

  // Throws SettingsError.
  Producer(const Settings& settings, const std::string& brokers, Values values, Batches batches,
           std::function<void(const Delivery&)> delivered, std::function<void(const std::string&)> tell);
  ~Producer();
  Producer(const Producer&) = delete;

  // kFull: nothing happened; poll and try again. The value is taken if it says so. headers may be nullptr.
  Sent send(std::string_view topic, std::string_view key, const FrameRecord* record, RecordValue& value, void* of);
  // The same with headers of one's own, which are taken in any case.
  Sent send_with(std::string_view topic, std::string_view key, rd_kafka_headers_t* headers, RecordValue& value,
                 void* of);
  // Waits up to so long for deliveries.
  void poll(int wait_ms);
  bool failed() const { return !failure_.empty(); }
  const std::string& failure() const { return failure_; }

 private:
  static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque);
  static void on_error(rd_kafka_t* client, int error, const char* reason, void* opaque);

  std::function<void(const Delivery&)> delivered_;
  std::function<void(const std::string&)> tell_;
  std::string failure_;
  KafkaClient client_;
};

}  // namespace ebpftrace::ship
