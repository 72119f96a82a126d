// SPDX-License-Identifier: Apache-2.0
// One thing that changes what processes have open, where they are or what runs in them; and in which order things do.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

namespace ebpftrace::analyzer {

struct ChangeKey {
  uint64_t time_ns;  // when it takes effect: an open when it returns, a close when it begins
  uint32_t frame;    // position in Trace::frames()
  uint32_t row;
  uint32_t part;  // of the row

  auto operator<=>(const ChangeKey&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it
};

struct Change {
  enum class What : uint8_t {
    kRuns,  // a process was there when its part of the recording began; text: arguments, text2: program, text3: directory
    kIsOpen,       // and had this open: fd, file, value: O_* flags
    kUses,         // fd is file
    kOpens,        // fd, file, value: O_* flags
    kReceives,     // the same, but of a file that is open elsewhere
    kDuplicates,   // other is fd
    kCloses,       // fd, file
    kClosesRange,  // fd to other; value: CLOSE_RANGE_*
    kMakesPipe,    // fd to read, other to write
    kMakesSockets,
    kSetsCloseOnExec,  // fd, value
    kSetsFlags,        // fd, value: O_*
    kSeeks,            // fd, file, value: where to
    kMoves,            // fd, file, value: bytes read, value2: written
    kBinds,            // fd, file: it has other addresses now
    kConnects,         // likewise
    kBeginsToConnect,
    kFailsToConnect,
    kListens,
    kAccepts,    // from fd: so it listens
    kShutsDown,  // fd, value: SHUT_*
    kEnds,       // fd: its other end sends no more
    kUnshares,
    kForks,  // other: the new thread, value: CLONE_*
    kExecs,  // file: its program, value: id of its directory, text: arguments
    kExits,
    kEndsProcess,
    kIsAt,     // file: the directory
    kUnlinks,  // value: hash of the path
    kRenames,  // value: hash of the old path; text, text2: old and new path
    kExchanges,
  };

  ChangeKey key;
  uint32_t thread = 0;  // kRuns, kIsOpen: the process
  uint32_t fd = 0, other = 0;
  uint32_t file = 0;
  uint64_t value = 0, value2 = 0;
  std::string_view text, text2, text3;
  What what = What::kUses;
  bool close_on_exec = false;
  bool connected = false;  // kOpens: it is one end of a connection
  bool at_offset = false;  // kMoves: the file's own offset stays
};

inline uint64_t path_hash(std::string_view path) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : path) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
  return hash;
}

}  // namespace ebpftrace::analyzer
