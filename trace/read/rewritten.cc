// SPDX-License-Identifier: Apache-2.0
#include "trace/read/rewritten.h"

#include <algorithm>
#include <cstring>

#include "trace/format/rewritten.capnp.h"
#include "trace/read/frame_message.h"

namespace ebpftrace::trace {
namespace {

constexpr unsigned kMostSteps = 64, kMostTypes = 1u << 16;

std::string text(capnp::Text::Reader value) { return {value.begin(), value.end()}; }

}  // namespace

std::vector<RewritingStep> read_rewriting(const Trace& trace) {
  std::vector<RewritingStep> steps;
  constexpr size_t kFirstFrames = 4;  // header, catalogue, this one
  for (size_t position = 0; position < std::min(trace.frames().size(), kFirstFrames); ++position) {
    const Frame frame = trace.frames()[position];
    if (frame.kind != kRewrittenFrame) continue;
    FramePayload payload;
    read_message<schema::Rewritten>(payload, trace.bytes(), frame, trace.damage(),
                                    [&](schema::Rewritten::Reader message) {
                                      for (auto from : message.getSteps()) {
                                        if (steps.size() == kMostSteps) break;
                                        RewritingStep& step = steps.emplace_back();
                                        step.what = text(from.getWhat());
                                        step.program = text(from.getProgram());
                                        step.choice = text(from.getChoice());
                                        if (from.getSource().size() == sizeof(Id))
                                          std::memcpy(&step.source.emplace(), from.getSource().begin(), sizeof(Id));
                                        const auto left_out = from.getLeftOut();
                                        for (unsigned i = 0; i < std::min(left_out.size(), kMostTypes); ++i)
                                          step.left_out.push_back({left_out[i].getType(), left_out[i].getRows()});
                                      }
                                    });
  }
  return steps;
}

}  // namespace ebpftrace::trace
