// SPDX-License-Identifier: Apache-2.0
#include "floor_reader.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace {

constexpr __u32 bytes_per_bpf_ring = 8 << 20;

__u64 sum_of(const floor_record& record) {
  return record.time_ns + record.pid_tgid + record.result + record.number + record.duration_ns + record.args[0] +
         record.args[1] + record.args[2];
}

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

OwnRingReader::OwnRingReader(int rings_fd, const floor_cursor* cursors, size_t cpus)
    : cursors_(cursors), consumed_(cpus) {
  void* rings = mmap(nullptr, cpus * sizeof(floor_ring), PROT_READ, MAP_SHARED, rings_fd, 0);
  if (rings == MAP_FAILED) fail("mmap of own_rings");
  rings_ = static_cast<const floor_ring*>(rings);
}

OwnRingReader::~OwnRingReader() { munmap(const_cast<floor_ring*>(rings_), consumed_.size() * sizeof(floor_ring)); }

void OwnRingReader::drain() {
  for (size_t cpu = 0; cpu < consumed_.size(); cpu++) {
    const __u64 produced = __atomic_load_n(&cursors_[cpu].produced, __ATOMIC_ACQUIRE);
    __u64& at = consumed_[cpu];
    if (produced - at > FLOOR_RING_RECORDS) {
      overwritten_ += produced - at - FLOOR_RING_RECORDS;
      at = produced - FLOOR_RING_RECORDS;
    }
    __u64 sum = 0;
    for (__u64 i = at; i < produced; i++) sum += sum_of(rings_[cpu].records[i % FLOOR_RING_RECORDS]);
    checksum_ += sum;
    events_ += produced - at;
    at = produced;
  }
}

BpfRingReader::BpfRingReader(int rings_fd, size_t cpus) {
  for (__u32 cpu = 0; cpu < cpus; cpu++) add_ring(rings_fd, cpu);
}

BpfRingReader::~BpfRingReader() {
  ring_buffer__free(buffers_);
  for (int fd : fds_) close(fd);
}

void BpfRingReader::add_ring(int rings_fd, __u32 cpu) {
  const int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "floor_ring", 0, 0, bytes_per_bpf_ring, nullptr);
  if (fd < 0) fail("BPF_MAP_CREATE of a ring buffer");
  fds_.push_back(fd);
  if (bpf_map_update_elem(rings_fd, &cpu, &fd, BPF_ANY) < 0) fail("BPF_MAP_UPDATE_ELEM of bpf_rings");
  if (!buffers_) {
    buffers_ = ring_buffer__new(fd, on_record, this, nullptr);
    if (!buffers_) fail("ring_buffer__new");
  } else if (ring_buffer__add(buffers_, fd, on_record, this) < 0) {
    fail("ring_buffer__add");
  }
}

int BpfRingReader::on_record(void* self, void* record, size_t) {
  auto* reader = static_cast<BpfRingReader*>(self);
  reader->checksum_ += sum_of(*static_cast<const floor_record*>(record));
  reader->events_++;
  return 0;
}

void BpfRingReader::drain() { ring_buffer__consume(buffers_); }
