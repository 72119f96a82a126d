# SPDX-License-Identifier: Apache-2.0
# Bytes and calls per file and per process are what fio says that each of its jobs moved, whichever calls it moved them with.
import json
import shutil
import subprocess
import unittest

from traced_run import LiveTest, analyze, main

SIZE = 8 << 20
READS = ("read", "pread64", "readv", "preadv", "preadv2")
ENGINES = {"sync": "lseek, read, write", "psync": "pread64, pwrite64", "vsync": "readv, writev",
           "pvsync": "preadv, pwritev", "pvsync2": "preadv2, pwritev2", "libaio": "io_submit: not visible as bytes"}


@unittest.skipUnless(shutil.which("fio"), "fio is not installed")
class BytesAgainstFio(LiveTest):
    def run_fio(self, engine):
        """What fio says of its two jobs, each with a file of its own, and the trace."""
        words = ["fio", "--output-format=json", f"--ioengine={engine}", "--bsrange=1k-16k", f"--size={SIZE}", "--rw=randrw"]
        for job in ("one", "two"):
            with open(self.file(job), "wb") as file:  # or fio writes it first
                file.write(bytes(SIZE))
            words += [f"--name={job}", f"--filename={self.file(job)}"]
        recording = self.run_recorded(words)
        return json.loads(recording.stdout)["jobs"], recording.trace

    def check(self, engine):
        jobs, trace = self.run_fio(engine)
        files = analyze(trace, "--top-files").by("path")
        processes = analyze(trace, "--top-io").by("pid")
        calls = [row for row in analyze(trace, "--events").rows if row.get("bytes") and row["event"] in READS]
        self.assertEqual(analyze(trace, "--summary").status, 0)
        for job in jobs:
            read, written = job["read"], job["write"]
            row = files[self.file(job["jobname"])]
            self.assertGreater(read["io_bytes"], SIZE // 4)
            self.assertEqual((row["read_bytes"], row["write_bytes"]), (read["io_bytes"], written["io_bytes"]), engine)
            self.assertEqual((row["reads"], row["writes"]), (read["total_ios"], written["total_ios"]), engine)
            # Its process reads a little besides, as much as there are CPUs and disks.
            pid, = {call["pid"] for call in calls if call["path"] == self.file(job["jobname"])}
            besides = sum(call["bytes"] for call in calls if call["pid"] == pid and call["path"] != self.file(job["jobname"]))
            self.assertEqual((processes[pid]["read_bytes"] - besides, processes[pid]["write_bytes"]),
                             (read["io_bytes"], written["io_bytes"]), engine)

    def test_calls_that_move_bytes(self):
        for engine in ENGINES:
            if engine != "libaio":
                with self.subTest(engine=engine, calls=ENGINES[engine]):
                    self.check(engine)

    def test_asynchronous_io_is_not_taken_for_none(self):
        # The bytes of io_submit are not results of calls: the limit that the documentation names.
        done = subprocess.run(["fio", "--enghelp=libaio"], capture_output=True)
        if done.returncode != 0:
            self.skipTest("this fio has no libaio")
        jobs, trace = self.run_fio("libaio")
        calls = analyze(trace, "--syscalls").by("syscall")
        submitted = sum(job["read"]["total_ios"] + job["write"]["total_ios"] for job in jobs)
        self.assertEqual(calls["io_submit"]["calls"], submitted)


if __name__ == "__main__":
    main()
