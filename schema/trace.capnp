# SPDX-License-Identifier: Apache-2.0
# The messages inside a trace file's frames. docs/trace-format.md describes the file around them.
@0xe2f41f0a8b6d7c35;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("ebpftrace::schema");
using import "annotations.capnp".Coding;
using import "annotations.capnp".Display;

# ---- frame kind 1, first in every file -------------------------------------------------------------------------

struct TraceHeader {
  recorderVersion @0 :Text;
  host @1 :Host;
  start @2 :ClockPair;
  probe @3 :Text;               # back end: "tracepoint"
  commandLine @4 :List(Data);   # of the recorder
  events @5 :List(EventType);   # the catalogue this trace was written with
  syscalls @6 :List(SyscallType);
  syscalls32 @7 :List(SyscallType);
  ringBytesPerCpu @8 :UInt64;
  filter @9 :Text;              # "all", or what was chosen
  symbols @10 :List(SymbolNames); # names for the values of the argument types enum:X and flags:X
  part @11 :UInt32;             # of a recording in several files, from 1; 0: it is in one
}

struct Host {
  kernel @0 :Text;              # uname -r
  machine @1 :Text;             # uname -m
  possibleCpus @2 :UInt32;
  pageSize @3 :UInt32;
  memoryBytes @4 :UInt64;
}

struct ClockPair {
  bootNs @0 :UInt64;            # CLOCK_BOOTTIME
  realNs @1 :Int64;             # CLOCK_REALTIME
}

struct EventType {
  id @0 :UInt16;
  name @1 :Text;
  doc @2 :Text;
  hook @3 :Text;
  dictionary @4 :Bool;
  columns @5 :List(ColumnType); # in the order of Block.columns
}

struct ColumnType {
  name @0 :Text;
  bits @1 :UInt8;               # 8, 16, 32, 64; 0: text, the column holds indexes into Block.strings
  unit @2 :Text;
  display @3 :Display;
  doc @4 :Text;
  refersTo @5 :Text;            # "thread" or "file"
}

# A row of the system call catalogue (the rows themselves are in syscalls.capnp).
struct SyscallType {
  number @0 :UInt16;
  name @1 :Text;
  alias @2 :Text;               # the family it belongs to: open, openat, openat2 and creat are "open"
  result @3 :Text;              # see syscalls.capnp
  groups @4 :List(Text);        # "file", "network", ... as strace's %file, %network
  args @5 :List(SyscallArg);
  bytes @6 :ByteFlow;           # what the result counts, or instead of it the event's column moved
}

struct SyscallArg {
  name @0 :Text;
  type @1 :Text;                # semantic type, see syscalls.capnp
}

# The names that values of one argument type have, as symbols.capnp lists them. Names are looked for in order; what has
# matched takes its mask's bits away. An enum stops at its first symbol without a mask.
struct SymbolSet {
  type @0 :Text;                # "flags:open", "enum:clock", ...; "enum:sockopt:6" where another argument is 6
  symbols @1 :List(Symbol);
}

struct Symbol {
  name @0 :Text;
  value @1 :UInt64;
  mask @2 :UInt64;              # matches if (value of the argument & mask) == value. 0: of flags, value; of an enum, all bits
  rest @3 :Text;                # types of the arguments behind, by words, where this one decides that; "-" is not used
  result @4 :Text;              # the call's result where this one decides that, see syscalls.capnp
}

# The same in a trace: a third of the size.
struct SymbolNames {
  type @0 :Text;
  names @1 :Text;               # each followed by a line feed
  values @2 :List(UInt64);      # as many as there are names
  masks @3 :List(UInt64);       # the same; empty if all are 0
  decides @4 :List(Decision);   # only symbols that have a rest or a result
}

struct Decision {
  symbol @0 :UInt16;            # position
  rest @1 :Text;
  result @2 :Text;
}

enum ByteFlow {
  none @0;
  read @1;                      # the result is the number of bytes read from the call's descriptor
  write @2;
  both @3;                      # moved from one descriptor to another: counts as read and as written
  copied @4;                    # likewise, but still there: only looked at in the first, written to the second
}

# ---- frame kind 2: rows of one event type, from one CPU, in the order they were recorded ------------------------

struct Block {
  columns @0 :List(Column);     # as many as the type has in the catalogue, or fewer: the missing ones are all 0
  strings @1 :Strings;          # what this block's text columns refer to
}

struct Column {
  base @0 :UInt64;
  data @1 :Data;                # width byte planes of count bytes each, least significant first
  encoding @2 :Encoding;
  width @3 :UInt8;              # 0..8
  other @4 :UInt16;             # afterEnd: index of the duration column
}

enum Encoding {
  constant @0;                  # every row is base; no data
  packed @1;                    # row = base + stored
  delta @2;                     # row = row before (base for the first) + unzigzag(stored)
  afterEnd @3;                  # row = end of the thread's last row (or of the row before, or base) + unzigzag(stored)
  byCall @4;                    # row = last row in the same place of the same thread (0 if none) + unzigzag(stored)
}

struct Strings {
  # String 0 is "no text" and is not stored; string i (1..count) is row i-1 of these.
  count @0 :UInt32;
  length @1 :Column;            # bytes kept
  cut @2 :Column;               # bytes that the original had more than that
  flags @3 :Column;             # 1 unreadable (length is 0), 2 the original is at least that long
  bytes @4 :Data;               # one after the other, each without its shared bytes
  shared @5 :Column;            # bytes at its front that are those of the string before; at most its length
}

# ---- frame kind 3: written about once a second and last of all -----------------------------------------------------

struct Status {
  clock @0 :ClockPair;
  counts @1 :List(Count);       # since the recording began; only what is not 0
  recorder @2 :RecorderCost;
  final @3 :Bool;               # the recording ended in order; nothing is unaccounted for
  stoppedBy @4 :Text;           # "command exited", "SIGINT", ... when final
}

struct Count {
  # produced = recorded + sum of lost, for every CPU and type. "recorded" is the sum of the frames' event counts.
  cpu @0 :UInt32;               # 0xffffffff: not known which
  type @1 :UInt16;              # event type id
  what @2 :What;
  count @3 :UInt64;
  enum What {
    produced @0;
    ringFull @1;                # the consumer was too slow
    nested @2;                  # scratch memory was in use by the program this one interrupted
    mapFull @3;                 # no memory for the thread's state
    missed @4;                  # the kernel skipped the probe (recursion)
    queueFull @5;               # the disk was too slow
    disk @6;                    # the file could not be written
    damaged @7;                 # the recorder found a record that makes no sense
  }
}

struct RecorderCost {
  userNs @0 :UInt64;
  systemNs @1 :UInt64;
  maxRssBytes @2 :UInt64;
  bpfNs @3 :UInt64;             # run time of the BPF programs where the kernel counts it, else 0
  bpfRuns @4 :UInt64;
  ringPeakBytes @5 :UInt64;     # most that any CPU's ring held
}

# ---- frame kind 4, last but for the end mark: a hint; everything in it can be rebuilt from the frame headers -----

struct Index {
  frames @0 :UInt32;
  offset @1 :Column;
  kind @2 :Column;
  type @3 :Column;
  cpu @4 :Column;
  count @5 :Column;
  firstNs @6 :Column;
  lastNs @7 :Column;
  storedBytes @8 :Column;
  rawBytes @9 :Column;
}
