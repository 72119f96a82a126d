// SPDX-License-Identifier: Apache-2.0
#include "analyzer/dictionaries/file_facts.h"

#include <sys/stat.h>

#include <unordered_map>

#include "trace/read/block.h"

namespace ebpftrace::analyzer {
namespace {

constexpr size_t kMostFacts = 1u << 19;  // 32 bytes each, and some 60 while they are read
constexpr size_t kMostSockets = 1u << 17;

struct Identity {
  uint64_t inode, device_and_generation;
  bool operator==(const Identity&) const = default;
};
struct HashIdentity {
  size_t operator()(const Identity& id) const {
    return (id.inode ^ id.device_and_generation * 0x9e3779b97f4a7c15u) * 0xff51afd7ed558ccdu;
  }
};
struct Known {
  uint32_t same, last_id;
};

}  // namespace

FileFacts::FileFacts(const trace::Trace& trace) {
  std::unordered_map<Identity, Known, HashIdentity> known;
  enum { kInode, kFile, kDevice, kGeneration, kMode, kType, kProtocol, kLocal, kRemote, kNetns, kNode };
  trace::Block block(
      trace, "file",
      {"inode", "file", "device", "generation", "mode", "socketType", "protocol", "local", "remote", "netns", "rdev"});
  bool full = false;
  for (const uint32_t position : trace.blocks_of("file")) {
    if (!block.load(trace.frames()[position])) continue;
    while (block.next_tile())
      for (size_t i = 0; i < block.tile_rows(); ++i) {
        auto value = [&](unsigned column) { return block.column(column)[i]; };
        const auto id = static_cast<uint32_t>(value(kFile));
        if (!id || index_.find(id)) continue;  // each part of a recording describes it again
        if (facts_.size() > kMostFacts) {
          full = true;
          continue;
        }
        // All anonymous inodes are one inode, and a name of theirs is for ever: an id for each kind.
        const bool anonymous = (value(kMode) & S_IFMT) == 0;
        const Identity identity{anonymous ? id : value(kInode),
                                anonymous ? UINT64_MAX : value(kDevice) << 32 | value(kGeneration)};
        auto [at, first] = known.try_emplace(identity, Known{static_cast<uint32_t>(known.size() + 1), id});
        if (!first) {
          facts_[index_.find(at->second.last_id)].next = id;
          at->second.last_id = id;
        }
        const bool is_node = S_ISCHR(value(kMode)) || S_ISBLK(value(kMode));
        FileFact fact{value(kInode), static_cast<uint32_t>(value(is_node ? kNode : kDevice)), at->second.same};
        if (S_ISSOCK(value(kMode))) {
          auto text = [&](unsigned column) {
            const auto kept = value(column) ? arena_.keep(block.text(value(column)).bytes.substr(0, 128))
                                            : std::optional(std::string_view());
            full |= !kept;
            return kept.value_or(std::string_view());
          };
          if (sockets_.size() <= kMostSockets) {
            fact.socket = static_cast<uint32_t>(sockets_.size());
            sockets_.push_back({static_cast<uint32_t>(value(kNetns)), static_cast<uint16_t>(value(kType)),
                                static_cast<uint16_t>(value(kProtocol)), text(kLocal), text(kRemote)});
          } else {
            full = true;
          }
        }
        index_.set(id, static_cast<uint32_t>(facts_.size()));
        facts_.push_back(fact);
      }
  }
  if (full) trace.shortfalls().report("more files are described than this program keeps; of the rest little is known");
}

}  // namespace ebpftrace::analyzer
