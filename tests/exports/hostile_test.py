#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Names that drive terminals, are formulas or markup, reverse text or are no UTF-8, through every export; and flows.
usage: hostile_test.py EBPF_ANALYZE SCRIPT_TRACE"""
import csv
import io
import json
import os
import subprocess
import sys
import tempfile

import formats

ANALYZE, SCRIPT = sys.argv[1:]
HOSTILE = ["\\x1b[31mred", "<script>alert(1)</script>", "=1+2;cmd", "\\xe2\\x80\\xaereversed", "\\xff\\xfe no utf8", "a;b c", "'\\\"&<",
           "-->]]>", "+SUM(A1)", "@x", "new\\nline", "tab\\tand\\rreturn"]
RAW = [b"\x1b[31m", b"<script>", "\u202e".encode(), b"\xff\xfe"]


def trace_of(folder, script):
    path = os.path.join(folder, "t.trace")
    with open(path, "wb") as file:
        subprocess.run([SCRIPT], input=script.encode(), stdout=file, check=True)
    return path


def check_hostile(folder):
    script = ""
    for number, name in enumerate(HOSTILE):
        script += f'{10 + number}us cat openat filename="/tmp/{name}" 3 file="/tmp/{name}" dur=1us\n'
        script += f'{40 + number}us cat comm "{name[:12] if not name.endswith(chr(92)) else name}"\n' if number == 0 else ""
    script += '90us cat exec "/bin/<script>x" "<script>x" "=1+2" "\\x1b[2J" "\\xe2\\x80\\xae"\n95us sh fork "=cmd|\' /C calc\'"\n'
    script += "99us cat exit 0\n"
    trace = trace_of(folder, script)
    check_hostile_rows(folder, trace)
    events = formats.events(ANALYZE, trace)
    for what in ("chrome", "perfetto", "folded", "html"):
        out = formats.run(ANALYZE, trace, "--export", what)
        for raw in RAW:
            if what in ("chrome", "perfetto") and raw == b"<script>":
                continue  # JSON strings and protobuf texts are no markup
            assert raw not in out, (what, raw)
        out.decode() if what != "perfetto" else None
    timeline = formats.chrome(formats.run(ANALYZE, trace, "--export", "chrome"))
    assert len(timeline.slices) == len(HOSTILE)
    assert [one.arguments["path"] for one in sorted(timeline.slices, key=lambda one: one.begin_ns)] == [
        event["path"] for event in events if event["event"] == "openat"]
    assert len(formats.perfetto(formats.run(ANALYZE, trace, "--export", "perfetto")).slices) == len(HOSTILE)
    assert sum(formats.folded(formats.run(ANALYZE, trace, "--export", "folded")).values()) == 1000 * len(HOSTILE)
    page = formats.Page(formats.run(ANALYZE, trace, "--export", "html").decode())
    assert any("/tmp/<script>alert(1)</script>" in cell for cell in page.texts["td"]), "a path that is lost"
    tables = os.path.join(folder, "tables")
    formats.run(ANALYZE, trace, "--export", "csv", "-o", tables)
    for relation, rows in formats.tables(tables).items():
        for row in rows:
            assert None not in row and None not in row.values(), (relation, row)
            for cell in row.values():
                if cell.lstrip("-").isdigit():
                    continue
                assert not cell.startswith(("=", "+", "@", "-")), (relation, cell)
    for name in os.listdir(tables):
        with open(os.path.join(tables, name), "rb") as file:
            text = file.read()
        for raw in (RAW[0], RAW[3]):
            assert raw not in text, (name, raw)


def check_hostile_rows(folder, trace):
    """The same names as rows of SQL, and in a slice, which has the bytes as they were."""
    events = formats.events(ANALYZE, trace)
    paths = [event["path"] for event in events if event["event"] == "openat"]
    for form in ("table", "csv", "json"):
        out = formats.run(ANALYZE, trace, "--sql", "SELECT path, process FROM syscalls WHERE syscall = 'openat' ORDER BY time_ns",
                          "--format", form)
        for raw in (RAW[0], RAW[3]) if form == "csv" else (RAW[0], RAW[2], RAW[3]):
            assert raw not in out, (form, raw)
        if form == "json":
            assert [row["path"] for row in json.loads(out)["rows"]] == paths
        if form == "csv":
            rows = list(csv.reader(io.StringIO(out.decode(), newline="")))
            assert len(rows) == len(paths) + 1 and all(len(row) == 2 for row in rows), rows
    slice_of = os.path.join(folder, "slice.trace")
    formats.run(ANALYZE, trace, "--slice", slice_of)
    own = [{**event, "recording": None} for event in formats.events(ANALYZE, slice_of)]  # a slice is a recording of its own
    assert own == [{**event, "recording": None} for event in events]


def flows_of(folder, script):
    trace = trace_of(folder, script)
    one = formats.chrome(formats.run(ANALYZE, trace, "--export", "chrome")).flows
    other = formats.perfetto(formats.run(ANALYZE, trace, "--export", "perfetto")).flows
    flows = sorted((a.begin_ns % 10**9 // 1000, b.begin_ns % 10**9 // 1000) for a, b in one)
    assert flows == sorted((a.begin_ns % 10**9 // 1000, b.begin_ns % 10**9 // 1000) for a, b in other)
    return flows


def check_flows(folder):
    pipe = "file=pipe:[7] type=fifo"
    # A reader that waits, two writes that one read takes, one write that two reads take.
    assert flows_of(folder, f"10us b:2.2 read 5 {pipe} dur=20us\n20us a:1.1 write 5 {pipe} dur=2us\n"
                            f"40us a:1.1 write 3 {pipe} dur=2us\n50us a:1.1 write 9 {pipe} dur=2us\n"
                            f"60us b:2.2 read 8 {pipe} dur=2us\n70us b:2.2 read 4 {pipe} dur=2us\n") == [
                                (20, 10), (40, 60), (50, 60), (50, 70)]
    # What was read before it was written came from somebody else; other pipes are others.
    assert flows_of(folder, f"10us b:2.2 read 5 {pipe} dur=2us\n20us a:1.1 write 5 {pipe} dur=2us\n"
                            "30us b:2.2 read 5 file=pipe:[8] type=fifo dur=2us\n") == []
    # Both ends of a connection.
    assert flows_of(folder,
                    "10us a:1.1 write 4 file=socket:[1] type=socket local=127.0.0.1:40000 remote=127.0.0.1:80 dur=1us\n"
                    "20us b:2.2 read 4 file=socket:[2] type=socket local=127.0.0.1:80 remote=127.0.0.1:40000 dur=1us\n"
                    "30us b:2.2 write 6 file=socket:[2] type=socket local=127.0.0.1:80 remote=127.0.0.1:40000 dur=1us\n"
                    "40us a:1.1 read 6 file=socket:[1] type=socket local=127.0.0.1:40000 remote=127.0.0.1:80 dur=1us\n") == [
                        (10, 20), (30, 40)]
    # Process ids that were used again are two processes.
    trace = trace_of(folder, "10us a:5.5 read 1 dur=1us\n20us a exit 0\n30us a fork b\n40us b read 1 dur=1us\n")
    timeline = formats.chrome(formats.run(ANALYZE, trace, "--export", "chrome"))
    assert len({one.track for one in timeline.slices}) == 2


def main():
    with tempfile.TemporaryDirectory() as folder:
        check_hostile(folder)
    with tempfile.TemporaryDirectory() as folder:
        check_flows(folder)
    print("ok")


main()
