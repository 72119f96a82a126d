// SPDX-License-Identifier: Apache-2.0
#include "recorder/drain/drain.h"

#include <algorithm>
#include <atomic>

#include "bpf/records.h"
#include "recorder/choice/environment.h"
#include "recorder/drain/syscall_rows.h"
#include "recorder/event_columns.h"
#include "recorder/output/file_path.h"

namespace ebpftrace::recorder {

using What = schema::Count::What;

namespace {

// How far ahead of the record that is looked at: it lies in the cache of another CPU, and may be the only one to say where the
// next one is.
constexpr size_t kPrefetchBytes = 2048;

// Records that are taken over together. Their bytes stay in the first cache meanwhile.
constexpr size_t kBatch = 64;

// Records of one kind in a row from which on they are taken over as such, and how many at once.
constexpr size_t kLeastAlike = 8, kMostAlike = 128;

// The record with the path that make_path() makes of the components behind it; empty if it is too short.
template <typename Record, typename MakePath>
std::vector<std::byte> with_path(std::span<const std::byte> bytes, MakePath make_path) {
  if (bytes.size() < sizeof(Record)) return {};
  Record record;
  std::memcpy(&record, bytes.data(), sizeof record);
  const auto texts = bytes.subspan(sizeof record);
  const size_t components = std::min<size_t>(record.path.stored, texts.size());
  const std::string path = make_path(record, texts.first(components));
  const auto rest = texts.subspan(components);
  std::vector<std::byte> whole(sizeof record + path.size() + rest.size());
  record.path.stored = static_cast<uint32_t>(path.size());
  record.path.original = record.path.stored;  // what was cut is the front: three dots say so
  std::memcpy(whole.data(), &record, sizeof record);
  std::memcpy(whole.data() + sizeof record, path.data(), path.size());
  std::copy(rest.begin(), rest.end(), whole.end() - static_cast<std::ptrdiff_t>(rest.size()));
  return whole;
}

}  // namespace

Drain::Drain(const std::vector<EventType>& catalogue, CpuRings rings, BlockQueue& queue, LossLedger& losses,
             std::function<void()> consume_shared)
    : rings_(rings),
      queue_(queue),
      losses_(losses),
      consume_shared_(std::move(consume_shared)),
      syscalls_(rings.cpus),
      heads_(rings.cpus),
      peaks_(rings.cpus) {
  for (const EventType& type : catalogue) types_.at(type.id) = &type;
  for (const EventType& type : catalogue)
    for (const ColumnType& column : type.columns)
      for (const EventType& described : catalogue)
        if (type.dictionary && &described != &type && described.name == column.refers_to)
          needs_[type.id].push_back(described.id);
}

trace::OpenBlock* Drain::open(BlockPtr& slot, const EventType& type, uint32_t cpu) {
  if (slot && slot->full()) seal(slot);
  if (!slot) {
    slot = queue_.take(type, cpu);
    if (slot && carrying_ && type.dictionary) slot->carry();
  }
  return slot.get();
}

void Drain::seal(BlockPtr& slot) {
  if (!slot || slot->empty()) return;
  for (const uint16_t type : needs_[slot->type().id]) seal(others_[type]);
  if (!slot->type().dictionary)
    for (BlockPtr& other : others_)
      if (other && other->type().dictionary) seal(other);
  queue_.push(std::move(slot));
}

void Drain::flush() {
  for (BlockPtr& block : others_) seal(block);
  flush_calls();
  last_flush_ = std::chrono::steady_clock::now();
}

// 64 CPUs with some calls each would else be 64 frames.
void Drain::flush_calls() {
  std::vector<BlockPtr*> small;
  for (BlockPtr& block : syscalls_) {
    if (!block || block->empty()) continue;
    if (block->rows() < kOwnBlockRows && !block->full())
      small.push_back(&block);
    else
      seal(block);
  }
  BlockPtr shared;
  for (BlockPtr* block : small) {
    if (shared && !shared->has_room_for(**block)) queue_.push(std::move(shared));
    if (!shared && block != small.back()) shared = queue_.take((*block)->type(), trace::kNoCpu);
    if (!shared) {  // the last one is alone, or there is none to be had
      seal(*block);
      continue;
    }
    shared->append(**block, 0, (*block)->rows());
    (*block)->start((*block)->cpu());
  }
  if (shared) queue_.push(std::move(shared));
}

void Drain::begin_carrying() {
  flush();
  carrying_ = true;
}

void Drain::end_part() {
  flush();
  carrying_ = false;
  queue_.push_mark();
}

bool Drain::add_call(const record_head& head, std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(record_head) + SYSCALL_FIXED) return false;
  const auto& call = *reinterpret_cast<const syscall_record*>(bytes.data() + sizeof(record_head));
  if (head.cpu >= syscalls_.size() || !plausible(call, bytes.size() - sizeof(record_head))) return false;
  trace::OpenBlock* rows = open(syscalls_[head.cpu], type(EVENT_SYSCALL), head.cpu);
  if (!rows) {
    losses_.add(head.cpu, EVENT_SYSCALL, What::QUEUE_FULL, 1);
    return true;
  }
  return append_syscall(*rows, call);
}

