#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A reader of trace files written from docs/trace-format.md alone: standard library only (and the zstd program), none of
our code and no Cap'n Proto. Slow and trusting: it checks no checksums and takes damage for the end. Its use is to show
that the document is right. usage: read_trace.py FILE   (events as JSON lines, in file order)"""
import json
import struct
import subprocess
import sys

U64 = (1 << 64) - 1


class Message:
    """Just enough of capnproto.org/encoding.html: structs, lists of structs, text and data, far pointers."""

    def __init__(self, raw):
        count = struct.unpack_from("<I", raw)[0] + 1
        sizes = struct.unpack_from(f"<{count}I", raw, 4)
        at = (4 + 4 * count + 7) // 8 * 8
        self.segments = []
        for size in sizes:
            self.segments.append(raw[at:at + 8 * size])
            at += 8 * size

    def word(self, segment, at):
        return struct.unpack_from("<Q", self.segments[segment], at)[0]

    def follow(self, segment, at):
        """-> pointer word, segment and offset of what it points to."""
        pointer = self.word(segment, at)
        if pointer & 3 == 2:  # far
            pad_segment, pad = pointer >> 32, (pointer >> 3 & 0x1fffffff) * 8
            if not pointer & 4:
                return self.follow(pad_segment, pad)
            far, tag = self.word(pad_segment, pad), self.word(pad_segment, pad + 8)
            return tag, far >> 32, (far >> 3 & 0x1fffffff) * 8
        offset = pointer >> 2 & 0x3fffffff
        if offset & 0x20000000:
            offset -= 0x40000000
        return pointer, segment, at + 8 + 8 * offset

    def root(self):
        return Struct.at_pointer(self, 0, 0)


class Struct:
    def __init__(self, message, segment, at, data_words, pointers):
        self.message, self.segment, self.at, self.data_words, self.pointers = message, segment, at, data_words, pointers

    @classmethod
    def at_pointer(cls, message, segment, at):
        pointer, segment, to = message.follow(segment, at)
        return cls(message, segment, to, pointer >> 32 & 0xffff, pointer >> 48) if pointer else cls(message, 0, 0, 0, 0)

    def number(self, offset, size):
        if offset + size > 8 * self.data_words:
            return 0
        data = self.message.segments[self.segment]
        return int.from_bytes(data[self.at + offset:self.at + offset + size], "little")

    def pointer_at(self, index):
        at = self.at + 8 * (self.data_words + index)
        return at if index < self.pointers and self.message.word(self.segment, at) else None

    def struct(self, index):
        at = self.pointer_at(index)
        return Struct.at_pointer(self.message, self.segment, at) if at is not None else Struct(self.message, 0, 0, 0, 0)

    def data(self, index):
        at = self.pointer_at(index)
        if at is None:
            return b""
        pointer, segment, to = self.message.follow(self.segment, at)
        return bytes(self.message.segments[segment][to:to + (pointer >> 35)])

    def text(self, index):
        return self.data(index)[:-1].decode()

    def structs(self, index):
        at = self.pointer_at(index)
        if at is None:
            return []
        _, segment, to = self.message.follow(self.segment, at)  # a list of structs begins with a tag word
        tag = self.message.word(segment, to)
        data_words, pointers = tag >> 32 & 0xffff, tag >> 48
        return [Struct(self.message, segment, to + 8 + i * 8 * (data_words + pointers), data_words, pointers)
                for i in range(tag >> 2 & 0x3fffffff)]


def signed(value):
    return value - (1 << 64) if value >> 63 else value


GOLDEN = 0x9e3779b97f4a7c15


def sized(data, rows):
    bits, at = int.from_bytes(data[rows:], "little"), 0
    for magnitude in data[:rows]:
        more = magnitude // 4 - 1 if magnitude > 3 else 0
        yield magnitude if magnitude < 4 else (4 + magnitude % 4 << more) + (bits >> at & (1 << more) - 1)
        at += more


def column(stored, rows, bits=64, other=None, thread=None, number=None):
    base, encoding, width, layout = (stored.number(*where) for where in ((0, 8), (8, 2), (10, 1), (14, 2)))
    if encoding == 0:
        return [base & ((1 << bits) - 1)] * rows
    data = stored.data(0)
    if layout == 2 and width:
        values = list(sized(data, rows))
    else:
        assert len(data) == width * rows
        values = [sum(data[k * rows + i] << 8 * k for k in range(width)) for i in range(rows)]
    if layout == 1 and width:  # a stable sort leaves the rows of one call in their order
        bucket = [(number[i] * GOLDEN & U64) >> 56 << 3 | (thread[i] * GOLDEN & U64) >> 61 for i in range(rows)]
        in_order = values[:]
        for place, i in enumerate(sorted(range(rows), key=bucket.__getitem__)):
            values[i] = in_order[place]
    difference = [(s >> 1) ^ -(s & 1) for s in values]
    if encoding == 1:
        values = [base + s & U64 for s in values]
    elif encoding == 2:
        before = base
        for i in range(rows):
            values[i] = before = before + difference[i] & U64
    elif encoding == 3:
        table, row_end = {}, base
        for i in range(rows):
            slot = (thread[i] * GOLDEN & U64) >> 56
            values[i] = table.get(slot, row_end) + difference[i] & U64
            table[slot] = row_end = values[i] + other[i] & U64
    elif encoding == 4:
        previous, last = {}, {}
        for i in range(rows):
            p = (thread[i] * GOLDEN & U64) >> 56
            mixed = thread[i] * 0x85ebca6b + number[i] * 0x9e3779b1 + previous.get(p, 0) * 0xc2b2ae35 & U64
            place = (mixed * GOLDEN & U64) >> 53
            values[i] = last[place] = last.get(place, 0) + difference[i] & U64
            previous[p] = number[i] + 1
    else:
        raise ValueError(f"encoding {encoding}")
    return [value & ((1 << bits) - 1) for value in values]


def strings(table):
    count, data = table.number(0, 4), table.data(3)
    length, shared = column(table.struct(0), count), column(table.struct(4), count)
    result, at = [None], 0
    for i in range(count):
        own = length[i] - shared[i]
        result.append((result[i][:shared[i]] if shared[i] else b"") + data[at:at + own])
        at += own
    return result


def rows_of(groups, count, columns):
    """-> one dictionary per row; groups: messages (None: all 0); columns: [(name, bits, group)] of the type."""
    stored, texts = {}, [None]
    for group, block in enumerate(groups):
        if block:
            stored.update(zip([i for i, column in enumerate(columns) if column[2] == group], block.structs(0)))
            if any(not bits and of == group for _, bits, of in columns):
                texts = strings(block.struct(1))
    names = [name for name, _, _ in columns]
    done = {}

    def load(index):
        if index in done:
            return done[index]
        if index not in stored:
            done[index] = [0] * count
            return done[index]
        encoding, layout = stored[index].number(8, 2), stored[index].number(14, 2)
        needs = {}
        if encoding == 3:
            needs = {"other": load(stored[index].number(12, 2)), "thread": load(names.index("thread"))}
        if encoding == 4 or layout == 1:
            needs |= {"thread": load(names.index("thread")), "number": load(names.index("number"))}
        done[index] = column(stored[index], count, columns[index][1] or 64, **needs)
        return done[index]

    for i in range(count):
        yield {name: (texts[load(k)[i]] if not bits else load(k)[i]) for k, (name, bits, _) in enumerate(columns)}


def message_of(stored, raw_bytes):
    raw = subprocess.run(["zstd", "-dc"], input=stored, stdout=subprocess.PIPE, check=True).stdout
    assert len(raw) == raw_bytes
    return Message(raw).root()


def frames(data):
    """Yields kind, type, cpu, rows and the message: of a block, a list with one for each group."""
    assert data[:8] == b"\x89EBT\r\n\x1a\n" and struct.unpack_from("<H", data, 8)[0] == 2
    at = 24
    while data[at:at + 4] == b"\xe5\xb3\xf7\x31":
        kind, event_type, cpu, count, raw, stored = struct.unpack_from("<HHIIII", data, at + 4)
        payload = data[at + 64:at + 64 + stored]
        if len(payload) < stored:
            return
        if kind in (2, 6):
            groups, of_group, number = [], 8 + 16 * struct.unpack_from("<I", payload)[0], struct.unpack_from("<I", payload)[0]
            for i in range(number):
                stored_bytes, raw_bytes = struct.unpack_from("<II", payload, 8 + 16 * i)
                groups.append(message_of(payload[of_group:of_group + stored_bytes], raw_bytes) if raw_bytes else None)
                of_group += stored_bytes
            yield kind, event_type, cpu, count, groups
        else:
            yield kind, event_type, cpu, count, message_of(payload, raw)
        at += 64 + stored


def named(names, value):
    """The words for a column's value, by its set."""
    flags, words = names
    if not flags:
        return words.get(value, str(value))
    found = []
    for bits, word in words.items():
        if bits and value & bits == bits:
            found.append(word)
            value &= ~bits
    return found + [hex(value)] if value else found


