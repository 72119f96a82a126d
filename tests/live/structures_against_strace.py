# SPDX-License-Identifier: Apache-2.0
# Structures of calls that control files, processes and memory, as strace shows them: the same program runs under both, and its
# calls are compared line by line. Addresses are not the same in two runs; process ids are, as the program uses its own.
import re
import shutil
import subprocess
import unittest

from traced_run import LONGEST, PYTHON, LiveTest, analyze, main, plain_environment

PROGRAM = r"""
import ctypes, os, struct
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def call(number, *args):
    return libc.syscall(*[ctypes.c_long(a) if isinstance(a, int) else a for a in (number, *args)])
def memory(size, layout="", *values):
    made = ctypes.create_string_buffer(size)
    struct.pack_into("<" + layout, made, 0, *values)
    return made
fd = os.open("locked", os.O_RDWR | os.O_CREAT, 0o600)
os.write(fd, b"x" * 100)
lock = lambda kind, whence, start, length: memory(32, "hhiqqi", kind, whence, 0, start, length, 0)
FCNTL, SEEK_SET, SEEK_END = 72, 0, 2
call(FCNTL, fd, 6, lock(1, SEEK_SET, 1, 10))         # F_SETLK
call(FCNTL, fd, 7, lock(2, SEEK_END, -100, 0))       # F_SETLKW
call(FCNTL, fd, 5, lock(0, SEEK_SET, 0, 0))          # F_GETLK
call(FCNTL, fd, 37, lock(1, SEEK_SET, 2, 3))         # F_OFD_SETLK
call(FCNTL, fd, 5, lock(1, SEEK_SET, 0, 0))          # F_GETLK finds that one
call(FCNTL, fd, 6, 8)                                # no address
call(FCNTL, 1000, 5, lock(0, 0, 0, 0))
call(FCNTL, fd, 15, memory(8, "ii", 2, os.getpgrp()))  # F_SETOWN_EX
call(FCNTL, fd, 16, memory(8))
CAPGET, CAPSET = 125, 126
sets = memory(24)
for version in (0x20080522, 0x19980330, 1):
    call(CAPGET, memory(8, "Ii", version, 0), sets)
call(CAPSET, memory(8, "Ii", 0x20080522, 1), memory(24, "IIIIII", 3, 1, 0, 256, 0, 0))
call(204, 0, 128, memory(128))                       # sched_getaffinity
call(203, 99999999, 16, memory(16, "QQ", 3, 5))      # sched_setaffinity
call(203, 99999999, 8, memory(8))
stack = memory(65536)
call(131, memory(24, "QiiQ", ctypes.addressof(stack), 0, 0, 65536), memory(24))  # sigaltstack
call(131, memory(24, "QiiQ", 0, 2, 0, 0), memory(24))
call(238, 2, memory(16, "QQ", 1, 0), 65)             # set_mempolicy
call(238, 0, 0, 0)
call(238, 3, memory(16, "QQ", 1, 3), 128)
call(239, memory(4), memory(128), 1024, 0, 0)        # get_mempolicy
call(238, 0, 0, 0)
call(256, 0, 65, memory(8, "Q", 1), memory(8, "Q", 1))  # migrate_pages
call(279, 0, 2, memory(16, "QQ", ctypes.addressof(stack), 16), memory(8, "ii", 0, 1), memory(8), 0)
call(142, 0, memory(4))                              # sched_setparam
call(314, 99999999, memory(56, "IIQiIQQQII", 48, 6, 3, -1, 7, 1, 2, 3, 0, 0), 0)  # sched_setattr
call(222, 1, memory(64, "QiiI", 7, 10, 0, 0), memory(4))  # timer_create
call(222, 0, memory(64, "QiiI", 7, 10, 1, 0), memory(4))
call(449, memory(48, "QQIIQQII", 5, ctypes.addressof(stack), 2, 0, 0, ctypes.addressof(stack), 0x82, 0), 2, 0, 0, 0)
semaphores = call(64, 0, 2, 0o600)
call(220, semaphores, memory(12, "HhHHhH", 0, 1, 0x1000, 1, 1, 0x800), 2, 0)
call(66, semaphores, 0, 1, memory(104, "iIIIII", 0, 0, 0, 0, 0, 0o640))
call(66, semaphores, 0, 0, 0)
call(157, 15, b"chosen name")                        # PR_SET_NAME
call(157, 16, memory(16))
call(444, memory(8, "Q", 3), 8, 0)                   # landlock_create_ruleset
call(442, -1, b"", 0x1000, memory(32, "QQQQ", 1, 2, 0, 0), 32)  # mount_setattr
"""
COMPARED = {"fcntl", "capget", "capset", "sched_getaffinity", "sched_setaffinity", "sigaltstack", "set_mempolicy", "get_mempolicy",
            "migrate_pages", "move_pages", "sched_setparam", "sched_setattr", "timer_create", "futex_waitv", "semtimedop", "semctl",
            "prctl", "landlock_create_ruleset", "mount_setattr"}


def line(name, args):
    if name.startswith("sem"):
        args = re.sub(r"^\d+", "ID", args)  # the kernel counts them up
    return f"{name}({comparable(args)})"


def comparable(args):
    args = re.sub(r" /\* [^*]* \*/", "", args)  # strace's comments
    args = re.sub(r"<[^<>]*>", "", args)
    args = re.sub(r"0x[0-9a-f]{7,}(?![0-9a-f]{7})", lambda found: found[0] if len(found[0]) == 16 else "ADDRESS", args)
    return re.sub(r"(pid=)[1-9]\d*", r"\1PID", args)


@unittest.skipUnless(shutil.which("strace"), "strace is not installed")
class StructuresAgainstStrace(LiveTest):
    def test_line_by_line(self):
        text = self.file("strace.txt")
        subprocess.run(["strace", "-o", text, "-e", "signal=none", *PYTHON, PROGRAM], check=True, capture_output=True, cwd=self.folder,
                       env=plain_environment(), timeout=LONGEST)
        with open(text, encoding="utf-8") as lines:
            calls = [found.groups() for found in map(re.compile(r"(\w+)\((.*)\) += ").match, lines) if found]
        theirs = [line(name, args) for name, args in calls if name in COMPARED]
        _, trace = self.python(PROGRAM)
        ours = [line(row["event"], row["args"]) for row in analyze(trace, "--events").rows if row["event"] in COMPARED]
        self.assertEqual({line.split("(")[0] for line in theirs}, COMPARED)
        self.assertEqual(ours, theirs)


if __name__ == "__main__":
    main()
