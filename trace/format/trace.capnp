# SPDX-License-Identifier: Apache-2.0
# The messages inside a trace file's frames. docs/trace-format.md describes the file around them.
@0xe2f41f0a8b6d7c35;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("ebpftrace::schema");
using import "/schema/annotations.capnp".Coding;
using import "/schema/annotations.capnp".Display;

# ---- frame kind 1, first in every file -------------------------------------------------------------------------

struct TraceHeader {
  recorderVersion @0 :Text;
  host @1 :Host;
  start @2 :ClockPair;
  probe @3 :Text;               # back end: "tracepoint"
  commandLine @4 :List(Data);   # of the recorder
  ringBytesPerCpu @5 :UInt64;
  filter @6 :Text;              # "all", or what was chosen
  part @7 :UInt32;              # of a recording in several files, from 1; 0: it is in one
  recordingId @8 :Data;         # 16 random bytes, the same in all parts
  utcOffsetSeconds @9 :Int32;   # of the host's time zone when it began, east of UTC positive
  earlier @10 :List(Earlier);   # what the parts before this one hold and lack
  noDurations @11 :Bool;        # --no-latency: all its system calls are flagged "no duration"
}

struct Earlier {
  type @0 :UInt16;              # event type id
  recorded @1 :UInt64;          # rows in the parts before this one
  lost @2 :UInt64;              # that they lack
}

struct Host {
  kernel @0 :Text;              # uname -r
  machine @1 :Text;             # uname -m
  possibleCpus @2 :UInt32;
  pageSize @3 :UInt32;
  memoryBytes @4 :UInt64;
  bootId @5 :Data;              # 16 bytes: /proc/sys/kernel/random/boot_id
  hostId @6 :Data;              # 16 bytes: a hash of /etc/machine-id that does not reveal it; empty if there is none
  label @7 :Text;               # what --host-label gave it
}

struct ClockPair {
  bootNs @0 :UInt64;            # CLOCK_BOOTTIME
  realNs @1 :Int64;             # CLOCK_REALTIME
}

# ---- frame kind 5, right behind the header: what does not depend on the recording ------------------------------------

struct Catalogue {
  events @0 :List(EventType);
  syscalls @1 :CallTable;       # of 64-bit programs
  syscalls32 @2 :CallTable;
  symbols @3 :SymbolTable;      # names for the values of the argument types enum:X and flags:X
  values @4 :List(NamedValues); # names for the values of columns
}

# SyscallType rows as columns. Texts are lines, one for each row, each ended by a line feed: a third of the size.
struct CallTable {
  count @0 :UInt32;
  number @1 :Column;
  bytes @2 :Data;               # a byte each: enum ByteFlow
  names @3 :Data;
  aliases @4 :Data;             # an empty line: the name
  results @5 :Data;
  groups @6 :Data;              # separated by commas
  argNames @7 :Data;            # likewise
  argTypes @8 :Data;            # likewise
}

# SymbolSet rows as columns, all symbols of all sets one after the other.
struct SymbolTable {
  sets @0 :UInt32;
  count @1 :UInt32;             # symbols
  types @2 :Data;               # of the sets; lines
  counts @3 :Column;            # symbols of each set
  shared @4 :Data;              # a byte for each symbol: how much of the front of its name is that of the symbol before
  names @5 :Data;               # the rest of each name; lines
  values @6 :Column;
  masks @7 :Column;
  decisions @8 :List(Decision); # only symbols that have a rest or a result
}

struct Decision {
  symbol @0 :UInt32;            # position
  rest @1 :Text;
  result @2 :Text;
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
  group @6 :UInt8;              # the column is in this group of a block, below 8
  values @7 :Text;              # name of the set of Catalogue.values for its values, or empty
}

struct NamedValues {
  name @0 :Text;
  flags @1 :Bool;               # a value is any number of these at once
  values @2 :List(NamedValue);
}

struct NamedValue {
  value @0 :UInt64;             # of flags: the bits
  name @1 :Text;
  doc @2 :Text;
}

# ---- frame kind 2: rows of one event type, from one CPU, in the order they were recorded ------------------------

