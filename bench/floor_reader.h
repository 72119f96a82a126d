// SPDX-License-Identifier: Apache-2.0
// Reads what the floor programs write, through either transport. Not thread-safe: one thread drains at a time.
// The consumer does the least that can be called reading: it adds up every word of every record.
#pragma once

#include <linux/types.h>

#include <cstddef>
#include <vector>

#include "floor.h"

struct ring_buffer;

class FloorReader {
 public:
  virtual ~FloorReader() = default;
  virtual void drain() = 0;

  __u64 events() const { return events_; }
  __u64 overwritten() const { return overwritten_; }
  __u64 checksum() const { return checksum_; }

 protected:
  __u64 events_ = 0;
  __u64 overwritten_ = 0;
  __u64 checksum_ = 0;
};

// The mmapable array `rings_fd` holds a floor_ring per CPU; cursors[cpu].produced says how far each has been written.
class OwnRingReader : public FloorReader {
 public:
  OwnRingReader(int rings_fd, const floor_cursor* cursors, size_t cpus);
  ~OwnRingReader() override;
  OwnRingReader(const OwnRingReader&) = delete;
  OwnRingReader& operator=(const OwnRingReader&) = delete;
  void drain() override;

 private:
  const floor_ring* rings_;
  const floor_cursor* cursors_;
  std::vector<__u64> consumed_;
};

// Makes a BPF ring buffer for every CPU and puts it into the map of maps `rings_fd`.
class BpfRingReader : public FloorReader {
 public:
  BpfRingReader(int rings_fd, size_t cpus);
  ~BpfRingReader() override;
  BpfRingReader(const BpfRingReader&) = delete;
  BpfRingReader& operator=(const BpfRingReader&) = delete;
  void drain() override;

 private:
  static int on_record(void* self, void* record, size_t size);
  void add_ring(int rings_fd, __u32 cpu);

  std::vector<int> fds_;
  ring_buffer* buffers_ = nullptr;
};
