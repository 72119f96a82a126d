# SPDX-License-Identifier: Apache-2.0
# Names for the values of the argument types enum:X and flags:X of syscalls.capnp.
@0xd0f3b1c56a7e9824;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("ebpftrace::schema");
using import "trace.capnp".SymbolSet;

const symbols :List(SymbolSet) = [
  (type = "enum:whence", symbols = [(name = "SEEK_SET", value = 0), (name = "SEEK_CUR", value = 1), (name = "SEEK_END", value = 2), (name = "SEEK_DATA", value = 3), (name = "SEEK_HOLE", value = 4)]),
];