# One group of a block's columns; frame.h says how the groups lie in the frame.
struct Block {
  columns @0 :List(Column);     # those of this group, in the catalogue's order, or fewer: the missing ones are all 0
  strings @1 :Strings;          # what the text columns of this group refer to
}

struct Column {
  base @0 :UInt64;
  data @1 :Data;                # the stored values, as layout says; nothing if width is 0
  encoding @2 :Encoding;        # what of a row is stored
  width @3 :UInt8;              # 0..8: bytes that the largest stored value takes
  other @4 :UInt16;             # afterEnd: index of the duration column in the catalogue
  layout @5 :Layout;            # how the stored values lie in data
}

enum Encoding {
  constant @0;                  # every row is base; no data
  packed @1;                    # row = base + stored
  delta @2;                     # row = row before (base for the first) + unzigzag(stored)
  afterEnd @3;                  # row = end of the thread's last row (or of the row before, or base) + unzigzag(stored)
  byCall @4;                    # row = last row in the same place of the same thread (0 if none) + unzigzag(stored)
}

enum Layout {
  planes @0;                    # width byte planes of count bytes each, least significant first
  grouped @1;                   # planes, in which the rows of one thread and call number lie together
  sized @2;                     # a byte for each row's magnitude, then as many more bits as it has, row after row
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

# ---- frame kind 4: a hint; everything in it can be rebuilt from the frame headers ------------------------------------

# The frames since the previous segment (or since the preamble), without the segments themselves. The last segment is last
# but for the end mark.
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
  previous @10 :UInt64;         # offset of the segment before; 0: this is the first
}

# ---- frame kind 6: what blocks of system calls before it hold, in a few percent of their bytes ------------------------

# Three messages in groups, as a block's columns are. Group 0:
struct Summary {
  # Blocks, in file order; those of one unit are neighbours and are summed up together.
  blocks @0 :UInt32;
  offset @1 :Column;            # of the block's frame
  rows @2 :Column;
  checksum @3 :Data;            # 8 bytes each: the frame header's payload_checksum
  unit @4 :Column;              # from 0

  # Of each unit.
  units @5 :UInt32;
  hasRows @6 :Column;           # 1: `rows` of group 1 has all of its calls
  hasLongCalls @7 :Column;      # 1: `LongCalls` of group 2 has all of its calls that took longNs or more
  firstReturnNs @8 :Column;     # of its calls that returned; 0, 0: none did
  lastReturnNs @9 :Column;

  longNs @10 :UInt64;
  total @11 :CallSums;          # of all units together; empty (where units isn't): too many different calls
  hasTotal @12 :Bool;
}

# Group 1: the rows of all units, one unit after the other.
struct UnitSums {
  unitRows @0 :Column;          # for each unit, how many rows
  sums @1 :CallSums;
}

# A row for each thread, call and kind of flags.
struct CallSums {
  rows @0 :UInt32;
  thread @1 :Column;
  number @2 :Column;
  flags @3 :Column;             # of the event's: 2 32-bit table, 128 reversed
  calls @4 :Column;
  errors @5 :Column;            # of those that returned
  unfinished @6 :Column;
  timed @7 :Column;             # neither unfinished nor begun before: what min, max and the histogram are of
  totalNs @8 :Column;           # of all calls
  minNs @9 :Column;
  maxNs @10 :Column;
  bytes @11 :Column;            # that moved: results, or the column moved, where the call counts bytes and did not fail
  peekedBytes @12 :Column;
  buckets @13 :Column;          # how many of the histogram's buckets hold anything
  # The buckets of all rows, one row's after the other's, by rising number. Durations below 16 ns have a bucket each, then there
  # are 16 for each power of two: of the value v with b bits, b >= 5, it is (b - 4) * 16 + (v >> (b - 5)) % 16.
  bucketCount @14 :UInt32;
  bucket @15 :Column;           # the first of a row as it is, the others as the distance to the one before
  count @16 :Column;
}

# Group 2: calls of at least longNs, in the order of the rows.
struct LongCalls {
  calls @0 :UInt32;
  unit @1 :Column;
  startNs @2 :Column;
  durationNs @3 :Column;
  thread @4 :Column;
  number @5 :Column;
  flags @6 :Column;             # all of the event's
  result @7 :Column;
  file @8 :Column;
}
