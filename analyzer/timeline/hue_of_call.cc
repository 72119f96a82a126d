// SPDX-License-Identifier: Apache-2.0
#include "analyzer/timeline/hue_of_call.h"

#include <algorithm>
#include <array>

#include "analyzer/query/call_flow.h"
#include "analyzer/query/group_rows.h"

namespace ebpftrace::analyzer {
namespace {

constexpr uint8_t kRest = static_cast<uint8_t>(CallClass::kOther);

constexpr std::array<const char*, kCallClasses> kErrors = {"ENOENT", "EAGAIN, EINTR", "EINVAL, EBADF",
                                                           "EEXIST", "other errors",  "no error"};
constexpr std::array<const char*, kCallClasses> kDurations = {"10 µs to 100 µs", "100 µs to 1 ms", "1 ms to 10 ms",
                                                              "1 µs to 10 µs",   "10 ms and more", "less than 1 µs"};

uint8_t of_error(uint64_t result) {
  if (!is_error(result)) return kRest;
  switch (0 - result) {
    case 2:
      return 0;
    case 11:
    case 4:
    case 512:
      return 1;
    case 22:
    case 9:
      return 2;
    case 17:
      return 3;
    default:
      return 4;
  }
}

uint8_t of_duration(uint64_t ns) {
  if (ns < 1'000) return 5;
  if (ns < 10'000) return 3;
  if (ns < 100'000) return 0;
  if (ns < 1'000'000) return 1;
  return ns < 10'000'000 ? 2 : 4;
}

}  // namespace

std::string_view class_name(CallClass of) {
  static constexpr std::array<std::string_view, kCallClasses> kNames = {"file",   "network",      "process",
                                                                        "memory", "signal / ipc", "other"};
  return static_cast<size_t>(of) < kNames.size() ? kNames[static_cast<size_t>(of)] : std::string_view();
}

HueOfCall::HueOfCall(const Session& session, const std::string& colour_by) : session_(session) {
  if (colour_by.empty() || colour_by == "class") {
    for (unsigned i = 0; i < kCallClasses; ++i) legend_.emplace_back(class_name(static_cast<CallClass>(i)));
  } else if (colour_by == "errno") {
    how_ = How::kErrno;
    legend_.assign(kErrors.begin(), kErrors.end());
  } else if (colour_by == "duration" || colour_by == "duration_ns") {
    how_ = How::kDuration;
    legend_.assign(kDurations.begin(), kDurations.end());
  } else {
    how_ = How::kField;
    const Relation* calls = session.relation("syscalls");
    field_ = group_fields(*calls, {colour_by}).front();
  }
}

void HueOfCall::set_values(std::vector<std::string> values) {
  values.resize(std::min<size_t>(values.size(), kRest));
  values_ = std::move(values);
  legend_ = values_;
  legend_.resize(kRest);
  legend_.emplace_back("all others");
}

std::string HueOfCall::text(const Session& session, const KeyGroups& groups, uint32_t group) const {
  if (group == KeyGroups::kOthers) return {};
  const Cell cell = cell_of_value(session, *field_, groups.key(group, 0));
  if (const auto* text = std::get_if<std::string>(&cell)) return text->substr(0, 60);
  if (const auto* number = std::get_if<uint64_t>(&cell)) return std::to_string(*number);
  if (const auto* number = std::get_if<int64_t>(&cell)) return std::to_string(*number);
  if (const auto* truth = std::get_if<bool>(&cell)) return *truth ? "true" : "false";
  return {};
}

uint8_t HueOfCall::of_group(const KeyGroups& groups, uint32_t group, std::vector<uint8_t>& known) const {
  if (group == KeyGroups::kOthers) return kRest;
  if (group >= known.size()) known.resize(group + 64, Pixel::kNone);
  uint8_t& hue = known[group];
  if (hue == Pixel::kNone) {
    const std::string value = text(session_, groups, group);
    const auto found = std::find(values_.begin(), values_.end(), value);
    hue = value.empty() || found == values_.end() ? kRest : static_cast<uint8_t>(found - values_.begin());
  }
  return hue;
}

uint8_t HueOfCall::of(const Timeline::State& state, const CallKind& kind, const CallView& call) const {
  switch (how_) {
    case How::kErrno:
      return of_error(call.result);
    case How::kDuration:
      return of_duration(call.duration_ns);
    default:
      return static_cast<uint8_t>(state.class_of(kind, call.file));
  }
}

}  // namespace ebpftrace::analyzer