void Drain::add_exec(trace::OpenBlock& rows, std::span<const std::byte> bytes) {
  exec_record record;
  if (bytes.size() < sizeof record) return losses_.add(trace::kNoCpu, EVENT_EXEC, What::DAMAGED, 1);
  std::memcpy(&record, bytes.data(), sizeof record);
  std::vector<std::byte> whole(bytes.begin(), bytes.end());
  if (const size_t all = record.env.stored; all && all <= bytes.size() - sizeof record) {
    const auto area = bytes.last(all);
    const std::string kept = chosen_variables({reinterpret_cast<const char*>(area.data()), area.size()}, variables_);
    const uint32_t unseen = (record.env.original & TEXT_LENGTH) - record.env.stored;
    record.env.stored = static_cast<uint32_t>(kept.size());
    record.env.original = record.env.stored + unseen;
    whole.resize(whole.size() - all + kept.size());
    std::memcpy(whole.data(), &record, sizeof record);
    std::memcpy(whole.data() + whole.size() - kept.size(), kept.data(), kept.size());
  }
  if (!append_exec(rows, whole)) losses_.add(record.head.cpu, EVENT_EXEC, What::DAMAGED, 1);
}

void Drain::add_shared(std::span<const std::byte> bytes) {
  record_head head{};
  if (bytes.size() >= sizeof head) std::memcpy(&head, bytes.data(), sizeof head);
  if (head.size < sizeof head || head.size > bytes.size() || head.type >= EVENT_TYPES || !types_[head.type]) {
    losses_.add(trace::kNoCpu, head.type, What::DAMAGED, 1);
    return;
  }
  bytes = bytes.first(head.size);
  ++taken_;
  no_events_ += !types_[head.type]->is_event();
  if (head.type == EVENT_SYSCALL) {
    if (!add_call(head, bytes)) losses_.add(head.cpu, head.type, What::DAMAGED, 1);
    return;
  }
  trace::OpenBlock* rows = open(others_[head.type], type(head.type), trace::kNoCpu);
  if (!rows) {
    losses_.add(head.cpu, head.type, What::QUEUE_FULL, 1);
    return;
  }
  // The texts that are not stored as they came: a whole environment, and the components of a path, leaf first.
  if (head.type == EVENT_EXEC) return add_exec(*rows, bytes);
  if (head.type == EVENT_FILE || head.type == EVENT_CGROUP) {
    auto whole = head.type == EVENT_FILE ? with_path<file_record>(bytes, display_path)
                                         : with_path<cgroup_record>(bytes, cgroup_path);
    if (!append_record(
            head.type, [&](uint16_t) -> trace::OpenBlock& { return *rows; }, whole))
      losses_.add(head.cpu, head.type, What::DAMAGED, 1);
    return;
  }
  if (!append_record(
          head.type, [&](uint16_t) -> trace::OpenBlock& { return *rows; }, bytes))
    losses_.add(head.cpu, head.type, What::DAMAGED, 1);
}

