# SPDX-License-Identifier: Apache-2.0
# What a trace says it has and lacks, by CPU and type, read by the reader that was written from docs/trace-format.md alone
# (tests/format/read_trace.py): none of our code decides whether our accounts are right.
import collections
import os
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[1:1] = [os.path.join(HERE, "../live"), os.path.join(HERE, "../format")]
import read_trace  # noqa: E402

HEADER, BLOCK, STATUS, CATALOGUE = 1, 2, 3, 5
PRODUCED = 0  # schema::Count::What; all others are reasons of losses
NO_CPU = 0xffffffff

Counts = collections.namedtuple("Counts", "produced recorded lost final")  # {(type, cpu): events}, and whether it ended in order


def counts_of(path):
    with open(path, "rb") as file:
        data = file.read()
    types, recorded, status = {}, collections.Counter(), None
    for kind, event_type, cpu, rows, root in read_trace.frames(data):
        if kind == CATALOGUE:
            types = read_trace.catalogue(root)[0]
        elif kind == STATUS:
            status = root
        elif kind == BLOCK:
            name, _, columns = types[event_type]
            if cpu == NO_CPU and any(column == "cpu" for column, _, _ in columns):
                for row in read_trace.rows_of(root, rows, columns):
                    recorded[name, row["cpu"]] += 1
            else:
                recorded[name, cpu] += rows
    produced, lost = collections.Counter(), collections.Counter()
    for count in status.structs(1):
        key = types[count.number(4, 2)][0], count.number(0, 4)
        (produced if count.number(6, 2) == PRODUCED else lost)[key] += count.number(8, 8)
    return Counts(produced, recorded, lost, bool(status.number(0, 1) & 1))


def clock_pairs(path):
    """[(boot, real)] in ns, as both clocks were at once: that of the header, then those of each status."""
    with open(path, "rb") as file:
        for kind, _, _, _, root in read_trace.frames(file.read()):
            if kind in (HEADER, STATUS):
                pair = root.struct(2 if kind == HEADER else 0)
                yield pair.number(0, 8), read_trace.signed(pair.number(8, 8))


def by_type(counts):
    """{type: events} of all CPUs."""
    sums = collections.Counter()
    for (name, _), count in counts.items():
        sums[name] += count
    return sums
