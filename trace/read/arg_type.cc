// SPDX-License-Identifier: Apache-2.0
#include "trace/read/arg_type.h"

#include <unordered_map>

namespace ebpftrace::trace {

ArgKind arg_kind(std::string_view type) {
  using enum ArgKind;
  static const std::unordered_map<std::string_view, ArgKind> kinds = {
      {"-", kUnused},
      {"fd", kFd},
      {"dirfd", kDirfd},
      {"newfd", kInt},
      {"int", kInt},
      {"pid", kInt},
      {"uint", kUint},
      {"size", kSize},
      {"offset", kOffset},
      {"hex", kHex},
      {"arg", kHex},
      {"aioctx", kHex},
      {"hexoffset", kHex},
      {"pageoffset", kPageOffset},
      {"mode", kMode},
      {"create_mode", kCreateMode},
      {"file_mode", kFileMode},
      {"dev", kDevice},
      {"signal", kSignal},
      {"uid", kId},
      {"gid", kId},
      {"ipckey", kIpcKey},
      {"path", kPath},
      {"futex_wake_op", kFutexWakeOp},
      {"flags:shmget", kIpcFlags},
      {"flags:semget", kIpcFlags},
      {"flags:msgget", kIpcFlags},
      {"enum:ioctl", kIoctl},
      {"enum:quotactl", kQuota},
      {"enum:sockopt", kSocketOption},
      {"enum:socket_protocol", kSocketProtocol},
  };
  if (const auto found = kinds.find(type); found != kinds.end()) return found->second;
  return type.starts_with("flags:") || type.starts_with("enum:") ? kSymbols : kPointer;
}

}  // namespace ebpftrace::trace
