# SPDX-License-Identifier: Apache-2.0
# What pointer arguments led to: the bytes in the trace are those that the program itself knows.
import json
import os
import struct
import sys
import unittest

import traced_run
from raw_rows import AT_ENTRY, AT_LEAST, BUFFER, PART, UNREADABLE, VECTOR, Rows
from traced_run import LiveTest, main

PROGRAM = """
import ctypes, json, os, select, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
facts = {}
info = os.stat("/etc/passwd"); facts["stat"] = [info.st_dev, info.st_ino, info.st_mode, info.st_size]
facts["pipe"] = os.pipe()
r, w = facts["pipe"]
os.writev(w, [b"ab", b"cde"]); os.read(r, 2); os.readv(r, [bytearray(1), bytearray(100)])
facts["cwd"] = os.getcwd()
os.symlink("t" * 1000, "link"); os.readlink("link")
try: os.execv("/nonexistent", ["x", "", "y z"])
except OSError: pass
poll = select.poll(); poll.register(r, select.POLLIN); poll.register(w, select.POLLOUT); poll.poll(1000)
os.write(w, b"!"); select.select([r], [], [], 10)
left, right = socket.socketpair(); left.sendmsg([b"12", b"345"]); right.recvmsg(100)
facts["pair"] = [left.fileno(), right.fileno()]
libc.memfd_create(ctypes.c_void_p(8), 0)
libc.memfd_create(b"n" * 5000, 0)
epoll = select.epoll(); epoll.register(right, select.EPOLLOUT); epoll.poll(1)
child = os.fork()
if child == 0: os._exit(7)
facts["child"] = [child, os.waitpid(child, 0)[1]]
print(json.dumps(facts))
"""


