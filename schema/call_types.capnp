# SPDX-License-Identifier: Apache-2.0
# What syscalls.capnp and symbols.capnp are lists of.
@0xc1d7a4b2e95f3068;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("ebpftrace::schema");

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

enum ByteFlow {
  none @0;
  read @1;                      # the result is the number of bytes read from the call's descriptor
  write @2;
  both @3;                      # moved from one descriptor to another: counts as read and as written
  copied @4;                    # likewise, but still there: only looked at in the first, written to the second
}
