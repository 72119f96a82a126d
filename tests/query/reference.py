# SPDX-License-Identifier: Apache-2.0
"""The slow and obvious way to answer with a filter: every event as JSON with all its fields, and Python.

A filter is made as a pair: its text, and what it means as a function of such an event. Absent fields are not in it."""
import json
import re
import subprocess

NUMBERS = ["pid", "tid", "ppid", "uid", "cpu", "number", "exit_code", "minor_faults"]
SIGNED = ["result"]
DURATIONS = ["duration_ns", "user_ns", "system_ns"]
BYTES = ["bytes", "read_bytes", "write_bytes", "peeked_bytes", "max_rss_bytes"]
TEXTS = ["process", "user", "path", "path2", "cwd", "file_type", "exe", "event", "syscall", "argv"]
NAMES = ["error", "signal"]
TRUTHS = ["failed", "unfinished", "is_32bit", "began_before", "last_thread"]
ORDER = {"==": lambda a, b: a == b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b,
         ">=": lambda a, b: a >= b}


def run(analyze, *arguments):
    done = subprocess.run([analyze, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode not in (0, 3):  # 3: a damaged trace, of which the rest is answered
        raise AssertionError(f"{arguments}: exit {done.returncode}: {done.stderr.decode()}")
    return done.stdout


def events_with(analyze, trace, columns, *options):
    """Every event with these fields, of those that it has."""
    lines = run(analyze, trace, "--events", "--format", "json", "--columns", ",".join(columns), *options)
    return [{name: value for name, value in json.loads(line).items() if value is not None} for line in lines.splitlines()]


def events(analyze, trace, *options):
    """Every event with all fields that it has, in order."""
    lines = run(analyze, trace, "--events", "--format", "json", "--columns", "all", *options)
    return [json.loads(line) for line in lines.splitlines()]


def answer(analyze, trace, *options):
    limit = [] if "-n" in options else ["-n", "0"]
    return json.loads(run(analyze, trace, "--format", "json", *limit, *options))["rows"]


def quoted(text):
    """A text as the language writes it: bytes that are not printable ASCII by their numbers."""
    out = ""
    for byte in text.encode():
        char = chr(byte)
        out += "\\" + char if char in '"\\' else char if " " <= char <= "~" else f"\\x{byte:02x}"
    return f'"{out}"'


def compared(name, op, value, cell=lambda value: value):
    """A comparison of a field: its meaning where it may be absent."""
    if op in ("!=", "!~"):
        positive = compared(name, {"!=": "==", "!~": "~"}[op], value, cell)
        return lambda event: not positive(event)
    if op == "~":
        pattern = re.compile(value.encode())
        return lambda event: name in event and pattern.search(event[name].encode()) is not None
    if op == "in":
        return lambda event: name in event and cell(event[name]) in value
    if op == "&":
        return lambda event: name in event and event[name] & value != 0
    return lambda event: name in event and ORDER[op](cell(event[name]), value)


# ---- what the questions say, the slow way ----

def log2_low(value):
    return 1 << (value.bit_length() - 1) if value else 0


def nearest_rank(values, share):
    """The least value that this share of all is not above."""
    ordered = sorted(values)
    return ordered[max(1, min(len(ordered), -(-int(share * 1000) * len(ordered) // 1000))) - 1]


def is_timed(call):
    return not call["unfinished"] and not call["began_before"]


def histogram_values(what, calls):
    if what == "size":
        return [(call, call["bytes"]) for call in calls if "bytes" in call]
    return [(call, call["duration_ns"]) for call in calls
            if is_timed(call) and (what == "latency" or call["syscall"] in MOVES)]


# Of schema/syscalls.capnp, as far as the samples have them: calls whose result counts bytes that moved.
MOVES = {"read", "write", "pread64", "pwrite64", "readv", "writev", "preadv", "pwritev", "preadv2", "pwritev2", "sendfile", "splice",
         "tee", "vmsplice", "copy_file_range", "sendto", "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg"}
WAITS = {"wait4", "waitid", "poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait", "epoll_pwait2", "nanosleep",
         "clock_nanosleep", "accept", "accept4", "recvfrom", "recvmsg", "recvmmsg", "pause", "rt_sigsuspend", "rt_sigtimedwait",
         "msgrcv", "msgsnd", "semop", "semtimedop", "io_getevents", "io_pgetevents", "mq_timedreceive", "mq_timedsend", "flock",
         "connect", "futex_wait", "futex_waitv", "io_uring_enter", "restart_syscall"}


def waits(call):
    if call["syscall"] == "futex":
        return call.get("args.op", 0) & 0x7f in (0, 6, 9, 11, 13)
    return call["syscall"] in WAITS or (call["syscall"] in MOVES and call.get("file_type") in ("fifo", "socket", "anon"))


def pages(length):
    return -(-length // 4096) * 4096


class Memory:
    """An address space as a set of pages: slow, but there is nothing to get wrong."""

    def __init__(self):
        self.mapped = self.unmapped = self.of_files = self.heap = self.most = self.calls = 0
        self.space, self.end_of_heap, self.first_end = set(), None, None

    def exec(self):
        self.space, self.end_of_heap, self.first_end = set(), None, None

    @staticmethod
    def range(start, length):
        return range(start // 4096, (start + length) // 4096)

    def call(self, call):
        name = call["syscall"]
        if call["unfinished"] or call["failed"] or call["arguments_unknown"]:
            return
        result = call["result"]
        if name == "mmap":
            length = pages(call["args.len"])
            self.mapped += length
            self.of_files += 0 if call["args.flags"] & 0x20 else length
            self.space.update(self.range(result, length))
        elif name == "munmap":
            length = pages(call["args.len"])
            self.unmapped += length
            self.space.difference_update(self.range(call["args.addr"], length))
        elif name == "mremap":
            before, after = pages(call["args.old_len"]), pages(call["args.new_len"])
            before = 0 if call["args.flags"] & 4 else before  # MREMAP_DONTUNMAP
            self.mapped += max(0, after - before)
            self.unmapped += max(0, before - after)
            self.space.difference_update(self.range(call["args.addr"], before))
            self.space.update(self.range(result, after))
        elif name == "brk":
            if self.end_of_heap is None:
                self.first_end = result
            else:
                self.heap += max(0, result - self.end_of_heap)
            self.end_of_heap = result
        else:
            return
        self.calls += 1
        self.most = max(self.most, self.in_use())

    def in_use(self):
        grown = max(0, self.end_of_heap - self.first_end) if self.end_of_heap is not None else 0
        return 4096 * len(self.space) + grown

    def row(self):
        return (self.mapped, self.unmapped, self.of_files, self.heap, self.most, self.calls)


class Maker:
    """Random filters over values that occur."""

    def __init__(self, random, rows):
        self.random = random
        self.values = {}
        for event in rows:
            for name, value in event.items():
                kept = self.values.setdefault(name, [])
                if len(kept) < 400 and value not in kept[-20:]:
                    kept.append(value)

    def pick(self, names):
        names = [name for name in names if name in self.values]
        return self.random.choice(names)

    def value(self, name):
        return self.random.choice(self.values[name])

    def condition(self):
        random = self.random
        kind = random.choice(["number", "signed", "duration", "bytes", "text", "text", "pattern", "name", "truth", "class", "time"])
        if kind == "number":
            name, op = self.pick(NUMBERS), random.choice(["==", "!=", "<", "<=", ">", ">=", "in"])
            if op == "in":
                values = [self.value(name) for _ in range(3)]
                return f"{name} in {{{', '.join(map(str, values))}}}", compared(name, op, values)
            value = self.value(name)
            return f"{name} {op} {value}", compared(name, op, value)
        if kind == "signed":
            op, value = random.choice(["==", "!=", "<", ">="]), self.value("result")
            value = max(-2**63, min(value, 2**63 - 1))
            return f"result {op} {value}", compared("result", op, value)
        if kind in ("duration", "bytes"):
            name = self.pick(DURATIONS if kind == "duration" else BYTES)
            op, value = random.choice(["==", "!=", "<", "<=", ">", ">="]), self.value(name)
            bare = name if name == "user_ns" else name.removesuffix("_ns").removesuffix("_bytes")  # user is another field
            shown, unit = (bare if random.random() < 0.5 else name), random.choice(["", "us" if kind == "duration" else "KiB"])
            scale = 1 if not unit else 1000 if unit == "us" else 1024
            value = value // scale
            return f"{shown} {op} {value}{unit}", compared(name, op, value * scale)
        if kind == "text":
            name, op = self.pick(TEXTS), random.choice(["==", "!=", "<", ">=", "in"])
            if op == "in":
                values = [self.value(name) for _ in range(3)]
                return (f"{name} in {{{', '.join(map(quoted, values))}}}",
                        compared(name, op, [value.encode() for value in values], str.encode))
            value = self.value(name)
            return f"{name} {op} {quoted(value)}", compared(name, op, value.encode(), str.encode)
        if kind == "pattern":
            name, op = self.pick(TEXTS), random.choice(["~", "!~"])
            text = self.value(name)
            start = random.randrange(len(text) + 1)
            piece = re.sub(r"[^A-Za-z0-9/_-]", ".", text[start:start + random.randrange(1, 6)])
            pattern = random.choice(["", "^"] if start == 0 else [""]) + piece
            return f'{name} {op} "{pattern}"', compared(name, op, pattern)
        if kind == "name":
            name, op = self.pick(NAMES), random.choice(["==", "!="])
            value = self.value(name)
            shown = value if re.fullmatch(r"[A-Z][A-Z0-9_]*", value) else "1"
            value = value if shown == value else {"error": "EPERM", "signal": "SIGHUP"}[name]
            return f"{name} {op} {shown}", compared(name, op, value)
        if kind == "truth":
            name = self.pick(TRUTHS)
            return random.choice([(name, lambda event: event.get(name, False)),
                                  (f"{name} == false", compared(name, "==", False))])
        if kind == "class":
            value = random.choice(["file", "desc", "memory", "process", "network", "signal"])
            return f"class == {value}", lambda event: value in event.get("class", "").split(",")
        start, end = sorted((self.value("time_ns"), self.value("time_ns")))
        start, end = max(start, 0), max(end, 0)
        return f"time in {start}ns..{end}ns", lambda event: start <= event["time_ns"] < end

    def expression(self, depth=3):
        random = self.random
        shape = random.random()
        if depth == 0 or shape < 0.35:
            return self.condition()
        text, meaning = self.expression(depth - 1)
        if shape < 0.5:
            return f"!({text})", lambda event: not meaning(event)
        other_text, other = self.expression(depth - 1)
        if shape < 0.75:
            return f"({text}) && ({other_text})", lambda event: meaning(event) and other(event)
        return f"({text}) or ({other_text})", lambda event: meaning(event) or other(event)
