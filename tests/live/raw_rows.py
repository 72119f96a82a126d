# SPDX-License-Identifier: Apache-2.0
# The rows of a trace as the reader of tests/format has them, with the items of the column `content` (docs/trace-format.md).
import collections
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "format"))
import read_trace  # noqa: E402

Item = collections.namedtuple("Item", "arg flags original bytes")
UNREADABLE, AT_ENTRY, PART, AT_LEAST = 1, 2, 4, 8
NAME, VECTOR, BUFFER, CONTROL, FILES = (kind << 4 for kind in range(1, 6))  # of a part


def items(content):
    at, found = 0, []
    while at < len(content or b""):
        arg, flags, stored, original = struct.unpack_from("<BBHI", content, at)
        assert at + 8 + stored <= len(content), "an item that overruns its row"
        found.append(Item(arg, flags, original, content[at + 8 : at + 8 + stored]))
        at += 8 + stored
    return found


class Rows:
    """Everything in a trace: calls (with .name, .items), and rows of other types by the type's name."""

    def __init__(self, path):
        self.of = collections.defaultdict(list)
        with open(path, "rb") as file:
            data = file.read()
        types, names = {}, [{}, {}]
        for kind, event_type, _, count, root in read_trace.frames(data):
            if kind == 5:
                types, _, names = read_trace.catalogue(root)
            if kind != 2:
                continue
            name, _, columns = types[event_type]
            for row in read_trace.rows_of(root, count, columns):
                if name == "syscall":
                    row["name"] = names[row["flags"] >> 1 & 1].get(row["number"], (None,))[0]
                    row["items"] = items(row["content"])
                    row["result"] = read_trace.signed(row["result"])
                self.of[name].append(row)
        self.of["syscall"].sort(key=lambda row: row["timeNs"])
        self.files = {row["file"]: row for row in self.of["file"]}

    def calls(self, *names):
        return [row for row in self.of["syscall"] if row["name"] in names]
