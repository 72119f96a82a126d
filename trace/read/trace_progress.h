// SPDX-License-Identifier: Apache-2.0
// Within trace.cc, trace_part.cc and trace_growth.cc: how far a trace was read.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "trace/format/catalogue_message.h"
#include "trace/read/joined_bytes.h"
#include "trace/read/trace.h"

namespace ebpftrace::trace {

inline constexpr uint64_t kSearchedBytes = 1 << 20;
inline constexpr unsigned kMaxCounts = 1u << 16;  // CPUs x types x reasons that a status, or all of them, may list

// What the recorder says of a part that another one follows.
inline constexpr std::string_view kRotated = "rotated";

inline std::shared_ptr<const Catalogue> shared_built_in_catalogue() {
  static const auto catalogue = std::make_shared<const Catalogue>(built_in_catalogue());
  return catalogue;
}

// Which catalogue a frame holds.
struct CatalogueKey {
  uint32_t raw_bytes, stored_bytes;
  uint64_t checksum;
  bool operator==(const CatalogueKey&) const = default;
};

inline std::shared_ptr<const TraceBytes> join(const std::vector<std::shared_ptr<const TraceBytes>>& files) {
  if (files.size() == 1) return files.front();
  auto joined = std::make_shared<JoinedBytes>();
  for (const auto& file : files) joined->add(file);
  return joined;
}

// How far the last part was read, and what the parts before it have come to.
struct Trace::Progress {
  std::vector<std::shared_ptr<const TraceBytes>> files;  // of all parts

  struct Part {
    FrameDirectory directory;
    bool preamble = false, header = false, catalogue = false;  // have been looked at
    bool left_out = false;
    bool start_unknown = false;   // its header is missing, and nothing before it has said when the recording began
    uint64_t first_checksum = 0;  // of the payload of its first frame
    size_t status_from = 0;       // frames before that are looked through
    uint64_t status_offset = 0;
    bool final = false;  // its last status can be read and accounts for everything
    std::vector<Loss> lost, produced;
    std::string stopped_by;
    std::vector<EarlierRows> earlier;
  } part;

  // Of those before it that were not left out.
  unsigned parts_before = 0;
  bool known_before = true, closed_before = false;
  uint32_t number_before = 0;
  size_t frames_before = 0;  // where the one right before begins
  std::vector<EarlierRows> earlier_before;
  std::vector<Loss> lost_in_one_before;
  std::map<std::tuple<uint32_t, uint16_t, uint16_t>, uint64_t> lost_before;
  std::optional<CatalogueKey> catalogue;  // that catalogue_ is from; none: the built-in one has to do
};

}  // namespace ebpftrace::trace
