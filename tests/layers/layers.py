#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may know whom: docs/architecture.md's rooms, checked by what each source file includes, imports and defines.
usage: layers.py FOLDER   (prints what is wrong, a line each; exit 1 if anything is)"""
import os
import re
import sys

# Of each room: the rooms whose headers it may include.
FORMAT = ["schema", "trace/format"]
READ, WRITE = FORMAT + ["trace/read"], FORMAT + ["trace/write"]
KNOWS = {
    "schema": ["schema"],
    "bpf": ["bpf"],
    "trace/format": FORMAT,
    "trace/read": READ,
    "trace/write": WRITE,
    "predicate": READ + ["predicate"],
    "recorder": READ + ["trace/write", "predicate", "bpf", "recorder"],
    "analyzer": READ + ["trace/write", "predicate", "analyzer"],
    "gui": ["gui"],
    "ship": READ + ["predicate", "analyzer", "ship"],
}
# Single headers of a room that it doesn't know otherwise, and ones of a room that it knows.
ALSO = {"bpf": ["schema/row_layout.h", "schema/values.h"],
        "gui": [f"analyzer/api/{name}.h" for name in ("command_line", "event_rows", "export_file", "filter", "question", "recording_file", "result", "session", "timeline", "call_statistics", "moment", "stream")] +
               ["analyzer/rewrite/rewrite.h"]}
NOT = {"analyzer": {"schema/value_words.h": "names of values are those of the trace"},
       "trace/read": {"schema/value_words.h": "names of values are those of the trace"}}
NAMESPACES = {"schema": "ebpftrace", "trace": "ebpftrace::trace", "predicate": "ebpftrace::predicate",
              "recorder": "ebpftrace::recorder", "analyzer": "ebpftrace::analyzer",
              "gui": "ebpftrace::gui", "ship": "ebpftrace::ship"}
C_HEADERS = ["schema/row_layout.h"]  # for C, too: no namespace

ROOMS = {room.split("/")[0] for room in KNOWS}
INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.M)
IMPORT = re.compile(r'\bimport\s+"([^"]+)"')
# Comments, text and characters: nothing in them is code.
NO_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])*\'', re.S)
SCOPE = re.compile(r'[{}]')
TYPE = re.compile(r'\b(?:class|struct|union|enum(?:\s+(?:class|struct))?)\s+(\w+)\s*(?:final\s*)?(?::[^:{;][^{;]*)?$')
ENUM = re.compile(r'\benum(?:\s+\w+)?\s*(?::\s*\w+\s*)?$')
ALIAS = re.compile(r'\busing\s+(\w+)\s*=')
CONSTANT = re.compile(r'\b(?:const|constexpr)\b[^;{}()=]*?\b(k[A-Z]\w*)\s*(?:\[[^\]]*\]\s*)*(?==|{)')
FORWARD = re.compile(r'\bnamespace\s+([\w:]+)\s*{\s*(?:(?:class|struct)\s+\w+\s*;\s*)+}')
ONE_MORE = re.compile(r',\s*(k[A-Z]\w*)\s*[={]')


def room_of(path):
    """The room of a path from the source folder, which may not exist; None: it lies in none."""
    parts = path.split("/")
    for length in (2, 1):
        if len(parts) > length and "/".join(parts[:length]) in KNOWS:
            return "/".join(parts[:length])
    return None


def includes(path, text):
    """Paths from the source folder of our files that it includes or imports."""
    for name in (IMPORT if path.endswith(".capnp") else INCLUDE).findall(text):
        if path.endswith(".capnp") and name.startswith("/"):
            name = name[1:]
        elif "/" not in name and (path.endswith(".capnp") or path.startswith("bpf/")):
            name = f"{os.path.dirname(path)}/{name}"
        if name.split("/")[0] in ROOMS:
            yield name


def code_of(text):
    return re.sub(r'^\s*#(?:[^\n\\]|\\.)*', '', NO_CODE.sub(lambda match: "\n" * match[0].count("\n"), text), flags=re.M | re.S)


def definitions(text):
    """-> (namespaces that it opens, types and constants that others can see, by name)."""
    code = code_of(text)
    namespaces, names = [], set()
    stack, before = [], 0  # of scopes: True if what is directly in it is of a named namespace
    for brace in SCOPE.finditer(code):
        piece, before = code[before:brace.start()], brace.end()
        head = re.split(r'[;{}]', piece)[-1].strip()
        visible = all(stack)
        if visible:
            names.update(ALIAS.findall(piece))
            names.update(found for line in piece.split(";") for found in constants(line))
            names.update(constants(head + "{"))
        if brace[0] == "}":
            if stack:
                stack.pop()
            continue
        namespace = re.search(r'\b(?:inline\s+)?namespace\b\s*([\w:]*)$', head)
        if namespace:
            stack.append(bool(namespace[1]))
            if namespace[1]:
                namespaces.append(namespace[1])
            continue
        if visible and (found := TYPE.search(head)):
            names.add(found[1])
        if visible and ENUM.search(head):
            end = code.index("}", brace.end())
            names.update(re.findall(r'\b(k[A-Z]\w*)\b(?=\s*[=,]|\s*$)', code[brace.end():end]))
        stack.append(False)
    return namespaces, names


def constants(statement):
    found = CONSTANT.search(statement)
    return [found[1], *ONE_MORE.findall(statement[found.end():])] if found else []


def sources(folder):
    for room in sorted(ROOMS):
        for at, _, files in os.walk(os.path.join(folder, room)):
            for name in sorted(files):
                if name.endswith((".h", ".cc", ".c", ".capnp")):
                    yield os.path.relpath(os.path.join(at, name), folder)


def problems(folder):
    found, defined = [], {}
    for path in sources(folder):
        with open(os.path.join(folder, path), encoding="utf-8") as file:
            text = file.read()
        room = room_of(path)
        if not room:
            found.append(f"{path}: lies in no room")
            continue
        for name in includes(path, text):
            if name in NOT.get(room, {}):
                found.append(f"{path}: {room} must not include {name}: {NOT[room][name]}")
            elif room_of(name) not in KNOWS[room] and name not in ALSO.get(room, []):
                found.append(f"{path}: {room} must not include {name}")
        if not path.endswith((".h", ".cc")) or room == "bpf" or path in C_HEADERS:
            continue
        own = NAMESPACES[room.split("/")[0]]
        # What a room may include it may also declare.
        known = {NAMESPACES[other.split("/")[0]] for other in KNOWS[room] if other.split("/")[0] in NAMESPACES}
        namespaces, names = definitions(FORWARD.sub(lambda found: "" if found[1] in known else found[0], code_of(text)))
        for namespace in namespaces:
            if namespace.startswith("ebpftrace") and namespace != own:
                found.append(f"{path}: opens namespace {namespace}, its room's is {own}")
        only_macros = not re.sub(r"^#(.*\\\n)*.*", "", code_of(text), flags=re.MULTILINE).strip()
        if own not in namespaces and "int main(" not in text and not only_macros:
            found.append(f"{path}: is not in namespace {own}")
        for name in names:
            defined.setdefault(name, {}).setdefault(own, path)
    for name, places in sorted(defined.items()):
        if len(places) > 1:
            found.append(f"{name} is defined in two namespaces: " + ", ".join(sorted(places.values())))
    return found


if __name__ == "__main__":
    wrong = problems(sys.argv[1])
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)
