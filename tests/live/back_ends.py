# SPDX-License-Identifier: Apache-2.0
# Every back end that this kernel allows gives the same records; one that it does not allow is refused, not replaced.
import os
import re

from traced_run import PYTHON, LiveTest, analyze, main, record

PROGRAM = """
import ctypes, os, threading
fd = os.open("one", os.O_CREAT | os.O_RDWR)
os.write(fd, b"a")
os.rename("one", "two")
os.write(fd, b"bb")
ctypes.CDLL(None).prctl(15, b"renamed")
os.write(fd, b"ccc")
try: os.open("/nonexistent", os.O_RDONLY)
except OSError: pass
r, w = os.pipe()
readers = [threading.Thread(target=os.read, args=(r, 1)) for i in range(20)]
for reader in readers: reader.start()
os.write(w, b"x" * 20)
for reader in readers: reader.join()
os._exit(3)
"""
CALLS = "openat,write,rename,exit_group,pipe2"


class BackEnds(LiveTest):
    def available(self, probe):
        done = self.run_any(probe)
        if done.status == 122:
            self.assertIn(f"the back end '{probe}' cannot be had", done.stderr)
            self.assertIn("--probe auto", done.stderr)
            return None
        self.assertEqual(done.status, 3, done.stderr)
        return done.trace

    def run_any(self, probe):
        return record(self.file(f"{probe}.trace"), [*PYTHON, PROGRAM], ["--probe", probe, "-e", CALLS], cwd=self.folder)

    def records(self, trace):
        """What the program itself did, without the interpreter's start."""
        folder = os.path.realpath(self.folder)
        rows = [row for row in analyze(trace, "--events").rows]
        calls = [(row["event"], row["result"], row["process"], re.sub(r"\[\d+\]", "", (row["path"] or "").replace(folder, ""))) for row in rows
                 if row["event"] in CALLS.split(",")]
        start = next(i for i, call in enumerate(calls) if call[0] == "openat" and call[3] == "/one")
        return calls[start:]

    def test_the_same_records(self):
        expected = self.records(self.available("tracepoint"))
        self.assertEqual([call[0] for call in expected if call[0] != "openat"],
                         ["write", "rename", "write", "write", "pipe2", "write", "exit_group"])
        for probe in ("kprobe", "fentry", "auto"):
            with self.subTest(probe):
                os.unlink(self.file("two"))
                trace = self.available(probe)
                if trace is None:
                    self.assertNotEqual(probe, "auto")
                    open(self.file("two"), "w", encoding="ascii").close()
                    continue
                self.assertEqual(self.records(trace), expected)
                self.assertEqual(analyze(trace, "--summary").lost, 0)

    def test_an_unknown_one_is_a_usage_error(self):
        self.assertIn("--probe", self.run_recorded(["true"], ["--probe", "uprobe"], status=2).stderr)


if __name__ == "__main__":
    main()
