// SPDX-License-Identifier: Apache-2.0
// The Cap'n Proto message in a frame.
#pragma once

#include <capnp/serialize.h>
#include <kj/exception.h>

#include "trace/read/frame_payload.h"

namespace ebpftrace::trace {

// Calls read(root) with the frame's message. False: damaged, and reported.
template <typename Message, typename Read>
bool read_message(FramePayload& payload, const TraceBytes& bytes, const Frame& frame, DamageLog& damage, Read&& read) {
  const auto words = payload.load(bytes, frame, damage);
  if (words.empty()) return false;
  try {
    capnp::FlatArrayMessageReader message(kj::arrayPtr(words.data(), words.size()), FramePayload::limits(words));
    read(message.getRoot<Message>());
    return true;
  } catch (const kj::Exception&) {
    damage.report(frame.offset, "frame holds no sound message");
    return false;
  }
}

}  // namespace ebpftrace::trace
