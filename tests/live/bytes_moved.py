# SPDX-License-Identifier: Apache-2.0
# Bytes read and written, per process (--top-io) and per file (--top-files), are what the command is known to move.
# What a dynamic loader reads of libraries comes on top for a process: there strace, which sums the results of the same
# calls, is the witness.
import json
import os
import shutil
import unittest

from messages import PRELUDE
from strace_calls import strace
from traced_run import LiveTest, analyze, main

READS = {"read", "pread64", "readv"}
WRITES = {"write", "pwrite64", "writev"}
MOVES = {"copy_file_range", "sendfile", "splice"}


def moved(calls, names):
    return sum(call.result for call in calls if call.name in names and call.result is not None and call.result > 0)


class BytesMoved(LiveTest):
    def io_of(self, trace, process):
        rows = analyze(trace, "--top-io").where(process=process)
        self.assertEqual(len(rows), 1, rows)
        return rows[0]

    def files_of(self, trace):
        return analyze(trace, "--top-files").by("path")

    @unittest.skipUnless(shutil.which("strace"), "strace is not installed")
    def test_processes_agree_with_strace(self):
        with open(self.file("in"), "wb") as data:
            data.write(os.urandom(300_000))
        for command in (["dd", "if=/dev/zero", f"of={self.file('out')}", "bs=4096", "count=1000", "status=none"],
                        ["cat", self.file("in")],
                        ["cp", self.file("in"), self.file("copy")],
                        ["tar", "cf", self.file("all.tar"), "-C", "/usr/include", "linux"]):
            with self.subTest(command=command[0]):
                row = self.io_of(self.recorded(command), command[0])
                calls, _ = strace(command, self.file("strace.txt"))
                self.assertEqual(row["read_bytes"], moved(calls, READS | MOVES))
                self.assertEqual(row["write_bytes"], moved(calls, WRITES | MOVES))

    def test_dd_moves_blocks_times_size(self):
        out = self.file("out")
        trace = self.recorded(["dd", "if=/dev/zero", f"of={out}", "bs=4096", "count=1000", "status=none"])
        files = self.files_of(trace)
        self.assertEqual((files["/dev/zero"]["reads"], files["/dev/zero"]["read_bytes"]), (1000, 4_096_000))
        self.assertEqual((files[out]["writes"], files[out]["write_bytes"]), (1000, 4_096_000))
        self.assertEqual((files[out]["read_bytes"], files[out]["opens"], files[out]["processes"]), (0, 1, 1))
        self.assertEqual(self.io_of(trace, "dd")["write_bytes"], 4_096_000)

    def test_cat_reads_the_size_of_the_file(self):
        data = self.file("data")
        with open(data, "wb") as to:
            to.write(b"x" * 1_234_567)
        trace = self.recorded(["cat", data])
        self.assertEqual(self.files_of(trace)[data]["read_bytes"], 1_234_567)
        self.assertEqual(self.io_of(trace, "cat")["write_bytes"], 1_234_567)

    def test_a_pipeline_has_its_bytes_on_both_sides(self):
        out = self.file("out")
        trace = self.recorded(["sh", "-c", f"head -c 1000000 /dev/zero | cat > {out}"])
        self.assertEqual(self.io_of(trace, "head")["write_bytes"], 1_000_000)
        self.assertEqual(self.io_of(trace, "cat")["write_bytes"], 1_000_000)
        files = self.files_of(trace)
        self.assertEqual(files[out]["write_bytes"], 1_000_000)
        pipe, = [row for path, row in files.items() if path.startswith("pipe:[") and row["write_bytes"] == 1_000_000]
        self.assertEqual((pipe["read_bytes"], pipe["processes"]), (1_000_000, 2))

    def test_calls_that_move_between_descriptors_count_twice(self):
        _, trace = self.python("""
import os
a = os.open("a", os.O_RDWR | os.O_CREAT); os.write(a, b"x" * 50000); os.lseek(a, 0, 0)
b = os.open("b", os.O_RDWR | os.O_CREAT)
os.copy_file_range(a, b, 20000)
c = os.open("c", os.O_RDWR | os.O_CREAT)
os.sendfile(c, a, 0, 30000)
""")
        row, = analyze(trace, "--top-io").rows
        self.assertEqual(row["write_bytes"], 50_000 + 20_000 + 30_000)
        read_by_python = sum(file["read_bytes"] for file in analyze(trace, "--top-files").rows
                             if not file["path"].startswith(self.folder))
        self.assertEqual(row["read_bytes"], 20_000 + 30_000 + read_by_python)

    def test_vectors_offsets_and_sockets(self):
        _, trace = self.python("""
import os, socket
f = os.open("f", os.O_RDWR | os.O_CREAT)
os.writev(f, [b"1" * 100, b"2" * 200]); os.pwrite(f, b"3" * 50, 300)
os.preadv(f, [bytearray(70), bytearray(7)], 0); os.pread(f, 3, 0)
left, right = socket.socketpair()
left.send(b"4" * 1000); right.recv(4000)
right.sendmsg([b"5" * 10, b"6" * 20]); left.recvmsg(100)
print(os.fstat(left.fileno()).st_ino, os.fstat(right.fileno()).st_ino)
""")
        files = self.files_of(trace)
        row = files[self.file("f")]
        self.assertEqual((row["writes"], row["write_bytes"], row["reads"], row["read_bytes"]), (2, 350, 2, 80))
        sockets = sorted((row["write_bytes"], row["read_bytes"]) for path, row in files.items() if path.startswith("UNIX-STREAM:["))
        self.assertEqual(sockets, [(30, 1000), (1000, 30)])

    def sockets_of(self, program):
        """What the program printed, and (reads, bytes read, writes, bytes written, bytes looked at) of its sockets by name."""
        out, trace = self.python(PRELUDE + program)
        facts = json.loads(out.splitlines()[-1])
        files = {path: (row["reads"], row["read_bytes"], row["writes"], row["write_bytes"], row["peeked_bytes"])
                 for path, row in self.files_of(trace).items() if row["type"] in ("socket", "fifo")}
        # The same in the other answers.
        calls = [row for row in analyze(trace, "--events").rows if "bytes" in row]
        io, = analyze(trace, "--top-io").rows
        summary, = analyze(trace, "--summary").rows
        everything = analyze(trace, "--top-files").rows
        for name in ("read_bytes", "write_bytes", "peeked_bytes"):
            self.assertEqual(io[name], sum(row[name] for row in everything), name)
            self.assertEqual(io[name], summary[name], name)
        self.assertEqual(io["peeked_bytes"], sum(row.get("peeked_bytes", 0) for row in calls))
        return facts, files, [row for row in calls if row["event"] in ("sendmmsg", "recvmmsg", "recvfrom", "recvmsg", "tee", "vmsplice")]

    def test_messages_move_their_bytes_however_many_there_are(self):
        facts, files, calls = self.sockets_of("""
a, b = udp(), udp(); a.connect(b.getsockname()); b.connect(a.getsockname())
c, d = socket.socketpair()  # which loses nothing, and waits for nobody if there is room
c.setsockopt(socket.SOL_SOCKET, 32, 16 << 20)  # SO_SNDBUFFORCE
counts = []
for number, by, to in ((1, a, b), (40, a, b), (1024, c, d)):
    m = messages(*((None, [b"x" * (i % 50), b"y"], None) for i in range(number)))
    sent, bytes_sent = send(by, m), sum(message.length for message in m)
    m = messages(*((None, [i % 50, 1], None) for i in range(number)))
    counts.append([sent, bytes_sent, receive(to, m), sum(message.length for message in m)])
assert receive(b, messages((None, [10], None)), socket.MSG_DONTWAIT) == -1
ends = ["127.0.0.1:%d" % s.getsockname()[1] for s in (a, b)]
print(json.dumps({"counts": counts, "a": "UDP:[%s->%s]" % (ends[0], ends[1]), "b": "UDP:[%s->%s]" % (ends[1], ends[0])}))
""")
        sizes = [sum(i % 50 + 1 for i in range(number)) for number in (1, 40, 1024)]
        self.assertEqual(facts["counts"], [[number, size, number, size] for number, size in zip((1, 40, 1024), sizes)])
        self.assertEqual(files[facts["a"]], (0, 0, 2, sizes[0] + sizes[1], 0))
        self.assertEqual(files[facts["b"]], (3, sizes[0] + sizes[1], 0, 0, 0))
        self.assertEqual(sorted(row for path, row in files.items() if path.startswith("UNIX-STREAM:[")),
                         [(0, 0, 1, sizes[2], 0), (1, sizes[2], 0, 0, 0)])
        self.assertEqual([call["bytes"] for call in calls], [count[which] for count in facts["counts"] for which in (1, 3)])

    def test_what_was_only_looked_at_has_not_moved(self):
        facts, files, _ = self.sockets_of("""
a, b = socket.socketpair()
a.send(b"x" * 1000)
looked = [len(b.recv(2000, socket.MSG_PEEK)), len(b.recv(10, socket.MSG_PEEK)), len(b.recvmsg(70, 0, socket.MSG_PEEK)[0])]
m = messages((None, [5, 6], None)); assert receive(b, m, socket.MSG_PEEK) == 1; looked.append(m[0].length)
b.setsockopt(socket.SOL_SOCKET, 42, 0)  # SO_PEEK_OFF
looked += [len(b.recv(300, socket.MSG_PEEK)), len(b.recv(300, socket.MSG_PEEK)), len(b.recv(1000, socket.MSG_PEEK))]
read = len(b.recv(2000))
t = socket.socket(); t.bind(("127.0.0.1", 0)); t.listen(); c = socket.create_connection(t.getsockname()); s, _ = t.accept()
c.send(b"y" * 500); tcp = len(s.recv(200, socket.MSG_PEEK)); tcp_read = len(s.recv(200)) + len(s.recv(500))
print(json.dumps({"looked": looked, "read": read, "tcp": "TCP:[%s:%d->%s:%d]" % (s.getsockname() + s.getpeername()), "sums": [tcp, tcp_read]}))
""")
        self.assertEqual(facts["looked"], [1000, 10, 70, 11, 300, 300, 400])
        self.assertEqual((facts["read"], facts["sums"]), (1000, [200, 500]))
        pair = sorted(row for path, row in files.items() if path.startswith("UNIX-STREAM:["))
        self.assertEqual(pair, [(0, 0, 1, 1000, 0), (8, 1000, 0, 0, sum(facts["looked"]))])
        self.assertEqual(files[facts["tcp"]], (3, 500, 0, 0, 200))

    def test_a_length_that_is_only_reported_has_not_moved(self):
        facts, files, _ = self.sockets_of("""
def room(s, size, flags=0):
    # The library will not take a result that is larger than its buffer.
    return libc.recv(s.fileno(), ctypes.c_void_p(memory(max(size, 1))[0]), size, flags)
T, P = socket.MSG_TRUNC, socket.MSG_PEEK
def one(s, sizes, flags):
    m = messages((None, sizes, None)); return libc.recvmsg(s.fileno(), ctypes.c_void_p(ctypes.addressof(m)), flags)
a, b = udp(), udp(); a.connect(b.getsockname()); b.connect(a.getsockname())
for _ in range(6): a.send(b"x" * 1000)
results = [room(b, 10, T), room(b, 20), room(b, 0, T | P), room(b, 30, T | P), one(b, [1, 2], T), one(b, [2000], T)]
m = messages((None, [3], None), (None, [1, 1], None)); assert receive(b, m, T) == 2; results += [m[0].length, m[1].length]
q, r = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
q.send(b"z" * 50); results.append(room(r, 8, T))
t = socket.socket(); t.bind(("127.0.0.1", 0)); t.listen(); c = socket.create_connection(t.getsockname()); s, _ = t.accept()
c.send(b"y" * 500); results += [room(s, 100, T | P), room(s, 100, T), one(s, [60, 40], T), room(s, 1000)]
ends = ["127.0.0.1:%d" % s.getsockname()[1] for s in (a, b)]
print(json.dumps({"results": results, "udp": "UDP:[%s->%s]" % (ends[1], ends[0]), "tcp": "TCP:[%s:%d->%s:%d]" % (s.getsockname() + s.getpeername())}))
""")
        self.assertEqual(facts["results"], [1000, 20, 1000, 1000, 1000, 1000, 1000, 1000, 50, 100, 100, 100, 300])
        self.assertEqual(files[facts["udp"]], (7, 10 + 20 + 3 + 1000 + 3 + 2, 0, 0, 0 + 30))
        self.assertIn((1, 8, 0, 0, 0), [row for path, row in files.items() if path.startswith("UNIX-SEQPACKET:[")])
        # What TCP throws away did not come to anybody (tcp(7), MSG_TRUNC).
        self.assertEqual(files[facts["tcp"]], (4, 300, 0, 0, 0))

    def test_the_error_queue_returns_what_was_sent_before(self):
        facts, files, calls = self.sockets_of("""
a = udp(); a.setsockopt(socket.SOL_IP, 11, 1)  # IP_RECVERR
gone = udp(); a.connect(gone.getsockname()); gone.close()
results = []
for receive_one in (lambda: len(a.recvmsg(100, 500, socket.MSG_ERRQUEUE)[0]), lambda: len(a.recv(100, socket.MSG_ERRQUEUE))):
    a.send(b"lost"); wait_for_error(a); results.append(receive_one())
q, r = socket.socketpair()  # has no error queue, and ignores the flag
q.send(b"found"); results += [len(r.recv(3, socket.MSG_ERRQUEUE)), len(r.recvmsg(3, 0, socket.MSG_ERRQUEUE)[0])]
print(json.dumps({"results": results, "udp": "UDP:[%s:%d->%s:%d]" % (a.getsockname() + a.getpeername())}))
""")
        self.assertEqual(facts["results"], [4, 4, 3, 2])
        self.assertEqual(files[facts["udp"]], (2, 0, 2, 8, 0))
        self.assertEqual([call["bytes"] for call in calls], [0, 0, 3, 2])

    def test_pipes_that_are_copied_and_spliced(self):
        facts, files, _ = self.sockets_of("""
r, w = os.pipe(); r2, w2 = os.pipe()
out = vectors([b"hello", b" world"]); back = vectors([3, 100])
results = [libc.vmsplice(w, out, 2, 0), libc.tee(r, w2, 100, 0)]
f = os.open("to", os.O_RDWR | os.O_CREAT)
results += [libc.splice(r, None, f, None, 6, 0), libc.vmsplice(r, back, 2, 0), os.sendfile(w2, f, 0, 6), len(os.read(r2, 100))]
print(json.dumps({"results": results, "pipes": ["pipe:[%d]" % os.fstat(fd).st_ino for fd in (r, r2)]}))
""")
        self.assertEqual(facts["results"], [11, 11, 6, 5, 6, 17])
        self.assertEqual(files[facts["pipes"][0]], (3, 6 + 5, 1, 11, 11))
        self.assertEqual(files[facts["pipes"][1]], (1, 17, 2, 11 + 6, 0))

    def test_failed_calls_move_nothing_and_are_errors(self):
        _, trace = self.python("""
import os
out = os.open("out", os.O_WRONLY | os.O_CREAT)
for i in range(7):
    try: os.read(out, 100)
    except OSError: pass
os.write(out, b"12345")
""")
        row = self.files_of(trace)[self.file("out")]
        self.assertEqual((row["read_bytes"], row["write_bytes"]), (0, 5))
        io, = analyze(trace, "--top-io").rows
        self.assertGreaterEqual(io["errors"], 7)


if __name__ == "__main__":
    main()
