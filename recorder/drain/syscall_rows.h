// SPDX-License-Identifier: Apache-2.0
// The hot half of the drain: compact system call records of a CPU's ring -> rows.
#pragma once

#include <sys/syscall.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "bpf/records.h"
#include "recorder/event_columns.h"
#include "trace/write/open_block.h"

namespace ebpftrace::recorder {

// A record of the ring is sane: its size covers what it claims and stays within what one may have.
inline bool plausible(const syscall_record& record, size_t available) {
  return record.size <= available && record.size >= SYSCALL_FIXED + record.nargs * 8u && record.size <= SYSCALL_MAX &&
         record.nargs <= 6 && record.size % 8 == 0;
}

// The items of a record as the trace keeps them: without their padding. Nothing: they overrun their bytes.
inline std::optional<std::string> packed_items(std::span<const std::byte> items) {
  std::string packed;
  while (!items.empty()) {
    content_item item;
    if (items.size() < sizeof item) return std::nullopt;
    std::memcpy(&item, items.data(), sizeof item);
    const size_t padded = (item.stored + size_t{7}) & ~size_t{7};
    if (padded > items.size() - sizeof item) return std::nullopt;
    packed.append(reinterpret_cast<const char*>(items.data()), sizeof item + item.stored);
    items = items.subspan(sizeof item + padded);
  }
  return packed;
}

// The same of a single item, where it lies; empty: there are several, or they overrun their bytes.
inline std::string_view single_item(std::span<const std::byte> items) {
  content_item item;
  if (items.size() < sizeof item) return {};
  std::memcpy(&item, items.data(), sizeof item);
  if (items.size() - sizeof item != ((item.stored + uint64_t{7}) & ~uint64_t{7})) return {};
  return {reinterpret_cast<const char*>(items.data()), sizeof item + item.stored};
}

// What getdents(2) wrote has beside each name d_off, where the next entry is in the file system's own order: a hash on most
// (fs/ext4/dir.c), eight bytes for each name that say nothing to anybody else and that nothing packs. They are left 0.
inline void clear_directory_offsets(std::string& items) {
  for (size_t at = 0; at < items.size();) {
    content_item item;
    std::memcpy(&item, items.data() + at, sizeof item);
    at += sizeof item;
    const std::span entries(items.data() + at, item.stored);
    for (size_t entry = 0, length = 0; entry < entries.size(); entry += length) {
      const auto rest = entries.subspan(entry);  // d_ino, d_off, d_reclen: 8, 8 and 2 bytes; then the name
      if (rest.size() > 8) std::ranges::fill(rest.subspan(8, std::min<size_t>(8, rest.size() - 8)), 0);
      if (rest.size() < 18) break;
      uint16_t stored;
      std::memcpy(&stored, rest.data() + 16, sizeof stored);
      if (stored < 19) break;  // no directory
      length = stored;
    }
    at += item.stored;
  }
}

inline bool reads_directory(const syscall_record& record) {
  return !(record.flags & SYSCALL_COMPAT) && (record.number == SYS_getdents64 || record.number == SYS_getdents);
}

constexpr uint64_t column_bit(unsigned column) { return uint64_t{1} << column; }

// Sets what a record has besides its fixed part, and says so in `set`; false if that overruns the record.
inline bool set_extras(trace::OpenBlock& rows, const syscall_record& record, uint64_t& set) {
  auto set_number = [&](unsigned column, uint64_t value) {
    rows.set(column, value);
    set |= column_bit(column);
  };
  auto rest = std::span(reinterpret_cast<const std::byte*>(&record), record.size)
                  .subspan(SYSCALL_FIXED + record.nargs * size_t{8});
  if (record.extras & EXTRA_FILE2) {
    uint64_t file2;
    if (rest.size() < sizeof file2) return false;
    std::memcpy(&file2, rest.data(), sizeof file2);
    rest = rest.subspan(sizeof file2);
    set_number(syscall_columns::file2, file2);
  }
  for (const auto& [bit, column] :
       {std::pair{EXTRA_PATH, +syscall_columns::path}, {EXTRA_PATH2, +syscall_columns::path2}}) {
    if (!(record.extras & bit)) continue;
    text_size size;
    if (rest.size() < sizeof size) return false;
    std::memcpy(&size, rest.data(), sizeof size);
    rest = rest.subspan(sizeof size);
    const size_t padded = (size.stored + size_t{7}) & ~size_t{7};
    auto text = rest.first(std::min<size_t>(size.stored, rest.size()));
    if (padded > rest.size() || !rows.set_text(column, size, text)) return false;
    set |= column_bit(column);
    rest = rest.subspan(padded);
  }
  if (record.extras & EXTRA_CWD) {
    uint64_t directory;
    if (rest.size() < sizeof directory) return false;
    std::memcpy(&directory, rest.data(), sizeof directory);
    rest = rest.subspan(sizeof directory);
    set_number(syscall_columns::cwd, directory);
  }
  if (record.extras & EXTRA_CONTENT) {
    uint64_t bytes;
    if (rest.size() < sizeof bytes) return false;
    std::memcpy(&bytes, rest.data(), sizeof bytes);
    rest = rest.subspan(sizeof bytes);
    if (bytes > rest.size()) return false;
    const bool directory = reads_directory(record);
    if (const std::string_view single = single_item(rest.first(bytes)); !single.empty() && !directory) {
      rows.set_string(syscall_columns::content, single);
    } else {
      auto items = packed_items(rest.first(bytes));
      if (!items) return false;
      if (directory) clear_directory_offsets(*items);
      rows.set_string(syscall_columns::content, *items);
    }
    set |= column_bit(syscall_columns::content);
    rest = rest.subspan(bytes);
  }
  if (record.extras & EXTRA_NUMBER) {
    uint64_t number;
    if (rest.size() < sizeof number) return false;
    std::memcpy(&number, rest.data(), sizeof number);
    set_number(syscall_columns::number, static_cast<uint32_t>(number));
  }
  if (record.extras & EXTRA_MOVED) {
    uint64_t bytes[2];
    static_assert(sizeof bytes == MOVED_BYTES);
    if (rest.size() < sizeof bytes) return false;
    std::memcpy(bytes, rest.data(), sizeof bytes);
    set_number(syscall_columns::moved, bytes[0]);
    set_number(syscall_columns::peeked, bytes[1]);
  }
  return true;
}

// What every call sets.
constexpr uint64_t kCallColumns = column_bit(syscall_columns::time_ns) | column_bit(syscall_columns::duration_ns) |
                                  column_bit(syscall_columns::result) | column_bit(syscall_columns::thread) |
                                  column_bit(syscall_columns::file) | column_bit(syscall_columns::number) |
                                  column_bit(syscall_columns::flags);

constexpr uint64_t argument_bits(unsigned count) { return ((uint64_t{1} << count) - 1) << syscall_columns::arg0; }

// Records without extras, column by column: half the instructions that they take one by one. The rows must have room.
inline void append_plain_syscalls(trace::OpenBlock& rows, std::span<const syscall_record* const> records) {
  using namespace syscall_columns;
  uint64_t* const cells = rows.row_cells();
  const size_t stride = rows.stride();
  unsigned fewest = 6, most = 0;
  for (const syscall_record* record : records) {
    fewest = std::min<unsigned>(fewest, record->nargs);
    most = std::max<unsigned>(most, record->nargs);
  }
  rows.begin_rows(records.size(), kCallColumns | argument_bits(fewest));
  auto fill = [&](unsigned column, auto value_of) {
    uint64_t* const to = cells + column * stride;
    for (size_t i = 0; i < records.size(); ++i) to[i] = value_of(*records[i]);
  };
  fill(time_ns, [](const syscall_record& record) { return record.time_ns; });
  fill(duration_ns, [](const syscall_record& record) { return record.duration_ns; });
  fill(result, [](const syscall_record& record) { return static_cast<uint64_t>(record.result); });
  fill(thread, [](const syscall_record& record) { return record.thread; });
  fill(file, [](const syscall_record& record) { return record.file; });
  fill(number, [](const syscall_record& record) { return record.number; });
  fill(flags, [](const syscall_record& record) { return record.flags; });
  for (unsigned k = 0; k < fewest; ++k) fill(arg0 + k, [k](const syscall_record& record) { return record.args[k]; });
  for (unsigned k = fewest; k < most; ++k)
    for (size_t i = 0; i < records.size(); ++i)
      if (k < records[i]->nargs) cells[(arg0 + k) * stride + i] = records[i]->args[k];
  rows.end_rows(records.size(), kCallColumns | argument_bits(most), kCallColumns | argument_bits(fewest));
}

// What tells a call's kind: number, flags, the record's size, how many arguments, extras. Eight bytes of it.
inline uint64_t kind_of(const std::byte* record) {
  static_assert(offsetof(syscall_record, number) == 32 && offsetof(syscall_record, args) == 40);
  uint64_t kind;
  std::memcpy(&kind, record + offsetof(syscall_record, number), sizeof kind);
  return kind;
}

// How many of `most` records that lie one behind the other are of the first one's kind, and so of its size, and have nothing
// but arguments. To ask that of each costs less than to follow their sizes, each of which has to be there before one knows
// where the next record lies.
inline size_t count_alike(const syscall_record& first, size_t most, size_t prefetch_bytes) {
  const size_t size = first.size;
  if (size != SYSCALL_FIXED + first.nargs * size_t{8}) return 1;
  const auto* at = reinterpret_cast<const std::byte*>(&first);
  const uint64_t kind = kind_of(at);
  size_t count = 1;
  for (at += size; count < most && kind_of(at) == kind; ++count, at += size) __builtin_prefetch(at + prefetch_bytes);
  return count;
}

// Records of one kind without extras, one behind the other: a loop of one call. Of most columns all of them have the same
// value, which then is found out together, without writing any. The rows must have room.
template <unsigned Arguments>
inline void append_alike_syscalls(trace::OpenBlock& rows, const std::byte* records, size_t count) {
  using namespace syscall_columns;
  constexpr size_t kSize = SYSCALL_FIXED + Arguments * size_t{8}, kWords = kSize / 8;
  static_assert(offsetof(syscall_record, time_ns) == 0 && offsetof(syscall_record, duration_ns) == 8 &&
                offsetof(syscall_record, result) == 16 && offsetof(syscall_record, thread) == 24 &&
                offsetof(syscall_record, file) == 28);
  // In pairs, as the compiler finds no vectors here by itself.
  using Pair = uint64_t __attribute__((vector_size(16)));
  constexpr size_t kPairs = kWords / 2;
  auto pair_at = [&](size_t i, size_t pair) {
    Pair words;
    std::memcpy(&words, records + i * kSize + pair * sizeof words, sizeof words);
    return words;
  };
  auto word_at = [&](size_t i, size_t word) {
    uint64_t value;
    std::memcpy(&value, records + i * kSize + word * sizeof value, sizeof value);
    return value;
  };
  Pair first_pairs[kPairs], pairs_differ[kPairs] = {};
  for (size_t k = 0; k < kPairs; ++k) first_pairs[k] = pair_at(0, k);
  uint64_t last_differs = 0;  // of an odd number of words
  for (size_t i = 1; i < count; ++i) {
    for (size_t k = 0; k < kPairs; ++k) pairs_differ[k] |= pair_at(i, k) ^ first_pairs[k];
    if constexpr (kWords % 2) last_differs |= word_at(i, kWords - 1) ^ word_at(0, kWords - 1);
  }
  uint64_t differs[kWords];
  for (size_t k = 0; k < kPairs * 2; ++k) differs[k] = pairs_differ[k / 2][k % 2];
  if constexpr (kWords % 2) differs[kWords - 1] = last_differs;
  constexpr uint64_t kSet = kCallColumns | argument_bits(Arguments);
  rows.begin_rows(count, kSet);
  // shift, mask: where in its word the value lies.
  auto fill = [&](unsigned column, size_t word, unsigned shift = 0, uint64_t mask = UINT64_MAX) {
    if (!(differs[word] >> shift & mask)) return rows.set_alike(column, word_at(0, word) >> shift & mask, count);
    uint64_t* const to = rows.next_cells(column);
    for (size_t i = 0; i < count; ++i) to[i] = word_at(i, word) >> shift & mask;
  };
  fill(time_ns, 0);
  fill(duration_ns, 1);
  fill(result, 2);
  fill(thread, 3, 0, UINT32_MAX);
  fill(file, 3, 32, UINT32_MAX);
  fill(number, 4, 0, UINT16_MAX);
  fill(flags, 4, 16, UINT16_MAX);
  for (unsigned k = 0; k < Arguments; ++k) fill(arg0 + k, SYSCALL_FIXED / 8 + k);
  rows.end_rows(count, kSet, kSet);
}

inline void append_alike_syscalls(trace::OpenBlock& rows, const syscall_record& first, size_t count) {
  constexpr decltype(&append_alike_syscalls<0>) kByArguments[] = {
      append_alike_syscalls<0>, append_alike_syscalls<1>, append_alike_syscalls<2>, append_alike_syscalls<3>,
      append_alike_syscalls<4>, append_alike_syscalls<5>, append_alike_syscalls<6>};
  kByArguments[first.nargs](rows, reinterpret_cast<const std::byte*>(&first), count);
}

// The row must have room. False: the record makes no sense; nothing was appended.
inline bool append_syscall(trace::OpenBlock& rows, const syscall_record& record) {
  using namespace syscall_columns;
  static_assert(count <= trace::OpenBlock::kTracked);
  uint64_t* const cells = rows.row_cells();
  const size_t stride = rows.stride();
  cells[number * stride] = record.number;
  uint64_t set = kCallColumns;
  if (record.extras && !set_extras(rows, record, set)) {
    rows.drop_row(set);
    return false;
  }
  cells[time_ns * stride] = record.time_ns;
  cells[duration_ns * stride] = record.duration_ns;
  cells[result * stride] = static_cast<uint64_t>(record.result);
  cells[thread * stride] = record.thread;
  cells[file * stride] = record.file;
  cells[flags * stride] = record.flags;
  for (unsigned i = 0; i < record.nargs; ++i) cells[(arg0 + i) * stride] = record.args[i];
  static_assert(arg5 == arg0 + 5);
  rows.end_row(set | argument_bits(record.nargs));
  return true;
}

}  // namespace ebpftrace::recorder
