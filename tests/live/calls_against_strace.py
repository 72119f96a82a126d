# SPDX-License-Identifier: Apache-2.0
# Calls and errors per system call are those that strace counts for the same command.
#
# Both begin at the execve that starts the command and end with its exit_group, which never returns: strace shows it with
# result '?', we as unfinished, both count it. So there is nothing to subtract; where timing decides how often a call is
# made, the test names it.
import shutil
import sys
import unittest

from strace_calls import counts, strace
from traced_run import LiveTest, analyze, main, plain_environment, record

# What timing decides in a program with threads, tracer or not: a lock that is free needs no futex call.
TIMING_OF_THREADS = {"futex": "a lock that is free is taken without a call", "access": "asks until they are gone", "clock_nanosleep": "between"}
# What timing decides in a shell with children, whose ends signal it. Children that end at the same time signal once, and
# rt_sigreturn "returns" the register of whatever call the signal came after.
TIMING_OF_SIGNALS = {"rt_sigreturn": "one for each SIGCHLD that is delivered"}
# A clone that finds a signal pending fails with ERESTARTNOINTR and is made again: those that succeed are compared.
RESTARTED = ("clone", "vfork", "clone3")


@unittest.skipUnless(shutil.which("strace"), "strace is not installed")
class CallsAgainstStrace(LiveTest):
    def same_counts(self, command, undecided=(), status=0, **environment):
        how = {"cwd": self.folder, "env": plain_environment(**environment)}
        calls, strace_status = strace(command, self.file("strace.txt"), **how)
        recording = record(self.file("run.trace"), command, **how)
        self.assertEqual((strace_status, recording.status), (status, status), recording.stderr)
        answer = analyze(recording.trace, "--syscalls")
        self.assertEqual((answer.complete, answer.lost), (True, 0))
        ours = {row["syscall"]: (row["calls"], row["errors"]) for row in answer.rows}
        theirs = counts(calls)
        for table in (ours, theirs):
            for name in undecided:
                table.pop(name, None)
            for name in RESTARTED:
                if name in table:
                    table[name] = table[name][0] - table[name][1]
        self.assertEqual(ours, theirs)
        self.assertGreater(len(ours), 10)

    def test_cat_of_a_file(self):
        self.same_counts(["cat", "/etc/passwd", "/etc/group"])

    def test_a_missing_file_is_an_error(self):
        self.same_counts(["cat", "/nonexistent"], status=1)

    def test_dd_of_a_thousand_blocks(self):
        self.same_counts(["dd", "if=/dev/zero", "of=copy", "bs=4096", "count=1000"])

    def test_find_in_a_directory_tree(self):
        self.same_counts(["find", "/usr/include/linux", "-name", "*.h", "-size", "+1"])

    def test_tar_of_a_directory_tree(self):
        self.same_counts(["tar", "cf", "out.tar", "-C", "/usr/include", "linux"])

    def test_shell_pipelines(self):
        # One write on each side of a pipe, so that the number of reads doesn't depend on who is faster.
        self.same_counts(["sh", "-c", "echo one | cat; seq 1 10 | tail -n 1; ls /nonexistent; (exit 4) || false; exit 3"],
                         TIMING_OF_SIGNALS, status=3)

    def test_python_with_threads(self):
        program = """
import os, threading, time
together = threading.Barrier(4)
def work():
    together.wait()
    for i in range(100):
        fd = os.open("/etc/passwd", os.O_RDONLY)
        os.pread(fd, 10, i)
        os.close(fd)
        try: os.stat("/nonexistent")
        except OSError: pass
    together.wait()
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
# join returns before the thread's own exit call
while any(os.access(f"/proc/self/task/{thread.native_id}", os.F_OK) for thread in threads): time.sleep(0.01)
"""
        # One allocator arena: with one for each thread, address randomisation decides how often munmap trims it.
        self.same_counts([sys.executable, "-S", "-c", program], TIMING_OF_THREADS, PYTHONHASHSEED="0", MALLOC_ARENA_MAX="1",
                         PYTHONDONTWRITEBYTECODE="1")


if __name__ == "__main__":
    main()
