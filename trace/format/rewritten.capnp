# SPDX-License-Identifier: Apache-2.0
# How a file was made of another one: the message of a frame of kind 7, behind the catalogue. A recorder writes none.
# docs/trace-format.md describes it.
@0xd5a1c64b9f07e213;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("ebpftrace::schema");

struct Rewritten {
  steps @0 :List(Step);         # the oldest first

  struct Step {
    what @0 :Text;              # "slice", "redaction"
    program @1 :Text;           # and its version
    choice @2 :Text;            # which events are left, as options of ebpf-analyze; empty: all
    source @3 :Data;            # recording id of what it was made of; empty: not told
    leftOut @4 :List(LeftOut);  # only what is not 0
  }

  struct LeftOut {
    type @0 :UInt16;            # event type id
    rows @1 :UInt64;            # that the source had and this file hasn't
  }
}
