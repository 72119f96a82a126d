// SPDX-License-Identifier: Apache-2.0
// What a trace says about itself: event types with their columns, and the system call tables. Columns are found by
// name, calls by number, always through the trace's own tables. Immutable after construction.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/catalogue.h"
#include "trace/format/trace.capnp.h"
#include "trace/read/symbols.h"
#include "trace/read/value_names.h"

namespace ebpftrace::trace {

enum class ByteFlow : uint8_t { kNone, kRead, kWrite, kBoth, kCopied };

// SyscallType.result, looked up.
enum class ResultKind : uint8_t { kValue, kFd, kAddress, kOctal, kSymbols, kNone };
ResultKind result_kind(std::string_view result);

struct SyscallArg {
  std::string name;
  std::string type;  // semantic type, see schema/syscalls.capnp
  ArgType how;       // the same, looked up; its set is the catalogue's
};

struct SyscallType {
  uint32_t number = 0;
  std::string name;
  std::string alias;
  std::string result;
  std::string classes;  // strace's %file, %network ..., separated by commas
  std::vector<SyscallArg> args;
  ByteFlow bytes = ByteFlow::kNone;
  ResultKind result_kind = ResultKind::kValue;
  const SymbolSet* result_symbols = nullptr;  // if result names a set
  bool is_clone = false, is_exec = false;     // calls whose arguments are found, or shown, in their own way
};

class SyscallTable {
 public:
  SyscallTable() = default;
  // The types' symbol sets are those of `symbols`, which must live as long as this.
  // Throws kj::Exception on a malformed message.
  SyscallTable(schema::CallTable::Reader rows, const SymbolSets& symbols);

  // Numbers of x32 calls, too, from now on: as "x32:NAME". Of the table of 64-bit programs.
  void add_x32();

  // nullptr: the table doesn't know it.
  const SyscallType* find(uint32_t number) const {
    if (number >= index_.size()) return find_x32(number);
    return index_[number] ? &types_[index_[number] - 1] : nullptr;
  }
  std::string name(uint32_t number) const;  // "syscall_0x3e7" if unknown
  const std::vector<SyscallType>& types() const { return types_; }
  const std::vector<SyscallType>& x32_types() const { return x32_types_; }

 private:
  const SyscallType* find_x32(uint32_t number) const;

  std::vector<SyscallType> types_, x32_types_;
  std::vector<uint32_t> index_;      // number -> position + 1
  std::vector<uint32_t> x32_index_;  // the same, without the x32 bit
};

struct Catalogue {
  std::vector<EventType> types;
  SymbolSets symbols;
  ValueSets values;
  SyscallTable syscalls;
  SyscallTable syscalls32;

  const EventType* type(uint16_t id) const;
  const EventType* type(std::string_view name) const;
  // The names of that column's values; none if it has none.
  const ValueNames& values_of(std::string_view type, std::string_view column) const;
  const SyscallTable& table(bool is_32bit) const { return is_32bit ? syscalls32 : syscalls; }
};

// May throw kj::Exception on a malformed message.
Catalogue read_catalogue(schema::Catalogue::Reader message);
// The one this program was built with, for a trace whose header is damaged.
Catalogue built_in_catalogue();

}  // namespace ebpftrace::trace
