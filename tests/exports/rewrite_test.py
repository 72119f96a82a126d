#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--slice and --redact: the same events, the same numbers, nothing that was to go; --verify finds the files sound.
usage: rewrite_test.py EBPF_ANALYZE FORMAT_TESTS SCRIPT_TRACE TRACE..."""
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

import formats

ANALYZE, SCRIPT = sys.argv[1], sys.argv[3]
sys.path.insert(0, sys.argv[2])
import read_trace  # noqa: E402  pylint: disable=wrong-import-position

CHOICES = [[], ["--filter", "failed"], ["--from", "5ms", "--to", "-5ms"], ["--filter", "event in {fork, exec, exit}"],
           ["--filter", "path ~ \"^/etc\""], ["--filter", "process == \"nobody has this name\""]]
OWN = ("recording", "host")  # fields that are not the same


def rows(trace, *options):
    """Events without what another file has of its own."""
    return [{name: value for name, value in event.items() if name not in OWN} for event in formats.events(ANALYZE, trace, *options)]


def answer(trace, *options):
    return json.loads(formats.run(ANALYZE, trace, "--format", "json", "-n", "0", *options))


def verify(trace, sound):
    done = subprocess.run([ANALYZE, trace, "--verify", "--format", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    checks = json.loads(done.stdout)["rows"]
    assert not [check for check in checks if check["verdict"] == "damaged"], checks
    unknown = {check["check"] for check in checks if check["verdict"] == "unknown"}
    assert not unknown if sound else unknown <= {"account", "ids"}, unknown
    assert done.returncode == (0 if sound else 0), done


def check_slices(trace, folder, has_end):
    source = rows(trace)
    before = answer(trace, "--summary")
    for choice in CHOICES:
        path = os.path.join(folder, "slice.trace")
        formats.run(ANALYZE, trace, "--slice", path, *choice)
        assert os.listdir(folder) == ["slice.trace"]
        wanted = rows(trace, *choice)
        got = rows(path)
        assert sorted(map(repr, got)) == sorted(map(repr, wanted)), f"{choice}: {len(got)} events, not {len(wanted)}"
        verify(path, has_end)
        after = answer(path, "--summary")
        assert (after["lost"], after["complete"]) == (before["lost"], True), (after["lost"], before["lost"])
        assert os.path.getsize(path) < os.path.getsize(trace) + 2000
        text = formats.run(ANALYZE, path, "--summary").decode()
        assert "made of another trace" in text, text
        if choice:
            assert choice[1] in text, text
        left_out = re.search(r"left out: (\d+) rows", text)
        assert (len(wanted) == len(source)) or left_out, text
        # Answers by process, file and time are those of the source with the same filter.
        for question in (["--top-io"], ["--syscalls"], ["--top-files"]):
            assert answer(path, *question)["rows"] == answer(trace, *question, *choice)["rows"], (question, choice)
        # Of descriptions only what is referred to is left.
        whole = stored(trace)
        part = stored(path)
        for kind in ("file", "thread", "cgroup", "user"):
            assert set(part[kind]) <= set(whole[kind]), kind
        if len(wanted) < len(source) / 4:
            assert len(part["file"]) < len(whole["file"]) or len(whole["file"]) < 4
        refers = collections.defaultdict(set)
        for kind, list_of in part["rows"].items():
            for row in list_of:
                for column in row:
                    if column in REFERS:
                        refers[REFERS[column]].add(row[column])
        passed = any(row.get("content") for list_of in part["rows"].values() for row in list_of)  # may name files, too
        assert passed or set(part["file"]) <= refers["file"], set(part["file"]) - refers["file"]
        assert refers["file"] - {0} <= set(part["file"]) | (refers["file"] - set(whole["file"]))
        # A slice of a slice.
        again = os.path.join(folder, "again.trace")
        formats.run(ANALYZE, path, "--slice", again, "--from", "1ms")
        assert sorted(map(repr, rows(again))) == sorted(map(repr, rows(trace, *choice[:2], "--from", "1ms") if "--from" not in choice
                                                           else rows(path, "--from", "1ms")))
        verify(again, has_end)
        os.unlink(again)
        os.unlink(path)


REFERS = {"file": "file", "file2": "file", "cwd": "file", "exe": "file", "program": "file"}


def stored(trace):
    """The ids that are described, and the rows of events, by the independent reader."""
    with open(trace, "rb") as file:
        data = file.read()
    found = {"file": [], "thread": [], "cgroup": [], "user": [], "rows": collections.defaultdict(list)}
    types = None
    for kind, type_id, _, count, root in read_trace.frames(data):
        if kind == 5:
            types = read_trace.catalogue(root)[0]
        if kind != 2:
            continue
        name, _, columns = types[type_id]
        for row in read_trace.rows_of(root, count, columns):
            if name in ("file", "thread", "cgroup"):
                found[name].append(row[name])
            elif name == "user":
                found["user"].append(row["uid"])
            else:
                found["rows"][name].append(row)
    return found


SECRETS = ["topsecret", "s3cretcomm", "hushfile", "quietdir", "argwhisper", "envwhisper", "192.0.2.77", "markertext", "cgroupname", "ifacename",
           "ruletext", "packetbytes", "contentbytes", "execname"]
SCRIPTED = """\
running pid=7 ppid=1 comm=topsecret argv="/bin/hushfile argwhisper" cgroup=/cgroupname
open pid=7 fd=3 file=/quietdir/hushfile
10us s3cretcomm openat filename="/quietdir/hushfile" 3 file=/quietdir/hushfile
20us s3cretcomm read 12 file=/quietdir/hushfile
row 21us syscall thread=1 content="contentbytes"
30us s3cretcomm exec exe=/quietdir/execname cwd=/quietdir ./execname ./execname argwhisper --token=topsecret
40us s3cretcomm rename oldname=/quietdir/hushfile newname=/quietdir/hushfile2 0
50us s3cretcomm write 10 file=socket:[8] type=socket local=192.0.2.77:80 remote=192.0.2.78:4000
52us s3cretcomm sendto 4 file=socket:[9] type=socket local=192.0.2.77:81 transport=udp peer=192.0.2.78:53
55us s3cretcomm cgroup /cgroupname/deep
60us s3cretcomm comm hushfile
70us hushfile exit 0
row 80us marker uid=1000 pid=5 text="markertext"
row 81us user uid=1000 name=topsecret
row 82us interface interface=0 name=ifacename
row 83us rule rule=1 text="ruletext 192.0.2.77"
row 84us packet data="packetbytes" length=11 rule=1
row 85us flow packets=3 source=192.0.2.77:4000 rule=ruletext
row 86us security source=192.0.2.77:4000 rule=ruletext
row 90us exec thread=1 env="NAME=envwhisper\\000"
"""


def everything(trace):
    """All bytes of a file, decompressed, without the catalogue, and every text of its blocks written out."""
    with open(trace, "rb") as file:
        data = file.read()
    whole, types = [], None
    for kind, type_id, _, count, root in read_trace.frames(data):
        if kind == 5:
            types = read_trace.catalogue(root)[0]
            continue
        for message in root if isinstance(root, list) else [root]:
            if message:
                whole.extend(message.message.segments)
        if kind == 2:
            for row in read_trace.rows_of(root, count, types[type_id][2]):
                whole.extend(value for value in row.values() if isinstance(value, bytes))
    return b"\n".join(whole)


def check_secrets(folder):
    source, path = os.path.join(folder, "s.trace"), os.path.join(folder, "r.trace")
    scripted = "\n".join(line for line in SCRIPTED.splitlines() if line)
    with open(source, "wb") as file:
        subprocess.run([SCRIPT], input=scripted.encode(), stdout=file, check=True)
    before = everything(source)
    for secret in SECRETS:
        raw = bytes([192, 0, 2, 77]) if secret == "192.0.2.77" else secret.encode()
        assert raw in before, f"{secret} is not in the source: the test looks at nothing"
    formats.run(ANALYZE, source, "--redact", path)
    after = everything(path)
    for secret in SECRETS:
        for raw in (secret.encode(), bytes([192, 0, 2, 77]), bytes([192, 0, 2, 78])):
            assert raw not in after, f"{secret} is still there"
    with open(path, "rb") as file:
        assert b"secret" not in file.read()
    verify(path, True)
    events = formats.events(ANALYZE, path)
    openat = next(event for event in events if event["event"] == "openat")
    read = next(event for event in events if event["event"] == "read")
    assert openat["path"] == read["path"], "a name that has two pseudonyms"
    assert re.fullmatch(r"/n[0-9a-f]{12}/n[0-9a-f]{12}", openat["path"]), openat
    names = {event.get("process") for event in events if event.get("process")}
    last = openat["path"].rpartition("/")[2]
    assert last in names, "the process that is called like a file has another pseudonym"
    for event in events:
        if event["event"] == "flow":
            assert event["source"].startswith("10."), event
    text = formats.run(ANALYZE, path, "--summary").decode()
    assert "redaction" in text, text
    # Another time, other pseudonyms: they are not to be had without the secret.
    again = os.path.join(folder, "again.trace")
    formats.run(ANALYZE, source, "--redact", again)
    assert last.encode() not in everything(again)


def check_redaction(trace, folder, has_end):
    path = os.path.join(folder, "redacted.trace")
    formats.run(ANALYZE, trace, "--redact", path)
    verify(path, has_end)
    numbers = ("time_ns", "pid", "tid", "event", "duration_ns", "result", "bytes", "cpu", "error", "exit_code", "number", "uid")
    before, after = rows(trace), rows(path)
    assert [[event.get(name) for name in numbers] for event in before] == [[event.get(name) for name in numbers] for event in after]
    # The same names have the same pseudonyms, other names others.
    for name in ("process", "path", "exe", "filename", "cgroup"):
        pairs = {(old.get(name), new.get(name)) for old, new in zip(before, after)}
        assert len({old for old, _ in pairs}) == len({new for _, new in pairs}) == len(pairs), name
    everything_left = everything(path)
    words = set()
    for event in before:
        for name in ("process", "path", "path2", "argv", "filename", "exe", "cwd", "cgroup", "user", "text"):
            if isinstance(event.get(name), str):
                words.update(re.split(r"[/ \0]", event[name]))
    for word in words:
        # The kernel's own words stay: pipe:[7].
        if len(word) < 6 or word == "x86_64" or re.fullmatch(r"[a-z_]+:\[?\[?[a-z0-9_-]+\]?\]?", word):
            continue
        assert word.encode() not in everything_left, f"{word!r} is still there"
    assert answer(path, "--summary")["lost"] == answer(trace, "--summary")["lost"]
    os.unlink(path)


def check_files(trace, folder):
    def refused(*arguments):
        done = subprocess.run([ANALYZE, trace, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 1, (arguments, done)
        return done.stderr.decode()
    path = os.path.join(folder, "x.trace")
    assert "unknown field" in refused("--slice", path, "--filter", "nothing == 1")
    assert "make a --slice" in refused("--redact", path, "--filter", "failed")
    assert "No such file" in refused("--slice", os.path.join(folder, "none", "x"))
    assert "no regular file" in refused("--slice", folder)
    assert os.listdir(folder) == []
    # Onto itself: the source is read until the end.
    with open(trace, "rb") as file, open(path, "wb") as copy:
        copy.write(file.read())
    wanted = rows(path, "--filter", "failed")
    formats.run(ANALYZE, path, "--slice", path, "--filter", "failed")
    assert rows(path) == wanted
    piped = formats.run(ANALYZE, trace, "--slice", "-", "--filter", "failed")
    with open(path, "wb") as file:
        file.write(piped)
    assert rows(path) == wanted
    os.unlink(path)


def main():
    with tempfile.TemporaryDirectory() as folder:
        check_secrets(folder)
    for trace in sys.argv[4:]:
        with tempfile.TemporaryDirectory() as folder:
            has_end = subprocess.run([ANALYZE, trace, "--verify"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                     check=False).returncode == 0
            check_slices(trace, folder, has_end)
            check_redaction(trace, folder, has_end)
            check_files(trace, folder)
        print(f"ok: {trace}")


main()