def absolute(directory, path):
    if not path or path[:1] == b"/":
        return path
    names = [name for name in path.split(b"/") if name not in (b"", b".")]
    return b"/".join([directory.rstrip(b"/"), *names]) or b"/"


def joined(call, row, files):
    """The first path argument, from where it began if that is known."""
    name, result, arguments = call
    path = [i for i, (_, kind) in enumerate(arguments) if kind == "path"]
    if not path or (name, arguments[path[0]][0]) in (("symlink", "oldname"), ("symlinkat", "oldname")):
        return row["path"]
    if name == "mount" and not row["arg3"] & (0x1000 | 0x2000):  # neither MS_BIND nor MS_MOVE
        return row["path"]
    directory = row.get("cwd", 0)
    descriptors = [i for i, (_, kind) in enumerate(arguments) if kind in ("fd", "dirfd")]
    before = path[0] - 1
    if before in descriptors and arguments[before][1] == "dirfd" and row[f"arg{before}"] & 0xffffffff != 0xffffff9c:
        place = descriptors.index(before) + (result == "fd")
        directory = (row["file"], row["file2"], 0)[min(place, 2)]
    return absolute(files[directory], row["path"]) if directory in files and b"/" in files[directory] else row["path"]


def catalogue(root):
    """-> event types {id: (name, dictionary, [(column, bits, group)])}, {id: {column: (flags, {value: name})}}, and the two
    tables of system calls {number: (name, result, [(argument, type)])}, of 64-bit and of 32-bit programs."""
    types, value_names, calls, sets = {}, {}, [{}, {}], {}
    for one in root.structs(4):
        sets[one.text(0)] = (one.number(0, 1) & 1, {v.number(0, 8): v.text(0) for v in one.structs(1)})
    for described in root.structs(0):
        columns = [(c.text(0), c.number(0, 1), c.number(1, 1)) for c in described.structs(3)]
        value_names[described.number(0, 2)] = {c.text(0): sets[c.text(4)] for c in described.structs(3) if c.text(4) in sets}
        types[described.number(0, 2)] = (described.text(0), described.number(2, 1) & 1, columns)
    for table, rows in ((calls[0], root.struct(1)), (calls[1], root.struct(2))):
        numbers = column(rows.struct(0), rows.number(0, 4))
        names, results, arg_names, arg_types = (rows.data(i).decode().split("\n") for i in (2, 4, 6, 7))
        for number, name, result, of, kinds in zip(numbers, names, results, arg_names, arg_types):
            table.setdefault(number, (name, result, list(zip(of.split(","), kinds.split(","))) if of else []))
    return types, value_names, calls