size_t Drain::drain_cpu(uint32_t cpu, uint64_t head) {
  ring_control& control = rings_.controls[cpu];
  const ring_chunk* chunks = rings_.chunks + size_t{cpu} * rings_.chunks_per_cpu;
  uint64_t position = control.tail;
  const uint64_t used = head - position;
  if (used > rings_.bytes) {  // cannot be; don't trust what lies there
    losses_.add(cpu, EVENT_SYSCALL, What::DAMAGED, 1);
    std::atomic_ref(control.tail).store(head, std::memory_order_release);
    return 0;
  }
  ring_peak_bytes_ = std::max(ring_peak_bytes_, used);
  peaks_[cpu] = std::max(peaks_[cpu], used);
  fill_ = std::max(fill_, static_cast<double>(used) / static_cast<double>(rings_.bytes));
  size_t taken = 0;
  while (position < head) {
    trace::OpenBlock* rows = open(syscalls_[cpu], type(EVENT_SYSCALL), cpu);
    if (!rows) break;  // the ring keeps them
    do {
      std::array<const syscall_record*, kBatch + kLeastAlike> plain;
      size_t count = 0, alike = 0;
      // The one behind them: a loop begins with it (of `alike` records), it has extras, or makes no sense.
      const syscall_record* other = nullptr;
      const size_t room = rows->capacity() - rows->rows();
      while (count < std::min(kBatch, room) && position < head) {
        const ring_chunk& chunk = chunks[position >> CHUNK_SHIFT & (rings_.chunks_per_cpu - 1)];
        const size_t offset = position & (CHUNK_BYTES - 1);
        const auto& record = *reinterpret_cast<const syscall_record*>(chunk.bytes + offset);
        __builtin_prefetch(chunk.bytes + offset + kPrefetchBytes);
        if (record.extras || !plausible(record, head - position)) {
          other = &record;
          break;
        }
        const size_t size = record.size, in_chunk = (CHUNK_BYTES - offset + size - 1) / size;  // that begin in it
        const size_t most = std::min({kMostAlike, room - count, in_chunk, (head - position) / size});
        alike = count_alike(record, most, kPrefetchBytes);
        // A loop goes on behind what there is so far.
        if (alike >= kLeastAlike || alike == most) {
          other = &record;
          break;
        }
        position += alike * size;
        for (const auto* at = reinterpret_cast<const std::byte*>(&record); alike; --alike, at += size)
          plain[count++] = reinterpret_cast<const syscall_record*>(at);
      }
      if (count) append_plain_syscalls(*rows, std::span(plain).first(count));
      taken += count + alike;
      if (alike) {
        append_alike_syscalls(*rows, *other, alike);
        position += alike * other->size;
        continue;
      }
      if (!other) continue;
      if (!plausible(*other, head - position) || !append_syscall(*rows, *other)) {
        losses_.add(cpu, EVENT_SYSCALL, What::DAMAGED, 1);
        position = head;
        break;
      }
      position += other->size;
      ++taken;
    } while (position < head && !rows->full());
    // Room for the producer as soon as possible, but not a cache line's trip per record.
    std::atomic_ref(control.tail).store(position, std::memory_order_release);
  }
  taken_ += taken;
  return taken;
}

size_t Drain::pass() {
  const uint64_t before = taken_;
  for (uint32_t cpu = 0; cpu < rings_.cpus; ++cpu)
    heads_[cpu] = std::atomic_ref(rings_.controls[cpu].head).load(std::memory_order_acquire);
  consume_shared_();
  fill_ = 0;
  caught_up_ = true;
  for (uint32_t cpu = 0; cpu < rings_.cpus; ++cpu) {
    if (heads_[cpu] != rings_.controls[cpu].tail) drain_cpu(cpu, heads_[cpu]);
    caught_up_ &= rings_.controls[cpu].tail == heads_[cpu];
  }
  if (std::chrono::steady_clock::now() - last_flush_ >= kFlushInterval) flush();
  return taken_ - before;
}

}  // namespace ebpftrace::recorder
