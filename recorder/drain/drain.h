// SPDX-License-Identifier: Apache-2.0
// Empties the kernel's rings into blocks. One thread; never blocks on the disk: with no free block the rings keep what
// they hold, and when those are full the BPF programs count.
//
// Order: descriptions are in the shared rings before the records that refer to them are in a CPU's ring. A pass first
// notes how far each CPU's ring goes, then empties the shared rings, then the CPUs' up to there; and a block of events is
// never pushed before the open blocks of descriptions, nor one of descriptions before those that it refers to.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bpf/shared.h"
#include "recorder/drain/block_queue.h"
#include "recorder/drain/loss_ledger.h"
#include "schema/catalogue.h"

namespace ebpftrace::recorder {

// Of a CPU. The programs write where there is room for the longest record.
inline constexpr uint64_t kFewestRingBytes = 64u << 10;
inline constexpr uint64_t kMostRingBytes = 1u << 30;
static_assert(kFewestRingBytes >= SYSCALL_MAX);

// A CPU's own rings as mapped into this process. Not owned.
struct CpuRings {
  ring_control* controls = nullptr;  // [cpus]
  ring_chunk* chunks = nullptr;      // [cpus * chunks_per_cpu]
  uint32_t cpus = 0;
  uint32_t chunks_per_cpu = 1;
  uint64_t bytes = CHUNK_BYTES;  // of a CPU that may wait to be read; at most those of its chunks
};

class Drain {
 public:
  // consume_shared: hands every record of the shared rings to add_shared().
  Drain(const std::vector<EventType>& catalogue, CpuRings rings, BlockQueue& queue, LossLedger& losses,
        std::function<void()> consume_shared);

  // The environment variables that exec events keep, by name; of the rest nothing goes on. Before the first record.
  void keep_variables(std::vector<std::string> names) { variables_ = std::move(names); }

  // One record of a shared ring.
  void add_shared(std::span<const std::byte> record);

  // One pass; returns the records taken. Pushes what is older than the flush interval.
  size_t pass();
  // Pushes everything that is open.
  void flush();

  // A part of the recording ends in two steps. First the programs are told to describe anew whatever they refer to, and from
  // then on descriptions are carried on to the next part, too. When all that was recorded before is here (caught_up()), the
  // part ends: what comes then refers to descriptions of that time only.
  void begin_carrying();
  void end_part();
  // The last pass left nothing of what it found in the rings.
  bool caught_up() const { return caught_up_; }

  // Without descriptions of what they refer to, and of what was there when recording began, and without counters: as ebpf-analyze
  // --summary counts.
  uint64_t events() const { return taken_ - no_events_; }
  uint64_t ring_peak_bytes() const { return ring_peak_bytes_; }
  // Most that a CPU's ring held since this was asked last.
  uint64_t take_ring_peak(uint32_t cpu) { return std::exchange(peaks_[cpu], 0); }
  // How full the fullest ring was in the last pass, 0..1.
  double fill() const { return fill_; }

  // The format promises 50 ms: the rest is for the compressor and the wait between passes. Longer is smaller: 3000 rows
  // instead of 1800 in a frame of `tar | zstd` save 4 % of the file.
  static constexpr std::chrono::milliseconds kFlushInterval{40};
  // With fewer rows when it is flushed, a CPU shares a block with others.
  static constexpr size_t kOwnBlockRows = 4096;

 private:
  const EventType& type(uint16_t id) const { return *types_[id]; }
  // The open block to put the next row of this type in, or nullptr if there is none to be had.
  trace::OpenBlock* open(BlockPtr& slot, const EventType& type, uint32_t cpu);
  void seal(BlockPtr& slot);
  void flush_calls();
  size_t drain_cpu(uint32_t cpu, uint64_t head);
  void add_exec(trace::OpenBlock& rows, std::span<const std::byte> record);
  // A system call that came through a shared ring: unfinished, or made while its CPU's own ring was being written to.
  bool add_call(const record_head& head, std::span<const std::byte> record);

  CpuRings rings_;
  BlockQueue& queue_;
  LossLedger& losses_;
  std::function<void()> consume_shared_;
  std::array<const EventType*, EVENT_TYPES> types_{};
  std::array<std::vector<uint16_t>, EVENT_TYPES> needs_;  // of descriptions: the ones that their columns refer to
  std::vector<BlockPtr> syscalls_;                        // by CPU
  std::array<BlockPtr, EVENT_TYPES> others_;              // by type
  std::vector<uint64_t> heads_;
  std::vector<std::string> variables_;
  std::vector<uint64_t> peaks_;  // by CPU
  std::chrono::steady_clock::time_point last_flush_ = std::chrono::steady_clock::now();
  uint64_t taken_ = 0, no_events_ = 0;  // records
  uint64_t ring_peak_bytes_ = 0;
  double fill_ = 0;
  bool carrying_ = false, caught_up_ = true;
};

}  // namespace ebpftrace::recorder
