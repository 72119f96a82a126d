#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the questions about calls say equals a slow, obvious reference, with filters, ranges and groups.
usage: questions_test.py ANALYZE SEED FILTERS TRACE..."""
import collections
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import reference  # noqa: E402

ANALYZE, SEED, FILTERS, TRACES = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
BUCKET_NS = 5_000_000
SUMS = ["mapped_bytes", "unmapped_bytes", "file_bytes", "heap_bytes", "calls"]
GROUPS = [["pid"], ["process", "syscall"], ["path"], ["error", "cpu"], ["file_type"]]


def grouped(rows, by):
    groups = collections.defaultdict(list)
    for row in rows:
        groups[tuple(row.get(name) for name in by)].append(row)
    return groups


def keyed(rows, by, *names):
    """By the keys, the values of other columns; and nothing is there twice."""
    found = {}
    for row in rows:
        key = tuple(row[name] for name in by)
        assert key not in found, key
        found[key] = tuple(row[name] for name in names)
    return found


def of_type(event, kind):
    """Whether it is an event of that type: system calls have names like exit and fork, too."""
    return event["event"] == kind and "syscall" not in event


class Questions(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        self.random = random.Random(SEED)

    def each(self):
        """Traces with what is asked of them: options, and the calls and exits that pass."""
        for trace in TRACES:
            rows = reference.events(ANALYZE, trace)
            self.assertTrue(rows, trace)
            extra = reference.events_with(ANALYZE, trace, ["args.op", "args.len", "args.flags", "args.addr", "args.old_len",
                                                           "args.new_len", "child_tid", "child_pid"])
            for row, more in zip(rows, extra, strict=True):
                row.update(more)
            maker = reference.Maker(self.random, [{name: value for name, value in row.items() if not name.startswith("args.")}
                                                  for row in rows])
            yield trace, [], rows
            for _ in range(FILTERS):
                text, meaning = maker.expression(2)
                yield trace, ["--filter", text], [row for row in rows if meaning(row)]
            start, end = sorted(max(0, maker.value("time_ns")) for _ in range(2))
            if start < end:
                yield trace, ["--from", f"{start}ns", "--to", f"{end}ns"], [row for row in rows if start <= row["time_ns"] < end]

    def each_with_groups(self, own):
        for trace, options, rows in self.each():
            calls = [row for row in rows if "duration_ns" in row]
            for by in [own] + [self.random.choice(GROUPS)]:
                with self.subTest(trace=os.path.basename(trace), options=options, by=by):
                    yield trace, options + ([] if by is own else ["--by", ",".join(by)]), calls, by

    def ask(self, trace, *options):
        return reference.answer(ANALYZE, trace, *options)

    def test_errors(self):
        for trace, options, calls, by in self.each_with_groups(["syscall", "error", "path"]):
            wanted = {}
            for key, group in grouped((call for call in calls if call["failed"]), by).items():
                times = [call["time_ns"] for call in group]
                wanted[key] = (len(group), min(times), max(times), sum(call["duration_ns"] for call in group))
            found = self.ask(trace, "--errors", *options)
            self.assertEqual(keyed(found, by, "errors", "first_ns", "last_ns", "total_ns"), wanted)
            counts = [row["errors"] for row in found]
            self.assertEqual(counts, sorted(counts, reverse=True))
            if by == ["pid"]:
                self.assertTrue(all(row["processes"] == 1 for row in found))

    def test_slowest(self):
        for trace, options, calls in ((t, o, [r for r in rows if "duration_ns" in r]) for t, o, rows in self.each()):
            for count in (1, 20, 0):
                with self.subTest(trace=os.path.basename(trace), options=options, count=count):
                    found = self.ask(trace, "--slowest", *options, "-n", str(count))
                    durations = sorted((call["duration_ns"] for call in calls), reverse=True)
                    self.assertEqual([row["duration_ns"] for row in found], durations[:count or 10_000])
                    known = collections.Counter((call["duration_ns"], call["time_ns"], call.get("tid"), call["syscall"],
                                                 call.get("result"), call.get("path")) for call in calls)
                    listed = collections.Counter(tuple(row[name] for name in ("duration_ns", "time_ns", "tid", "syscall", "result", "path"))
                                                 for row in found)
                    self.assertFalse(listed - known)
                    by_rows = self.ask(trace, "--slowest", *options, "-n", str(count), "--no-summaries")
                    self.assertEqual(found, by_rows)

    def test_slowest_shows_what_events_show(self):
        for trace in TRACES:
            shown = collections.defaultdict(list)
            for event in map(reference.json.loads, reference.run(ANALYZE, trace, "--events", "--format", "json").splitlines()):
                shown[(event["time_ns"], event["tid"], event["event"])].append(event["args"])
            for row in self.ask(trace, "--slowest"):
                self.assertIn(row["args"], shown[(row["time_ns"], row["tid"], row["syscall"])])

    def test_histogram(self):
        for trace, options, calls, by in self.each_with_groups([]):
            for what in ("latency", "io-latency", "size"):
                values = collections.defaultdict(list)
                for call, value in reference.histogram_values(what, calls):
                    values[tuple(call.get(name) for name in by)].append(value)
                found = self.ask(trace, "--histogram", what, *options)
                self.assertEqual(found, self.ask(trace, "--histogram", what, *options, "--no-summaries"))
                counts = collections.defaultdict(collections.Counter)
                for row in found:
                    key = tuple(row[name] for name in by)
                    self.assertEqual(row["high"], 2 * row["low"] or 1)
                    if row["count"]:
                        counts[key][row["low"]] = row["count"]
                    self.assertEqual(row["max"], max(values[key]))
                    for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99_9", 0.999)):
                        exact = reference.nearest_rank(values[key], share)
                        self.assertLessEqual(abs(row[name] - exact), exact / 31 + 1, (key, name))
                self.assertEqual(counts, {key: collections.Counter(map(reference.log2_low, of)) for key, of in values.items()})

    def test_timeline(self):
        for trace, options, calls, by in self.each_with_groups([]):
            bucket = self.random.choice([100_000, 1_000_000, 7_000_000])
            start = int(options[options.index("--from") + 1].removesuffix("ns")) if "--from" in options else 0
            found = self.ask(trace, "--timeline", "--bucket", f"{bucket}ns", *options)
            wanted = {}
            for call in calls:
                call["time_ns_of_bucket"] = start + max(0, call["time_ns"] - start) // bucket * bucket
            for key, group in grouped(calls, by + ["time_ns_of_bucket"]).items():
                timed = [call["duration_ns"] for call in group if reference.is_timed(call)]
                wanted[key] = (len(group), sum(call["failed"] for call in group), sum(call.get("read_bytes", 0) for call in group),
                               sum(call.get("write_bytes", 0) for call in group),
                               reference.nearest_rank(timed, 0.99) if timed else None)
            names = ("events", "errors", "read_bytes", "write_bytes", "p99_ns")
            answers = {key: values for key, values in keyed(found, by + ["time_ns"], *names).items() if values[0]}
            for key, values in answers.items():
                exact = wanted[key][4]
                self.assertEqual(values[4] is None, exact is None)
                if exact is not None:
                    self.assertLessEqual(abs(values[4] - exact), exact / 31 + 1)
            self.assertEqual({key: values[:4] for key, values in answers.items()},
                             {key: values[:4] for key, values in wanted.items()})
            if by:
                pids = {key: len({call["pid"] for call in group})
                        for key, group in grouped(calls, by + ["time_ns_of_bucket"]).items()}
                self.assertEqual({key: value for key, (value,) in keyed(found, by + ["time_ns"], "processes").items()}, pids)
            else:
                times = [row["time_ns"] for row in found]
                self.assertEqual(times, list(range(start, start + bucket * len(times), bucket)))

    def test_processes_alive(self):
        for trace in TRACES:
            rows = reference.events(ANALYZE, trace)
            ends = {row["pid"]: row["time_ns"] for row in rows if of_type(row, "exit") and row["last_thread"]}
            seen = collections.defaultdict(list)
            for row in rows:
                if "pid" in row:
                    seen[row["pid"]].append(row["time_ns"])
            for row in self.ask(trace, "--timeline", "--bucket", "1ms"):
                end = row["time_ns"] + 1_000_000
                # At least those that did something before it, or in it, and had not ended.
                least = sum(times[0] < end and ends.get(pid, end) >= row["time_ns"] for pid, times in seen.items())
                most = sum(ends.get(pid, end) >= row["time_ns"] for pid in seen)
                self.assertGreaterEqual(row["processes"], least, row)
                self.assertLessEqual(row["processes"], most, row)

    def test_blocked(self):
        for trace, options, calls, by in self.each_with_groups(["syscall"]):
            own = by == ["syscall"]
            wanted = {}
            for key, group in grouped(filter(reference.waits, calls), by).items():
                timed = [call["duration_ns"] for call in group if reference.is_timed(call)]
                wanted[key] = (len(group), sum(call["failed"] for call in group), sum(call["duration_ns"] for call in group),
                               max(timed, default=None))
            found = self.ask(trace, "--blocked", *options)
            if not own:
                self.assertEqual(keyed(found, by, "calls", "errors", "total_ns", "max_ns"), wanted)
                continue
            sums = collections.defaultdict(lambda: (0, 0, 0, None))
            for row in found:
                before = sums[(row["syscall"],)]
                longest = [value for value in (before[3], row["max_ns"]) if value is not None]
                sums[(row["syscall"],)] = (before[0] + row["calls"], before[1] + row["errors"], before[2] + row["total_ns"],
                                           max(longest, default=None))
            self.assertEqual(sums, wanted)

    def test_cpu(self):
        for trace, options, rows in self.each():
            exits = [row for row in rows if of_type(row, "exit")]
            everything = reference.events(ANALYZE, trace)
            ended = {row["pid"] for row in everything if of_type(row, "exit") and row["last_thread"]}
            counted = [row for row in exits if row["last_thread"] or row["pid"] not in ended]
            for by in (["pid"], ["process", "last_thread"]):
                with self.subTest(trace=os.path.basename(trace), options=options, by=by):
                    found = [row for row in self.ask(trace, "--cpu", *options, *([] if by == ["pid"] else ["--by", ",".join(by)]))
                             if row.get("of") != "machine"]
                    wanted = {key: (sum(row["user_ns"] for row in group), sum(row["system_ns"] for row in group),
                                    sum(row["voluntary_switches"] for row in group))
                              for key, group in grouped(counted, by).items()}
                    self.assertEqual(keyed(found, by, "user_ns", "system_ns", "voluntary_switches"), wanted)

    def test_memory(self):
        for trace, options, rows in self.each():
            everything = rows if "--from" in options else reference.events_with(
                ANALYZE, trace, ["time_ns", "pid", "tid", "event", "syscall", "child_pid"])
            with self.subTest(trace=os.path.basename(trace), options=options):
                life = [row for row in everything if of_type(row, "exec") or of_type(row, "fork")]
                spaces, ends = {}, {}
                first = int(options[1].removesuffix("ns")) if "--from" in options else 0
                in_use = {}  # by process and stretch of time: when it ended
                steps = sorted([row for row in rows if "syscall" in row or of_type(row, "exit")] + life,
                               key=lambda row: row["time_ns"])
                for row in steps:
                    space = spaces.setdefault(row["pid"], reference.Memory())
                    if of_type(row, "exec"):
                        space.exec()
                    elif of_type(row, "fork"):
                        if row["child_pid"] != row["pid"]:
                            child = spaces.setdefault(row["child_pid"], reference.Memory())
                            child.end_of_heap = child.first_end = space.end_of_heap
                    elif of_type(row, "exit"):
                        if row["last_thread"]:
                            ends[row["pid"]] = (row["max_rss_bytes"], row["minor_faults"], row["major_faults"])
                            space.exec()
                    else:
                        space.call(row)
                    in_use[row["pid"], max(0, row["time_ns"] - first) // BUCKET_NS] = space.in_use()
                wanted = {(pid,): space.row() + ends.get(pid, (None, None, None)) for pid, space in spaces.items()
                          if space.calls or pid in ends}
                found = self.ask(trace, "--memory", *options)
                self.assertEqual(keyed(found, ["pid"], "mapped_bytes", "unmapped_bytes", "file_bytes", "heap_bytes", "peak_bytes",
                                       "calls", "max_rss_bytes", "minor_faults", "major_faults"), wanted)
                over_time = self.ask(trace, "--memory", "--bucket", f"{BUCKET_NS}ns", *options)
                for row in over_time:
                    self.assertEqual(row["in_use_bytes"], in_use[row["pid"], (row["time_ns"] - first) // BUCKET_NS], row)
                self.assertEqual({pid: tuple(sum(row[name] for row in rows) for name in SUMS)
                                  for (pid,), rows in grouped(over_time, ["pid"]).items()},
                                 {row["pid"]: tuple(row[name] for name in SUMS) for row in found})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
