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
    """Names of values are those of the trace: what the document's reader calls a row's values, ebpf-analyze does."""
    for event, said in zip(ours, theirs):
        for column, word in said["named"].items():
            if isinstance(word, list):  # flags
                for name, flag in (("unfinished", "unfinished"), ("began_before", "began before"), ("is_32bit", "32-bit")):
                    if column == "flags" and name in event and said["duration_ns"] is not None:
                        assert bool(event[name]) == (flag in word), f"{event}: {said['named']}"
            elif said["event"] != "metrics" and word not in ("parsed", "hop-by-hop"):  # 0 is left out of some
                assert all(part in event["args"] for part in word.split()), f"{event}: {said['named']}"


def main():
    analyze, folder = sys.argv[1:]
    samples = sorted(pathlib.Path(folder).glob("*.trace"))
    assert samples, "no samples"
    for sample in samples:
        ours = subprocess.run([analyze, sample, "--events", "--format", "json"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=False).stdout.decode().splitlines()
        ours = sorted(key(json.loads(line)) for line in ours)
        theirs = sorted(key(event) for event in read_trace.events(sample))
        assert len(ours) > 100, f"{sample}: {len(ours)} events"
        for a, b in zip(ours, theirs):
            assert a == b, f"{sample}:\n  ebpf-analyze {a}\n  read_trace   {b}"
        assert len(ours) == len(theirs), f"{sample}: {len(ours)} and {len(theirs)} events"
        print(f"{sample.name}: {len(ours)} events, all the same")


main()
