# SPDX-License-Identifier: Apache-2.0
# What events.capnp says of its types and columns beyond their Cap'n Proto types. Read by reflection: the
# generator (schema/generate) at build time, the recorder when it writes the catalogue into a trace, the docs.
@0xd1a5c0f6f0a3b7e1;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("ebpftrace::schema");

enum Transport {
  # How a record travels from the BPF program to the recorder.
  perCpuRing @0;   # the CPU's own mmapable ring: one writer (sys_exit), highest rate
  lifeRing @1;     # shared BPF ring buffer for process life: syscall noise can't evict it
  fileRing @2;     # shared BPF ring buffer for file descriptions
  recorder @3;     # made by the recorder itself, in the same struct
}

enum Coding {
  # How a column is stored (encoding and layout); docs/trace-format.md gives the bytes. A column of equal values is always stored as one.
  packed @0;       # value - smallest, in as many bytes as that needs
  delta @1;        # zigzag difference to the row before
  afterEnd @2;     # sized, the zigzag difference to the end (this column + the one named in codingOf) of the thread's last row
  byCall @3;       # grouped, the zigzag difference to the last row with the same (thread, number, number of the thread's row before)
  grouped @4;      # as packed; the rows of one thread and call number lie together
  sized @5;        # as packed; each row in as many bits as it needs
}

enum Display {
  integer @0;
  time @1;         # ns since the trace's start
  duration @2;     # ns
  bytes @3;
  hex @4;
  signed @5;       # two's complement in 64 bits
  path @6;
  text @7;
  errno @8;        # negative values are errno names
  syscall @9;      # a number of the system call catalogue
  flags @10;
  bootTime @11;    # ns of boot time, absolute
  content @12;     # what a call's pointer arguments led to; see row_layout.h, struct content_item
  sockaddr @13;    # struct sockaddr as the kernel's user interface has it
}

struct EventInfo {
  id @0 :UInt16;             # on disk for ever; never reused
  name @1 :Text;             # in the command line's and the docs' spelling
  hook @2 :Text;             # where in the kernel it is taken
  transport @3 :Transport;
  dictionary @4 :Bool;       # describes a thread or file that other events refer to by id
}

# Explicit ids: catalogue.cc finds the annotations by them (Cap'n Proto generates no names for C++).
annotation event @0xa3f1c5d7e9b20411 (struct) :EventInfo;
annotation doc @0xa3f1c5d7e9b20412 (struct, field) :Text;
annotation unit @0xa3f1c5d7e9b20413 (field) :Text;
annotation display @0xa3f1c5d7e9b20414 (field) :Display;
annotation coding @0xa3f1c5d7e9b20415 (field) :Coding;
annotation codingOf @0xa3f1c5d7e9b20416 (field) :Text;      # name of the other column that a coding needs
annotation group @0xa3f1c5d7e9b20418 (field) :UInt8;         # which part of a block holds the column, from 0; see frame.h
annotation refersTo @0xa3f1c5d7e9b20417 (field) :Text;      # "thread", "file", "cgroup", "interface" or "rule": the value is the id of such a description
annotation values @0xa3f1c5d7e9b20419 (field) :Text;        # which set of values.capnp has the names of the column's values