def events(path):
    with open(path, "rb") as file:
        data = file.read()
    types, calls, start, threads, files, value_names = {}, [{}, {}], 0, {}, {}, {}
    for kind, event_type, cpu, count, root in frames(data):
        if kind == 1:
            start = root.struct(2).number(0, 8)
        if kind == 5:
            types, value_names, calls = catalogue(root)
        if kind != 2:
            continue
        name, dictionary, columns = types[event_type]
        for row in rows_of(root, count, columns):
            if name == "thread":
                threads[row["thread"]] = row
            elif name == "file":
                files[row["file"]] = row["path"]
            if dictionary or name == "metrics":  # descriptions and counters of the machine are no events
                continue
            thread = threads[row["thread"]] if "thread" in row else {"tgid": None, "tid": None}  # packets and markers have none
            event = {"time_ns": row["timeNs"] - start, "cpu": row.get("cpu") if cpu == 0xffffffff else cpu, "pid": thread["tgid"], "tid": thread["tid"],
                     "event": name, "duration_ns": None, "result": None, "path": row.get("filename"),
                     "named": {column: named(words, row[column]) for column, words in value_names[event_type].items()}}
            if name == "syscall":
                call = calls[row["flags"] >> 1 & 1].get(row["number"], (f"syscall_{row['number']:#x}", None, []))
                event["event"], result = call[:2]
                event["duration_ns"] = row["durationNs"]
                event["result"] = None if row["flags"] & 1 else signed(row["result"])
                # A file that was opened or is worked on; a name next to a directory says more than that.
                file = row["file"] or row["file2"]
                led_there = row["file"] and (result == "fd" or call[0] == "chdir")
                event["path"] = files[file] if file and (led_there or not row["path"]) else joined(call, row, files)
            if name == "exec" and row.get("program"):
                event["path"] = files[row["program"]]
            elif name == "exec" and row.get("cwd"):
                event["path"] = absolute(files[row["cwd"]], event["path"])
            yield event


if __name__ == "__main__":
    for item in events(sys.argv[1]):
        item["path"] = item["path"].decode("latin-1") if item["path"] else None
        print(json.dumps(item))
