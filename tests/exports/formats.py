# SPDX-License-Identifier: Apache-2.0
"""The formats of exports, taken apart by hand: each reader gives plain lists of what a viewer would draw.

  Slice(track, name, begin_ns, end_ns, arguments)   a call; track is (pid, tid)
  Instant(track, name, time_ns, arguments)          what has no duration
  Count(name, time_ns, value)                       a counter's value
  Flow(id, from_slice, to_slice)"""
import collections
import csv
import decimal
import html.parser
import io
import json
import os
import re
import struct
import subprocess

Slice = collections.namedtuple("Slice", "track name begin_ns end_ns arguments")
Instant = collections.namedtuple("Instant", "track name time_ns arguments")
Count = collections.namedtuple("Count", "name time_ns value")
Timeline = collections.namedtuple("Timeline", "slices instants counts flows processes threads")


def run(analyze, *arguments, status=(0, 3), **options):
    done = subprocess.run([analyze, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, **options)
    assert done.returncode in status, f"{arguments}: exit {done.returncode}: {done.stderr.decode()}"
    return done.stdout


def events(analyze, trace, *options):
    lines = run(analyze, trace, "--events", "--format", "json", "--columns", "all", *options).splitlines()
    return [json.loads(line) for line in lines]


def ns_of(us):
    ns = us * 1000
    assert ns == int(ns), f"{us} is no whole number of ns"
    return int(ns)


def chrome(text):
    whole = json.loads(text, parse_float=decimal.Decimal)
    slices, instants, counts, starts, ends, names = [], [], [], {}, {}, {}
    for entry in whole["traceEvents"]:
        track = entry["pid"], entry["tid"]
        time = ns_of(entry["ts"])
        phase = entry["ph"]
        if phase == "X":
            slices.append(Slice(track, entry["name"], time, time + ns_of(entry["dur"]), entry["args"]))
        elif phase == "i":
            assert (entry["s"] == "t") == (entry["pid"] != 0), entry
            instants.append(Instant(track, entry["name"], time, entry["args"]))
        elif phase == "C":
            (value,) = entry["args"].values()
            counts.append(Count(entry["name"], time, value))
        elif phase == "M":
            names[entry["name"], track] = entry["args"]["name"]
        elif phase in "sf":
            assert phase == "s" or entry["bp"] == "e"
            (starts if phase == "s" else ends)[entry["id"]] = (track, time)
        else:
            raise AssertionError(f"phase {phase}")
    assert set(starts) == set(ends), "a flow that lacks an end"
    by_track = collections.defaultdict(list)
    for one in slices:
        by_track[one.track].append(one)

    def slice_at(place):
        track, time = place
        (one,) = [one for one in by_track[track] if one.begin_ns <= time <= one.end_ns and time != one.end_ns] or \
                 [one for one in by_track[track] if one.begin_ns <= time <= one.end_ns][-1:]
        return one
    flows = [(slice_at(starts[number]), slice_at(ends[number])) for number in starts]
    for number in starts:
        assert starts[number][1] <= ends[number][1], "a flow that goes back in time"
    processes = {track[0]: name for (what, track), name in names.items() if what == "process_name"}
    threads = {track: name for (what, track), name in names.items() if what == "thread_name"}
    return Timeline(slices, instants, counts, flows, processes, threads)


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data):
    """A message's fields, in order: (number, value)."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 1:
            value, at = struct.unpack_from("<Q", data, at)[0], at + 8
        elif kind == 2:
            size, at = varint(data, at)
            assert at + size <= len(data), "a field that is longer than its message"
            value, at = data[at:at + size], at + size
        else:
            raise AssertionError(f"wire type {kind}")
        yield number, value


def single(data):
    whole = dict(fields(data))
    return whole


def perfetto(data):
    slices, instants, counts = [], [], []
    processes, threads, counters, tracks, open_slices = {}, {}, {}, {}, {}
    interned = {1: {}, 2: {}, 3: {}}
    starts, ends = {}, {}
    for number, packet in fields(data):
        assert number == 1
        parts = collections.defaultdict(list)
        for field, value in fields(packet):
            parts[field].append(value)
        assert parts[10] == [1]
        if parts[60]:
            about = single(parts[60][0])
            assert about[1] not in tracks, "a track that is described twice"
            tracks[about[1]] = about
            if 3 in about:
                process = single(about[3])
                processes[process[1]] = process[6].decode()
            elif 4 in about:
                thread = single(about[4])
                assert about[5] in tracks, "a thread before its process"
                threads[thread[1], thread[2]] = thread[5].decode()
                tracks[about[1]] = thread[1], thread[2]
            elif 8 in about:
                counters[about[1]] = about[2].decode()
            else:
                tracks[about[1]] = 0, 0
            continue
        (flags,), (event,), (time,) = parts[13], parts[11], parts[8]
        assert parts[58] == [6] and flags & 2
        if flags & 1:
            interned = {1: {}, 2: {}, 3: {}}
        for data_of_names in parts[12]:
            for kind, entry in fields(data_of_names):
                name = single(entry)
                interned[kind][name[1]] = name[2].decode()
        what = collections.defaultdict(list)
        for field, value in fields(event):
            what[field].append(value)
        (kind,), (uuid,) = what[9], what[11]
        if kind == 4:
            counts.append(Count(counters[uuid], time, what[30][0]))
            continue
        arguments = {}
        for annotation in what[4]:
            entry = single(annotation)
            name = interned[3][entry[1]]
            arguments[name] = entry[6].decode() if 6 in entry else entry[3] if 3 in entry else bool(entry[2])
        if kind == 2:
            name, begin, arguments = open_slices[uuid].pop()
            slices.append(Slice(tracks[uuid], name, begin, time, arguments))
            for flow in what[48]:
                ends[flow] = slices[-1]
            for flow in [flow for flow, place in starts.items() if place == (uuid, begin, name)]:
                starts[flow] = slices[-1]
            continue
        name = interned[2][what[10][0]]
        assert interned[1][what[3][0]] == ("syscall" if kind == 1 else "event")
        if kind == 1:
            open_slices.setdefault(uuid, []).append((name, time, arguments))
            for flow in what[47]:
                starts[flow] = (uuid, time, name)
        else:
            assert kind == 3
            instants.append(Instant(tracks[uuid], name, time, arguments))
    assert not any(open_slices.values()), "a slice without an end"
    assert set(starts) == set(ends), "a flow that lacks an end"
    flows = [(starts[number], ends[number]) for number in starts]
    return Timeline(slices, instants, counts, flows, processes, threads)


def folded(text):
    lines = {}
    for line in text.decode().splitlines():
        stack, _, value = line.rpartition(" ")
        assert stack not in lines, "a stack that is there twice"
        lines[stack] = int(value)
    return lines


def tables(folder):
    """By relation, its rows as dicts of texts."""
    found = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), newline="", encoding="utf-8") as file:
            found[name.removesuffix(".csv")] = list(csv.DictReader(io.StringIO(file.read()), strict=True))
    return found


class Page(html.parser.HTMLParser):
    """Fails on what is not well formed or would load or run anything; keeps the text by tag."""
    VOID = {"meta"}
    PLAIN = {"html", "head", "body", "meta", "style", "title", "h1", "h2", "p", "code", "details", "summary", "table", "tr", "th",
             "td", "svg", "rect"}

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.stack, self.texts, self.policy = [], collections.defaultdict(list), None
        self.rows = 0
        self.feed(text)
        self.close()
        assert not self.stack, self.stack

    def handle_starttag(self, tag, attrs):
        assert tag in self.PLAIN, f"a tag from somewhere: {tag}"
        for name, _ in attrs:
            assert not name.startswith("on") and name not in ("src", "href", "srcdoc", "action"), f"{tag} {name}"
        if ("http-equiv", "Content-Security-Policy") in attrs:
            self.policy = dict(attrs)["content"]
        if tag in self.VOID:
            return
        self.stack.append(tag)
        if tag == "td":
            self.texts["td"].append("")

    def handle_startendtag(self, tag, attrs):
        assert tag == "rect", tag

    def handle_endtag(self, tag):
        assert self.stack and self.stack[-1] == tag, f"{tag} closes {self.stack[-1:]}"
        self.stack.pop()
        self.rows += tag == "tr"

    def handle_data(self, data):
        if self.stack and self.stack[-1] == "td":
            self.texts["td"][-1] += data
        elif self.stack:
            self.texts[self.stack[-1]].append(data)
