// SPDX-License-Identifier: Apache-2.0
// What decides a call's hue: its class, its error, how long it took, or one of the values of a field that take most of the time.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/timeline/call_scan.h"
#include "analyzer/timeline/timeline_state.h"

namespace ebpftrace::analyzer {

class HueOfCall {
 public:
  // Of a field: reads the calls of those blocks to find which values come first. Throws AskError if there is no such field.
  HueOfCall(const Session& session, const std::string& colour_by);

  bool by_class() const { return how_ == How::kClass; }
  // Whether sums by thread and call can tell.
  bool by_number() const { return how_ == How::kClass; }
  const std::optional<predicate::Field>& field() const { return field_; }
  const std::vector<std::string>& legend() const { return legend_; }

  // Of a field: these are the values that have a hue of their own, the first of all first.
  void set_values(std::vector<std::string> values);
  // Of a worker's group.
  uint8_t of_group(const KeyGroups& groups, uint32_t group, std::vector<uint8_t>& known) const;

  uint8_t of(const Timeline::State& state, const CallKind& kind, const CallView& call) const;
  // A key as people read it; empty: there is none.
  std::string text(const Session& session, const KeyGroups& groups, uint32_t group) const;

 private:
  enum class How { kClass, kErrno, kDuration, kField };
  How how_ = How::kClass;
  const Session& session_;
  std::optional<predicate::Field> field_;
  std::vector<std::string> legend_, values_;
};

}  // namespace ebpftrace::analyzer
