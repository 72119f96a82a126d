// SPDX-License-Identifier: Apache-2.0
// A member of a group that reads a topic. Offsets are committed by hand only: they say from where a successor has everything
// that it needs, not what was read. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "ship/kafka/client.h"

namespace ebpftrace::ship {

class Consumer {
 public:
  struct Calls {
    std::function<void(int32_t partition)> revoked;
    std::function<void(const std::string&)> tell;
  };
  // group: empty: as the settings say. Throws SettingsError.
  Consumer(const Settings& settings, const std::string& brokers, const std::string& group, const std::string& topic,
           Calls calls);
  // Throws SettingsError as the constructor would.
  static void check(const Settings& settings, const std::string& brokers, const std::string& group);
  // Leaves the group.
  ~Consumer();
  Consumer(const Consumer&) = delete;

  // A record, or nothing for that long. Throws std::runtime_error if it can't go on at all.
  KafkaMessage poll(int wait_ms);
  void seek(int32_t partition, int64_t offset);
  // Of those that are assigned. Transient errors are of no consequence: the next one says more.
  void commit(const std::map<int32_t, int64_t>& offsets, bool wait);
  // No records come while it is paused; it stays a member as long as it is polled.
  void pause(bool paused);

  const std::set<int32_t>& assigned() const { return assigned_; }
  // They are somebody else's by now (nothing was polled for too long); the next poll revokes them.
  bool lost() const { return rd_kafka_assignment_lost(client_.get()) != 0; }
  // Everything that was there was read, of all partitions that are assigned, of which there is at least one.
  bool at_end() const { return !assigned_.empty() && at_end_.size() == assigned_.size(); }

 private:
  static void on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* partitions,
                           void* opaque);
  static void on_error(rd_kafka_t* client, int error, const char* reason, void* opaque);

  std::string topic_;
  Calls calls_;
  std::set<int32_t> assigned_, at_end_;
  bool paused_ = false;
  std::string failure_;
  KafkaClient client_;
};

}  // namespace ebpftrace::ship
