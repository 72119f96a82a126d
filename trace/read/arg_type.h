// SPDX-License-Identifier: Apache-2.0
// The semantic argument types of schema/syscalls.capnp as an enum: looked up once per catalogue, not once per event.
#pragma once

#include <cstdint>
#include <string_view>

namespace ebpftrace::trace {

class SymbolSet;

enum class ArgKind : uint8_t {
  kUnused,          // "-": not shown
  kFd,              // 3</etc/passwd>
  kDirfd,           // the same, or AT_FDCWD
  kInt,             // 32 bits, signed
  kUint,            // 32 bits
  kSize,            // 64 bits
  kOffset,          // 64 bits, signed
  kHex,             // 0x10, 0
  kPageOffset,      // in pages; 0x1000 for 1
  kMode,            // 0644
  kCreateMode,      // the same, if the open flags before it make a file
  kFileMode,        // S_IFREG|0644
  kDevice,          // makedev(0x8, 0x1); not shown behind a file mode that is no device
  kSignal,          // SIGTERM
  kId,              // uid and gid: -1 or unsigned
  kIpcKey,          // 0x1234 or IPC_PRIVATE
  kIpcFlags,        // IPC_CREAT|0600
  kPath,            // "text" from the columns path, path2
  kSymbols,         // by their set
  kSocketOption,    // by the set for the argument before it
  kSocketProtocol,  // by the set for the second argument before it
  kIoctl,           // by the set, else _IOC(_IOC_READ, 0x54, 0x1, 0x4)
  kFutexWakeOp,     // FUTEX_OP_SET<<28|0<<12|FUTEX_OP_CMP_GT<<24|0x1
  kQuota,           // QCMD(Q_GETQUOTA, USRQUOTA)
  kPointer,         // 0x7ffe1000 or NULL
};

struct ArgType {
  ArgKind kind = ArgKind::kPointer;
  const SymbolSet* symbols = nullptr;  // of kSymbols and the like; nullptr: the trace has no such set
  std::string_view structure =
      {};  // of kPointer, where another argument decides what it leads to; else the call's row says it
};

// Types that this program doesn't know are pointers.
ArgKind arg_kind(std::string_view type);

}  // namespace ebpftrace::trace
