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


def events(analyze, trace, *options):
    """Every event with all fields that it has, in order."""
    lines = run(analyze, trace, "--events", "--format", "json", "--columns", "all", *options)
    return [json.loads(line) for line in lines.splitlines()]


def answer(analyze, trace, *options):
    return json.loads(run(analyze, trace, "--format", "json", "-n", "0", *options))["rows"]


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
