#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Filters and groups equal a slow, obvious reference. usage: filters_test.py ANALYZE SEED FILTERS TRACE..."""
import collections
import json
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import reference  # noqa: E402

ANALYZE, SEED, FILTERS, TRACES = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
GROUPS = [["path"], ["process"], ["pid"], ["user"], ["error"], ["process", "syscall"], ["cpu", "failed"], ["file_type", "class"],
          ["result"], ["cwd", "path"]]


def of_calls(rows):
    return [row for row in rows if "duration_ns" in row]


def grouped(rows, by):
    groups = collections.defaultdict(list)
    for row in rows:
        groups[tuple(row.get(name) for name in by)].append(row)
    return groups


class Filters(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(SEED)

    def each(self):
        for trace in TRACES:
            rows = reference.events(ANALYZE, trace)
            self.assertTrue(rows, trace)
            yield trace, rows, reference.Maker(self.random, rows)

    def test_events(self):
        passed = set()
        for trace, rows, maker in self.each():
            for _ in range(FILTERS):
                text, meaning = maker.expression()
                wanted = [row for row in rows if meaning(row)]
                with self.subTest(trace=os.path.basename(trace), filter=text):
                    self.assertEqual(reference.events(ANALYZE, trace, "--filter", text), wanted)
                passed.add(0 if not wanted else 2 if len(wanted) == len(rows) else 1)
        self.assertEqual(passed, {0, 1, 2})  # none, some and all passed at some time: the filters are not all alike

    def test_columns_say_what_the_lines_say(self):
        """Fields that both forms of --events have."""
        for trace, rows, _ in self.each():
            lines = [json.loads(line) for line in reference.run(ANALYZE, trace, "--events", "--format", "json").splitlines()]
            self.assertEqual(len(lines), len(rows))
            for line, row in zip(lines, rows):
                for name in ("time_ns", "cpu", "pid", "tid", "process", "event", "duration_ns", "result"):
                    self.assertEqual(line[name], row.get(name), (name, line))
                if "duration_ns" in row:
                    self.assertEqual(line["path"], row.get("path"), line)
                    self.assertEqual(line.get("bytes"), row.get("bytes"), line)
                    self.assertEqual(line.get("cwd"), row.get("cwd"), line)

    def test_from_and_to(self):
        for trace, rows, maker in self.each():
            for _ in range(max(2, FILTERS // 10)):
                start, end = sorted(max(0, maker.value("time_ns")) for _ in range(2))
                wanted = [row for row in rows if start <= row["time_ns"] < end]
                with self.subTest(trace=os.path.basename(trace), range=(start, end)):
                    self.assertEqual(reference.events(ANALYZE, trace, "--from", f"{start}ns", "--to", f"{end}ns"), wanted)

    def test_groups_of_calls(self):
        for trace, rows, maker in self.each():
            calls = of_calls(rows)
            for by in GROUPS:
                text, meaning = maker.expression(2)
                chosen = [row for row in calls if meaning(row)]
                with self.subTest(trace=os.path.basename(trace), by=by, filter=text):
                    self.check_syscalls(trace, by, text, chosen)
                    self.check_bytes(trace, by, text, chosen)

    def test_the_usual_groups(self):
        for trace, rows, maker in self.each():
            calls = of_calls(rows)
            for _ in range(max(2, FILTERS // 10)):
                text, meaning = maker.expression(2)
                chosen = [row for row in calls if meaning(row)]
                wanted = {key[0]: len(group) for key, group in grouped(chosen, ["syscall"]).items()}
                with self.subTest(trace=os.path.basename(trace), filter=text):
                    found = reference.answer(ANALYZE, trace, "--syscalls", "--filter", text)
                    self.assertEqual({row["syscall"]: row["calls"] for row in found}, wanted)
                    found = reference.answer(ANALYZE, trace, "--top-io", "--filter", text)
                    wanted = {key[0]: sum(row.get("read_bytes", 0) for row in group)
                              for key, group in grouped(chosen, ["pid"]).items()}
                    self.assertEqual({row["pid"]: row["read_bytes"] for row in found if row["read_bytes"]},
                                     {pid: read for pid, read in wanted.items() if read})

    def check_syscalls(self, trace, by, text, chosen):
        found = reference.answer(ANALYZE, trace, "--syscalls", "--by", ",".join(by), "--filter", text)
        self.assertEqual(list(found[0])[:len(by)] if found else by, by)
        wanted = {}
        for key, group in grouped(chosen, by).items():
            timed = [row["duration_ns"] for row in group if not row["unfinished"] and not row["began_before"]]
            wanted[key] = (len(group), sum(row["failed"] for row in group), sum(row["duration_ns"] for row in group),
                           min(timed, default=None), max(timed, default=None))
        self.assertEqual({tuple(row[name] for name in by): (row["calls"], row["errors"], row["total_ns"], row["min_ns"],
                                                            row["max_ns"]) for row in found}, wanted)
        totals = [row["total_ns"] for row in found]
        self.assertEqual(totals, sorted(totals, reverse=True))

    def check_bytes(self, trace, by, text, chosen):
        wanted = {}
        for key, group in grouped(chosen, by).items():
            bytes_of = tuple(sum(row.get(name, 0) for row in group) for name in ("read_bytes", "write_bytes", "peeked_bytes"))
            if any(bytes_of):
                wanted[key] = bytes_of
        found = {}
        for row in reference.answer(ANALYZE, trace, "--top-io", "--by", ",".join(by), "--filter", text):
            bytes_of = (row["read_bytes"], row["write_bytes"], row["peeked_bytes"])
            if any(bytes_of):
                found[tuple(row[name] for name in by)] = bytes_of
        self.assertEqual(found, wanted)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
