// SPDX-License-Identifier: Apache-2.0
// Spool -> Kafka: whole frames as they are stored, recording by recording in the order of its file, each acknowledged before the
// position moves. A producer that failed is made anew and goes on from there. A full queue stops the reading, nothing else: the
// recorder never notices. One thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "ship/kafka/producer.h"
#include "ship/send/event_source.h"
#include "ship/send/patience.h"
#include "ship/send/position_file.h"
#include "ship/send/shipped_recording.h"
#include "ship/send/spool.h"

namespace ebpftrace::ship {

struct ShipChoice {
  std::vector<std::string> spool;  // folders, patterns
  std::string position;
  std::string brokers;  // host:port,…; empty: as the settings say
  std::string frames_topic{kFramesTopic}, headers_topic{kHeadersTopic};
  std::string events_topic;            // not empty: events as JSON go there, and no frames
  std::string filter;                  // of these
  bool once = false;                   // ends when all that is there is acknowledged
  std::chrono::nanoseconds give_up{};  // ends when for so long nothing was acknowledged; 0: never
};

class Shipper {
 public:
  // Throws SettingsError, PositionError. tell: a line for the log.
  Shipper(ShipChoice choice, const Settings& settings, std::function<void(const std::string&)> tell);
  ~Shipper();

  // Until it is stopped, has done what is there (once), or gives up. When it is stopped it waits a few seconds for what is under
  // way. True: all that was there is acknowledged. Throws as the constructor does, and analyzer::AskError of a filter that makes no sense.
  bool run(std::stop_token stop);

  const Counters& counters() const { return positions_.counters; }
  // What was read and is not acknowledged.
  Counters under_way() const;
  unsigned producers() const { return producers_; }  // that were needed

 private:
  void make_producer();
  void start_again(const std::string& why);
  void on_delivery(const Producer::Delivery& delivery);
  void look_for_parts();
  bool pump(ShippedRecording& stream);
  bool next_part(ShippedRecording& stream);
  bool pump_frames(ShippedRecording& stream);
  bool pump_events(ShippedRecording& stream);
  bool send_events(ShippedRecording& stream, ShippedStep& step, const Stretch& stretch);
  const std::string& topic() const {
    return choice_.events_topic.empty() ? choice_.frames_topic : choice_.events_topic;
  }
  bool send_frame(ShippedRecording& stream, const trace::Frame& frame);
  bool send_end(ShippedRecording& stream);
  bool send_dropped(ShippedRecording& stream, const SpoolPart& next);
  bool send_too_large(ShippedRecording& stream, const trace::Frame& frame);
  bool send_step(ShippedRecording& stream, ShippedStep step, FrameRecord::Kind kind, uint64_t rows, RecordValue value);
  void note_taken_back(ShippedRecording& stream);
  void send_part_headers();
  const SpoolPart* later_part(const ShippedRecording& stream) const;
  std::optional<uint64_t> frames_of(const ShippedRecording& stream, uint32_t part) const;
  void survey();
  void store();
  void tell_if_it_waits();
  std::string waiting_text() const;
  void tell_once(const std::string& line);

  ShipChoice choice_;
  Settings settings_;
  std::function<void(const std::string&)> tell_;
  PositionFile file_;
  ShippedPositions positions_;
  Spool spool_;
  std::vector<SpoolPart> parts_;
  std::stop_token stop_;
  std::map<std::pair<trace::Id, uint32_t>, uint64_t> surveyed_;  // frames of closed parts that wait
  std::map<trace::Id, std::unique_ptr<ShippedRecording>> streams_;
  std::vector<ShippedStep*> part_headers_;  // whose record in the topic of headers is to be sent
  std::unique_ptr<Producer> producer_;
  unsigned producers_ = 0;
  Producer::Batches batches_ = Producer::Batches::kSome, next_batches_ = batches_;  // of this producer, of the next one
  std::chrono::milliseconds backoff_;
  std::chrono::steady_clock::time_point next_look_{}, next_store_{}, told_at_{};
  std::string told_;
  Patience patience_;
};

}  // namespace ebpftrace::ship
