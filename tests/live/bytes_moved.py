# SPDX-License-Identifier: Apache-2.0
# Bytes read and written, per process (--top-io) and per file (--top-files), are what the command is known to move.
# What a dynamic loader reads of libraries comes on top for a process: there strace, which sums the results of the same
# calls, is the witness.
import os
import shutil
import unittest

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
