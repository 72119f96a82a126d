// SPDX-License-Identifier: Apache-2.0
// What several columns of system calls need of a row.
#pragma once

#include <array>

#include "analyzer/api/session.h"
#include "analyzer/fields/column.h"
#include "analyzer/query/call_flow.h"
#include "schema/values.h"

namespace ebpftrace::analyzer {

MakeColumn stored_number_column(std::string stored, bool is_signed);
MakeColumn stored_text_column(std::string stored);
// Whether any of these bits of the column `flags` is set.
MakeColumn flag_column(uint64_t bits);

class CallNumber {
 public:
  explicit CallNumber(Rows& rows) : rows_(rows), number_(rows.need("number")), flags_(rows.need("flags")) {}
  uint64_t number(size_t row) const { return rows_.stored(number_)[row]; }
  uint64_t flags(size_t row) const { return rows_.stored(flags_)[row]; }
  bool unfinished(size_t row) const { return (flags(row) & SYSCALL_UNFINISHED) != 0; }
  // nullptr: the trace's table doesn't know it.
  const trace::SyscallType* type(size_t row) const {
    return rows_.session()
        .trace()
        .catalogue()
        .table(flags(row) & SYSCALL_COMPAT)
        .find(static_cast<uint32_t>(number(row)));
  }
  // Tells calls of both tables apart.
  uint64_t variant(size_t row) const { return (flags(row) & SYSCALL_COMPAT) << 31 | (number(row) & 0xffffffff); }

 private:
  Rows& rows_;
  unsigned number_, flags_;
};

}  // namespace ebpftrace::analyzer