class CallContent(LiveTest):
    def rows(self, *options):
        self.recordings += 1
        trace = self.file(f"run{self.recordings}.trace")
        for name in ("link",):
            if os.path.lexists(self.file(name)):
                os.unlink(self.file(name))
        recording = traced_run.record(trace, [sys.executable, "-S", "-c", PROGRAM], options, cwd=self.folder)
        self.assertEqual(recording.status, 0, recording.stderr)
        return json.loads(recording.stdout), Rows(trace)

    def only(self, calls):
        self.assertEqual(len(calls), 1, calls)
        return calls[0]

    def test_structures_addresses_and_names(self):
        facts, rows = self.rows()
        stats = [struct.unpack("<QQQIIIIQq", call["items"][0].bytes[:56]) for call in rows.calls("stat", "newfstatat")
                 if call["path"] == b"/etc/passwd" and call["result"] == 0]
        device, inode, mode, size = facts["stat"]
        self.assertIn((device, inode, mode, size), [(s[0], s[1], s[3], s[8]) for s in stats])
        failed = [call for call in rows.calls("stat", "newfstatat") if call["result"] < 0]
        self.assertTrue(failed)
        self.assertEqual([call for call in failed if call["items"]], [])

        self.assertEqual(struct.unpack("<ii", rows.calls("pipe2")[-1]["items"][0].bytes), tuple(facts["pipe"]))
        self.assertEqual(struct.unpack("<ii", self.only(rows.calls("socketpair"))["items"][0].bytes), tuple(facts["pair"]))
        self.assertIn(os.fsencode(facts["cwd"]) + b"\0", [call["items"][0].bytes for call in rows.calls("getcwd")])

        link = self.only([call for call in rows.calls("readlink") if call["path"] == b"link"])["items"][0]
        self.assertEqual((link.arg, link.bytes, link.original), (1, b"t" * 256, 1000))

        failed_exec = self.only([call for call in rows.calls("execve") if call["path"] == b"/nonexistent"])
        self.assertEqual([(item.arg, item.bytes) for item in failed_exec["items"]], [(1, b"x\0\0y z\0")])

        unreadable, long = rows.calls("memfd_create")
        self.assertEqual((unreadable["result"], unreadable["items"][0].flags, unreadable["items"][0].bytes),
                         (-14, UNREADABLE, b""))
        self.assertEqual((long["items"][0].flags, long["items"][0].bytes, long["items"][0].original),
                         (AT_LEAST, b"n" * 256, 4095))

        r, w = facts["pipe"]
        polled = self.only(rows.calls("poll"))["items"][0]
        self.assertEqual([struct.unpack_from("<iHH", polled.bytes, at) for at in (0, 8)], [(r, 1, 0), (w, 4, 4)])
        selected = self.only(rows.calls("select", "pselect6"))["items"]
        self.assertEqual([(item.arg, item.flags) for item in selected], [(1, AT_ENTRY), (4, AT_ENTRY), (1, 0), (4, 0)])
        self.assertEqual([item.bytes[0] for item in (selected[0], selected[2])], [1 << r, 1 << r])
        self.assertEqual(struct.unpack("<q", selected[1].bytes[:8])[0], 10)
        self.assertLess(struct.unpack("<q", selected[3].bytes[:8])[0], 10)

        waited = self.only([call for call in rows.calls("wait4") if call["result"] == facts["child"][0]])
        self.assertEqual(struct.unpack("<i", waited["items"][0].bytes)[0], facts["child"][1])
        event = self.only([call for call in rows.calls("epoll_wait") if call["result"] == 1])["items"][0]
        self.assertEqual(struct.unpack("<II", event.bytes[:8]), (4, facts["pair"][1]))

    def test_data_only_when_asked_for(self):
        _, rows = self.rows()
        self.assertEqual([call for call in rows.calls("read", "write", "pread64") if call["items"]], [])
        vector = self.only(rows.calls("writev"))["items"]
        self.assertEqual([len(item.bytes) for item in vector], [32])
        self.assertEqual([item.flags for item in self.only(rows.calls("sendmsg"))["items"]], [0, PART | VECTOR])

        _, rows = self.rows("--data", "-s", "3")
        vector = self.only(rows.calls("writev"))["items"]
        self.assertEqual([(item.flags, item.bytes, item.original) for item in vector[1:]], [(PART | BUFFER, b"ab", 2), (PART | BUFFER, b"cde", 3)])
        received = self.only(rows.calls("readv"))["items"]
        self.assertEqual([(item.bytes, item.original) for item in received[1:]], [(b"c", 1), (b"de", 2)])
        message = self.only(rows.calls("recvmsg"))["items"]
        self.assertEqual((message[-1].bytes, message[-1].original), (b"123", 5))
        self.assertIn((b"!", 1), [(call["items"][0].bytes, call["items"][0].original) for call in rows.calls("write")])

    def test_a_limit_of_zero_keeps_lengths(self):
        _, rows = self.rows("-s", "0")
        link = self.only([call for call in rows.calls("readlink") if call["path"] == b"link"])["items"][0]
        self.assertEqual((link.bytes, link.original), (b"", 1000))

    def test_a_limit_that_is_too_large_is_refused(self):
        recording = traced_run.record(self.file("no.trace"), ["true"], ["-s", "5000"])
        self.assertEqual(recording.status, 2)
        self.assertIn("4095", recording.stderr)

    def test_descriptors_that_calls_return_and_directories(self):
        program = """
import os
d = os.open(".", os.O_RDONLY)
f = os.open("made", os.O_CREAT | os.O_RDWR, dir_fd=d)
os.dup2(f, 30)
try: os.open("missing", os.O_RDONLY, dir_fd=d)
except OSError: pass
os.stat("made", dir_fd=d)
"""
        _, trace = self.python(program)
        rows = Rows(trace)
        path = lambda file: rows.files[file]["path"] if file else None
        folder, made = os.fsencode(self.folder), os.fsencode(self.file("made"))
        by_path = {call["path"]: call for call in rows.calls("openat", "newfstatat")}
        self.assertEqual((path(by_path[b"missing"]["file"]), path(by_path[b"missing"]["file2"])), (None, folder))
        opened = self.only([call for call in rows.calls("openat") if call["path"] == b"made"])
        self.assertEqual((path(opened["file"]), path(opened["file2"])), (made, folder))
        self.assertEqual(path(by_path[b"made"]["file"]), folder)
        copied = rows.calls("dup2", "dup3")[-1]
        self.assertEqual((path(copied["file"]), path(copied["file2"])), (made, made))

    def test_a_memfd_is_deleted(self):
        _, trace = self.python("import os; os.write(os.memfd_create('memo'), b'x')")
        self.assertIn((b"/memfd:memo", 1), [(row["path"], row["flags"] & 1) for row in Rows(trace).of["file"]])


if __name__ == "__main__":
    main()
