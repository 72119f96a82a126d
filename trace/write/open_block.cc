// SPDX-License-Identifier: Apache-2.0
#include "trace/write/open_block.h"

#include <xxhash.h>

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

// A stride of a power of two would put the same row of every column into the same cache set.
OpenBlock::OpenBlock(const EventType& type, size_t capacity)
    : type_(&type),
      capacity_(capacity),
      stride_(capacity + 72),
      cells_(std::make_unique_for_overwrite<uint64_t[]>(type.columns.size() * stride_)) {}

bool OpenBlock::set_text(unsigned index, const text_size& size, std::span<const std::byte>& rest) {
  const uint32_t original = size.original & TEXT_LENGTH;
  const uint32_t flags = (size.original & TEXT_UNREADABLE ? 1 : 0) | (size.original & TEXT_AT_LEAST ? 2 : 0);
  if (size.stored > rest.size() || (!(flags & 1) && original < size.stored)) return false;
  std::string_view text(reinterpret_cast<const char*>(rest.data()), size.stored);
  rest = rest.subspan(size.stored);
  set_string(index, text, original - size.stored, flags);
  return true;
}

}  // namespace ebpftrace::trace
