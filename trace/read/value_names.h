// SPDX-License-Identifier: Apache-2.0
// The names of a column's values, by the trace itself (Catalogue.values). A value without a name, which a later
// recorder may have, is its number. Immutable after construction; safe to use from several threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/catalogue.h"
#include "trace/format/trace.capnp.h"

namespace ebpftrace::trace {

// One set. What it was made of is hostile: names that are not short printable ASCII are not taken.
class ValueNames {
 public:
  ValueNames() = default;
  explicit ValueNames(ValueSet set);

  const std::string& name() const { return set_.name; }
  bool is_flags() const { return set_.is_flags; }
  bool empty() const { return set_.values.empty(); }
  // By value; of flags, in the trace's order.
  const std::vector<NamedValue>& values() const { return set_.values; }

  // The name of exactly this value. Good for as long as this lives.
  std::optional<std::string_view> find(uint64_t value) const;
  // "drop"; of flags every name with `between` between them, and in hexadecimal what has none.
  void append(std::string& out, uint64_t value, std::string_view between = "|") const;
  std::string text(uint64_t value, std::string_view between = "|") const;

 private:
  ValueSet set_;
};

class ValueSets {
 public:
  ValueSets() = default;
  // Throws kj::Exception on a malformed message, and if it is too large to be one.
  explicit ValueSets(capnp::List<schema::NamedValues>::Reader sets);

  // An empty set if the trace has none of that name. Good for as long as this lives, moved or not.
  const ValueNames& find(std::string_view name) const;
  const std::vector<ValueNames>& all() const { return sets_; }

 private:
  std::vector<ValueNames> sets_;  // by name
};

}  // namespace ebpftrace::trace
