// SPDX-License-Identifier: Apache-2.0
#include "trace/write/open_block.h"

#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <new>

namespace ebpftrace::trace {

uint32_t BlockStrings::add(std::string_view text, uint32_t cut, uint32_t flags) {
  if ((entries_.size() + 1) * 2 > slots_.size()) grow();
  const uint64_t hash = XXH3_64bits_withSeed(text.data(), text.size(), uint64_t{cut} << 2 | flags);
  const size_t mask = slots_.size() - 1;
  size_t i = hash & mask;
  for (; slots_[i].generation == generation_; i = (i + 1) & mask) {
    if (slots_[i].hash != hash) continue;
    const Entry& entry = entries_[slots_[i].number - 1];
    if (entry.cut == cut && entry.flags == flags &&
        text == std::string_view(bytes_.data() + entry.offset, entry.length))
      return slots_[i].number;
  }
  entries_.push_back({static_cast<uint32_t>(bytes_.size()), static_cast<uint32_t>(text.size()), cut, flags});
  bytes_.insert(bytes_.end(), text.begin(), text.end());
  slots_[i] = {generation_, static_cast<uint32_t>(entries_.size()), hash};
  return slots_[i].number;
}

void BlockStrings::clear() {
  entries_.clear();
  bytes_.clear();
  if (++generation_ == 0) {  // wrapped: the slots' stamps would look current
    slots_.assign(slots_.size(), {});
    generation_ = 1;
  }
}

void BlockStrings::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  const size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.generation != generation_) continue;
    size_t i = slot.hash & mask;
    while (slots_[i].generation == generation_) i = (i + 1) & mask;
    slots_[i] = slot;
  }
}

// A stride of a power of two would put the same row of every column into the same cache set. Pages of calloc() are 0 without
// having been written.
OpenBlock::OpenBlock(const EventType& type, size_t capacity)
    : type_(&type),
      capacity_(capacity),
      stride_(capacity + 72),
      cells_(static_cast<uint64_t*>(std::calloc(type.columns.size() * stride_, sizeof(uint64_t)))) {
  if (!cells_) throw std::bad_alloc();
  if (type.transport == schema::Transport::PER_CPU_RING) cpu_column_ = type.column("cpu");
}

void OpenBlock::clear_cells(uint64_t columns, size_t first, size_t count) {
  for (unsigned i = 0; i < std::min<size_t>(type_->columns.size(), kTracked); ++i)
    if (columns >> i & 1) std::fill_n(column(i) + first, count, 0);
}

void OpenBlock::write_alike(uint64_t columns) const {
  alike_ &= ~columns;
  for (; columns; columns &= columns - 1) {
    const auto index = static_cast<unsigned>(std::countr_zero(columns));
    std::fill_n(cells_.get() + index * stride_, rows_, alike_values_[index]);
  }
}

// A column that every row sets will be set by every row again: no need to clear it.
void OpenBlock::start(uint32_t cpu) {
  if (rows_) {
    const uint64_t dirty = set_ & clean_;
    const uint64_t left = dirty & set_by_all_ & ~cpu_bit();
    clear_cells(dirty & ~left, 0, rows_);
    clean_ &= ~left;
  }
  set_ = 0;
  set_by_all_ = kAll;
  alike_ = 0;
  rows_ = 0;
  cpu_ = cpu;
  carried_ = false;
  strings_.clear();
}

size_t OpenBlock::append(const OpenBlock& from, size_t first, size_t count) {
  count = std::min(count, capacity_ - rows_);
  write_alike();
  from.write_alike();
  const auto entries = from.strings_.entries();
  const auto bytes = from.strings_.bytes();
  string_numbers_.assign(entries.size() + 1, 0);
  size_t taken = count;
  for (unsigned i = 0; i < type_->columns.size(); ++i) {
    if (from.is_zero(i)) continue;
    const uint64_t* const source = from.cells_.get() + i * from.stride_ + first;
    uint64_t* const to = column(i) + rows_;
    if (!type_->columns[i].is_text()) {
      std::copy_n(source, count, to);
      continue;
    }
    for (size_t row = 0; row < taken; ++row) {
      const uint64_t number = source[row];
      uint32_t& own = string_numbers_[number];
      if (number && !own) {
        if (strings_.bytes().size() > kMaxStringBytes) {
          taken = row;
          break;
        }
        const BlockStrings::Entry& entry = entries[number - 1];
        own = strings_.add({bytes.data() + entry.offset, entry.length}, entry.cut, entry.flags);
      }
      to[row] = own;
    }
  }
  uint64_t set = from.set_;
  if (cpu_column_ && cpu_ == kNoCpu) {
    if (from.cpu_ != kNoCpu) std::fill_n(column(*cpu_column_) + rows_, taken, from.cpu_);
    set |= cpu_bit();
  }
  clear_cells(~(clean_ | set), rows_, taken);
  clear_cells(set, rows_ + taken, count - taken);
  if (taken) {
    set_ |= set;
    set_by_all_ &= set;
  }
  rows_ += taken;
  return taken;
}

std::vector<std::pair<uint32_t, size_t>> OpenBlock::rows_by_cpu() const {
  if (cpu_ != kNoCpu || !cpu_column_) return {{cpu_, rows_}};
  std::vector<std::pair<uint32_t, size_t>> rows;
  const auto cpus = values(*cpu_column_);
  for (size_t i = 0; i < rows_; ++i) {
    const auto cpu = static_cast<uint32_t>(cpus[i]);
    if (rows.empty() || rows.back().first != cpu) rows.emplace_back(cpu, 0);
    ++rows.back().second;
  }
  return rows;
}

bool OpenBlock::set_text(unsigned index, const text_size& size, std::span<const std::byte>& rest) {
  const uint32_t original = size.original & TEXT_LENGTH;
  uint32_t flags = 0;
  if (size.original & TEXT_UNREADABLE) flags |= STRING_UNREADABLE;
  if (size.original & TEXT_AT_LEAST) flags |= STRING_AT_LEAST;
  if (size.stored > rest.size() || (!(flags & STRING_UNREADABLE) && original < size.stored)) return false;
  std::string_view text(reinterpret_cast<const char*>(rest.data()), size.stored);
  rest = rest.subspan(size.stored);
  set_string(index, text, original - size.stored, flags);
  return true;
}

}  // namespace ebpftrace::trace
