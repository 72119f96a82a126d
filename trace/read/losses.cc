// SPDX-License-Identifier: Apache-2.0
#include "trace/read/losses.h"

namespace ebpftrace::trace {

std::string reason_name(uint16_t reason) {
  switch (static_cast<schema::Count::What>(reason)) {
    case schema::Count::What::PRODUCED:
      return "produced";
    case schema::Count::What::RING_FULL:
      return "ring full";
    case schema::Count::What::NESTED:
      return "nested";
    case schema::Count::What::MAP_FULL:
      return "map full";
    case schema::Count::What::MISSED:
      return "probe missed";
    case schema::Count::What::QUEUE_FULL:
      return "queue full";
    case schema::Count::What::DISK:
      return "disk";
    case schema::Count::What::DAMAGED:
      return "record damaged";
  }
  return "reason " + std::to_string(reason);
}

}  // namespace ebpftrace::trace
