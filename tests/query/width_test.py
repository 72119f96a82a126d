#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No answer is wider than the terminal that it is printed on, nor are --help and --fields. What a recording says of itself
(--summary) has a command line in it, which is never cut.
usage: width_test.py ANALYZE TRACE..."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import unicodedata
import unittest

ANALYZE, TRACES = sys.argv[1], sys.argv[2:]
QUESTIONS = """--top-io|--top-io --by path|--top-io --by path,process|--top-files|--syscalls|--syscalls --by process|--errors|--slowest
--histogram latency|--histogram latency --by pid|--timeline|--timeline --by process|--blocked|--tree|--open-files|--ps
--ps --at 0.05s|--lsof --at 0.05s|--ss --at 0.6s|--cpu|--memory|--memory --bucket 20ms|--metrics|--network|--security|--verify"""


def printed(columns, *arguments):
    """What a terminal of so many columns gets, without colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen([ANALYZE, *arguments], stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE)
    os.close(theirs)
    out = b""
    while True:
        try:
            piece = os.read(ours, 1 << 16)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        out += piece
    os.close(ours)
    said = process.communicate()[1]
    if process.returncode not in (0, 3):  # 3: samples of what was damaged
        raise AssertionError(f"{arguments}: exit {process.returncode}: {said.decode(errors='replace')}")
    return re.sub(r"\x1b\[[0-9;]*[mK]", "", out.decode()).replace("\r", "").splitlines()


def width(line):
    return sum(0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in line)


class Width(unittest.TestCase):
    def check(self, columns, *arguments):
        lines = printed(columns, *arguments)
        self.assertTrue(lines, arguments)
        self.assertEqual([line for line in lines if width(line) > columns], [], f"{columns} columns: {arguments}")

    def test_answers(self):
        for question in QUESTIONS.replace("\n", "|").split("|"):
            for trace in TRACES:
                for columns in (80, 200):
                    with self.subTest(question=question, trace=os.path.basename(trace), columns=columns):
                        self.check(columns, trace, *question.split())

    def test_help_and_fields(self):
        for columns in (80, 200):
            self.check(columns, "--help")
            self.check(columns, "--fields")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
