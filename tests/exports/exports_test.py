#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every export of a trace against --events of the same trace, with filters and ranges.
usage: exports_test.py EBPF_ANALYZE TRACE..."""
import collections
import os
import stat
import subprocess
import sys
import tempfile

import formats

ANALYZE = sys.argv[1]
CHOICES = [[], ["--filter", "failed"], ["--filter", "event == exec || read_bytes > 0"], ["--from", "5ms", "--to", "-5ms"],
           ["--filter", "process == \"nobody has this name\""]]


def check_timeline(timeline, events, start_ns):
    calls = [event for event in events if "duration_ns" in event]
    others = [event for event in events if "duration_ns" not in event]
    assert sorted((one.name, one.begin_ns, one.end_ns) for one in timeline.slices) == sorted(
        (call["event"], start_ns + call["time_ns"], start_ns + call["time_ns"] + call["duration_ns"]) for call in calls)
    assert sorted((one.name, one.time_ns) for one in timeline.instants) == sorted(
        (event["event"], start_ns + event["time_ns"]) for event in others)
    for bytes_name in ("bytes",):
        assert sum(one.arguments.get(bytes_name, 0) for one in timeline.slices) == sum(call.get("bytes", 0) for call in calls)
    errors = collections.Counter(one.arguments["error"] for one in timeline.slices if "error" in one.arguments)
    assert errors == collections.Counter(call["error"] for call in calls if "error" in call)
    # Every track has a name, and numbers of it that are those of the events.
    used = {one.track for one in timeline.slices} | {one.track for one in timeline.instants}
    assert used - {(0, 0)} == set(timeline.threads), used ^ set(timeline.threads)
    pids = {track[0] % (1 << 22) for track in used} - {0}
    assert pids == {event["pid"] for event in events if event.get("pid")}
    by_track = collections.defaultdict(list)
    for one in timeline.slices:
        by_track[one.track].append(one)
    for slices in by_track.values():
        slices.sort(key=lambda one: (one.begin_ns, one.end_ns))
        for one, after in zip(slices, slices[1:]):
            assert one.end_ns <= after.begin_ns, (one, after)
    for writer, reader in timeline.flows:
        assert writer.begin_ns <= reader.end_ns
        assert writer.arguments["bytes"] > 0 and reader.arguments["bytes"] > 0


def start_of(trace):
    """Boot time of the start, from the chrome export's first slice and the first call."""
    timeline = formats.chrome(formats.run(ANALYZE, trace, "--export", "chrome"))
    first = min(event["time_ns"] for event in formats.events(ANALYZE, trace))
    return min([one.begin_ns for one in timeline.slices] + [one.time_ns for one in timeline.instants]) - first


def check_page(text):
    page = formats.Page(text)
    assert page.policy == "default-src 'none'; style-src 'unsafe-inline'", page.policy
    assert page.rows > 5
    return page


