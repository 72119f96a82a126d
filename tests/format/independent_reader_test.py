#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ebpf-analyze and the reader that was written from the document say the same of every sample.
usage: independent_reader_test.py EBPF_ANALYZE SAMPLES_FOLDER"""
import json
import pathlib
import subprocess
import sys

import read_trace

FIELDS = ("time_ns", "cpu", "pid", "event", "duration_ns", "result", "path")


def key(event):
    path = event["path"]
    if isinstance(path, bytes):
        path = path.decode() or None
    return json.dumps([event[name] for name in FIELDS[:-1]] + [path])


def check_names(ours, theirs):
    """Names of values are those of the trace: what the document's reader calls a row's values, ebpf-analyze does, in one of
    the events that are the same otherwise. -> how many were looked at."""
    args, checked = {}, 0
    for event in ours:
        args.setdefault(key(event), []).append(event["args"])
    for event in theirs:
        for word in event["named"].values():
            if isinstance(word, list):
                assert event["event"] == "exit" or "unfinished" not in word or event["result"] is None, event
            elif word not in ("parsed", "hop-by-hop"):  # 0, which is left out of some
                assert any(all(part in text for part in word.split()) for text in args[key(event)]), event
                checked += 1
    return checked


def main():
    analyze, folder = sys.argv[1:]
    samples = sorted(pathlib.Path(folder).rglob("*.trace"))
    assert samples, "no samples"
    for sample in samples:
        lines = subprocess.run([analyze, sample, "--events", "--format", "json"], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, check=False).stdout.decode().splitlines()
        ours = sorted(map(json.loads, lines), key=key)
        theirs = sorted(read_trace.events(sample), key=key)
        assert len(ours) > 100, f"{sample}: {len(ours)} events"
        for a, b in zip(map(key, ours), map(key, theirs)):
            assert a == b, f"{sample}:\n  ebpf-analyze {a}\n  read_trace   {b}"
        assert len(ours) == len(theirs), f"{sample}: {len(ours)} and {len(theirs)} events"
        print(f"{sample.name}: {len(ours)} events, all the same, and {check_names(ours, theirs)} names")


main()
