# SPDX-License-Identifier: Apache-2.0
# Calls by the 32-bit table have that table's names, their own argument registers, files and paths, as strace has them.
import os
import re
import shutil
import subprocess
import unittest

from traced_run import LONGEST, LiveTest, analyze, main, plain_environment
from raw_rows import Rows

NAMES = ["open", "write", "lseek", "read", "rename", "write", "close", "access", "openat"]


class Calls32Bit(LiveTest):
    def setUp(self):
        super().setUp()
        self.program = self.compiled("calls_32bit")
        self.place = self.file("place")
        os.mkdir(self.place)
        status = subprocess.run([self.program, self.place], timeout=LONGEST).returncode
        if status:
            self.skipTest(f"this kernel refuses 32-bit calls (status {status}): CONFIG_IA32_EMULATION")
        os.unlink(os.path.join(self.place, "renamed"))

    def calls(self):
        rows = Rows(self.recorded([self.program, self.place]))
        return rows, [call for call in rows.of["syscall"] if call["flags"] & 2]

    def test_names_results_files_and_paths(self):
        rows, calls = self.calls()
        self.assertEqual([call["name"] for call in calls], NAMES)
        data, renamed = (os.fsencode(os.path.join(self.place, name)) for name in ("data", "renamed"))
        self.assertEqual([call["result"] for call in calls], [3, 15, 5, 10, 0, 3, 0, -2, 3])
        self.assertEqual([call["path"] for call in calls], [data, None, None, None, data, None, None, data, renamed])
        self.assertEqual(calls[4]["path2"], renamed)
        files = [rows.files[call["file"]]["path"] if call["file"] else None for call in calls]
        self.assertEqual(files, [data, data, data, data, None, renamed, renamed, None, renamed])
        self.assertEqual((calls[1]["arg0"], calls[1]["arg2"], calls[0]["arg1"]), (3, 15, os.O_RDWR | os.O_CREAT))

    def test_bytes_count_on_the_file(self):
        files = analyze(self.recorded([self.program, self.place]), "--top-files").by("path")
        data, renamed = (os.path.join(self.place, name) for name in ("data", "renamed"))
        self.assertEqual((files[data]["write_bytes"], files[data]["read_bytes"], files[renamed]["write_bytes"]), (15, 10, 3))

    def test_directories_and_what_an_exec_was_called_with(self):
        with open(os.path.join(self.place, "script"), "w", encoding="utf-8") as file:
            file.write("#!/bin/sh -e\nexit 0\n")
        os.chmod(file.name, 0o755)
        rows = analyze(self.recorded([self.program, self.place, "script"]), "--events").rows
        top = os.path.realpath(self.place)
        calls = [(row["event"], row["path"]) for row in rows if row.get("is_32bit")]
        self.assertEqual(calls, [("chdir", top), ("open", top + "/missing"), ("execve", top + "/script")])
        call, = [row for row in rows if row.get("is_32bit") and row["event"] == "execve"]
        self.assertRegex(call["args"], r'^"script", \["as called", "x"\], 0x[0-9a-f]+$')
        ran = [row for row in rows if row["event"] == "exec"][-1]
        self.assertIn('argv=["/bin/sh", "-e", "script", "x"]', ran["args"])

    @unittest.skipUnless(shutil.which("strace"), "strace is not installed")
    def test_strace_agrees(self):
        _, calls = self.calls()
        os.unlink(os.path.join(self.place, "renamed"))
        said = subprocess.run(["strace", "-o", self.file("strace.txt"), self.program, self.place], capture_output=True,
                              env=plain_environment(), timeout=LONGEST)
        self.assertEqual(said.returncode, 0)
        with open(self.file("strace.txt"), encoding="utf-8", errors="replace") as text:
            lines = text.read().split("MAP_32BIT", 1)[1]
        theirs = re.findall(r"^(\w+)\(.*\) += (-?\d+)", lines, re.MULTILINE)
        ours = [(call["name"], str(max(call["result"], -1))) for call in calls]
        self.assertEqual(ours, theirs[: len(ours)])


if __name__ == "__main__":
    main()