def check(trace):
    start_ns = start_of(trace)
    for choice in CHOICES:
        events = formats.events(ANALYZE, trace, *choice)
        calls = [event for event in events if "duration_ns" in event]
        with tempfile.TemporaryDirectory() as folder:
            def export(what, name, choice=choice, folder=folder):
                path = os.path.join(folder, name)
                formats.run(ANALYZE, trace, "--export", what, "-o", path, *choice)
                with open(path, "rb") as file:
                    written = file.read()
                assert os.listdir(folder) == [name], os.listdir(folder)
                os.unlink(path)
                assert written == formats.run(ANALYZE, trace, "--export", what, *choice), f"{what}: standard output differs"
                return written
            one = formats.chrome(export("chrome", "a.json"))
            other = formats.perfetto(export("perfetto", "a.pftrace"))
            check_timeline(one, events, start_ns)
            check_timeline(other, events, start_ns)
            assert sorted(one.counts) == sorted(other.counts)
            assert sorted(map(repr, ((a.track, a.begin_ns, b.track, b.begin_ns) for a, b in one.flows))) == sorted(
                map(repr, ((a.track, a.begin_ns, b.track, b.begin_ns) for a, b in other.flows)))
            assert one.processes == other.processes or b"\\x" in repr(one.processes).encode()

            stacks = formats.folded(export("folded", "a.folded"))
            assert sum(stacks.values()) == sum(call["duration_ns"] for call in calls)
            by_call = collections.Counter()
            for stack, ns in stacks.items():
                by_call[stack.rpartition(";")[2]] += ns
            expected = collections.Counter()
            for call in calls:
                expected[call["syscall"]] += call["duration_ns"]
            assert +by_call == +expected
            check_page(export("html", "a.html").decode())

            path = os.path.join(folder, "tables")
            formats.run(ANALYZE, trace, "--export", "csv", "-o", path, *choice)
            tables = formats.tables(path)
            assert len(tables.get("syscalls", [])) == len(calls)
            assert sum(int(row["duration_ns"]) for row in tables.get("syscalls", [])) == sum(call["duration_ns"] for call in calls)
            assert sum(int(row["read_bytes"] or 0) for row in tables.get("syscalls", [])) == sum(
                call.get("read_bytes", 0) for call in calls)
            kinds = collections.Counter(event["event"] for event in events if "duration_ns" not in event)
            for relation, kind in (("forks", "fork"), ("execs", "exec"), ("exits", "exit"), ("packets", "packet"), ("flows", "flow"),
                                   ("findings", "security"), ("traffic", "traffic"), ("markers", "marker")):
                assert len(tables.get(relation, [])) == kinds[kind], relation
            assert len(tables["processes"]) == len(
                formats.json.loads(formats.run(ANALYZE, trace, "--tree", "--format", "json", "-n", "0"))["rows"])
            counters = collections.Counter(one.time_ns for one in one.counts)
            rows = tables.get("counters", [])
            assert {start_ns + int(row["time_ns"]) - int(row["interval_ns"]) for row in rows} == set(counters)
            assert sum(int(row["syscalls"]) for row in rows) == sum(
                count.value for count in one.counts if count.name.startswith("syscalls CPU"))


def check_files(trace):
    """What is in the way, and what is left behind."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out")

        def refused(*arguments, status=(1,)):
            done = subprocess.run([ANALYZE, trace, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
            assert done.returncode in status, (arguments, done)
            assert len(done.stderr.decode().splitlines()) <= 3, done.stderr
            return done.stderr.decode()

        assert "'flames' is none of perfetto, chrome, folded, csv, html, pcapng" in refused("--export", "flames")
        assert "-o FOLDER" in refused("--export", "csv")
        assert "is a folder" in refused("--export", "chrome", "-o", folder)
        assert "No such file" in refused("--export", "chrome", "-o", os.path.join(folder, "none", "x"))
        assert "unknown field" in refused("--export", "chrome", "-o", path, "--filter", "nothing == 1")
        assert "takes --filter" in refused("--export", "chrome", "--by", "path")
        assert "-o goes with" in refused("--summary", "-o", path)
        assert os.listdir(folder) == [], "a half file is left"
        os.mkdir(path)
        with open(os.path.join(path, "mine"), "w", encoding="utf-8"):
            pass
        assert "there already" in refused("--export", "csv", "-o", path)
        assert os.listdir(path) == ["mine"]
        os.unlink(os.path.join(path, "mine"))
        formats.run(ANALYZE, trace, "--export", "csv", "-o", path)
        assert "syscalls.csv" in os.listdir(path)
        link, target = os.path.join(folder, "link"), os.path.join(folder, "target")
        with open(target, "w", encoding="utf-8") as file:
            file.write("before")
        os.symlink(target, link)
        formats.run(ANALYZE, trace, "--export", "folded", "-o", link)
        assert os.path.islink(link) and stat.S_ISREG(os.lstat(target).st_mode)
        with open(target, "rb") as file:
            assert file.read() == formats.run(ANALYZE, trace, "--export", "folded")
        assert sorted(os.listdir(folder)) == ["link", "out", "target"]


def main():
    for trace in sys.argv[2:]:
        check(trace)
        check_files(trace)
        print(f"ok: {trace}")


main()
