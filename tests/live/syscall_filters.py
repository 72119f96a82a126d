# SPDX-License-Identifier: Apache-2.0
# -e, -z, -Z and --min-duration: what is recorded is what strace reports with the same expression, and nothing else.
import os
import subprocess

from strace_calls import counts, parse
from traced_run import LONGEST, PYTHON, LiveTest, analyze, main, plain_environment

# Deterministic: files that exist and that don't, a child with an execve, memory, a pipe, signals.
PROGRAM = """
import os, signal, subprocess
for i in range(7):
    try: os.close(os.open("/nonexistent", os.O_RDONLY))
    except OSError: pass
    os.stat("/")
    os.close(os.open("/etc/passwd", os.O_RDONLY))
r, w = os.pipe()
os.write(w, b"x" * 100); os.read(r, 100)
os.rename("a", "b"); os.unlink("b")
os.kill(os.getpid(), 0)
child = os.fork()
if not child: os.execv("/bin/true", ["true"])
os.waitpid(child, 0)
"""


class SyscallFilters(LiveTest):
    def run_both(self, expressions, *options, strace_options=()):
        """({call: (calls, errors)} as recorded, the same as strace has it)."""
        def fresh():
            with open(self.file("a"), "w", encoding="ascii"):
                pass
            return [*PYTHON, PROGRAM]
        words = [word for expression in expressions for word in ("-e", expression)]
        rows = analyze(self.recorded(fresh(), [*words, *options]), "--syscalls").rows
        output = self.file("strace")
        subprocess.run(["strace", "-f", "-qq", "-e", "signal=none", "-s", "0", *words, *strace_options, "-o", output, "--", *fresh()],
                       check=True, timeout=LONGEST, cwd=self.folder, env=plain_environment(), stdin=subprocess.DEVNULL)
        with open(output, encoding="utf-8", errors="replace") as text:
            calls = parse(text)
        return {row["syscall"]: (row["calls"], row["errors"]) for row in rows}, counts(calls)

    def assert_same(self, expression, **how):
        recorded, traced = self.run_both([expression], **how)
        self.assertTrue(traced, f"strace saw nothing for {expression}")
        self.assertEqual(recorded, traced, expression)

    def test_names_groups_and_regular_expressions_as_strace(self):
        for expression in ("trace=openat,close", "openat,close", "trace=/^(open|close)", "trace=?frobnicate,unlink,rename",
                           "trace=%process", "trace=%file"):
            with self.subTest(expression):
                self.assert_same(expression)

    def test_a_negated_list_leaves_out_just_that(self):
        # What the interpreter does with memory differs from run to run, so strace is asked for the same without it.
        self.assert_same("trace=!%memory,read,close,futex,getrandom,rt_sigaction,ioctl,lseek")

    def test_several_expressions_add_up(self):
        rows = analyze(self.recorded(["cat", "/etc/passwd"], ["-e", "openat", "-e", "close"]), "--syscalls").rows
        self.assertEqual({row["syscall"] for row in rows}, {"openat", "close"})
        rows = analyze(self.recorded(["cat", "/etc/passwd"], ["-e", "@open,close", "-e", "!close"]), "--syscalls").rows
        self.assertEqual({row["syscall"] for row in rows}, {"openat"})

    def test_none_leaves_the_processes(self):
        trace = self.recorded(["sh", "-c", "/bin/true; :"], ["-e", "none"])
        self.assertEqual(analyze(trace, "--syscalls").rows, [])
        self.assertEqual([row["process"] for row in analyze(trace, "--tree").rows], ["sh", "true"])

    def test_only_successful_or_only_failed_ones(self):
        recorded, traced = self.run_both(["openat"], "-Z", strace_options=["-Z"])
        self.assertEqual(recorded, traced)
        self.assertGreaterEqual(recorded["openat"][1], 7)
        self.assertEqual(recorded["openat"][0], recorded["openat"][1])
        recorded, traced = self.run_both(["openat"], "-z", strace_options=["-z"])
        self.assertEqual(recorded, traced)
        self.assertEqual(recorded["openat"][1], 0)

    def test_a_call_that_never_returns_is_neither(self):
        for option, expected in (((), ["exit_group"]), (("-z",), []), (("-Z",), [])):
            trace = self.recorded(["true"], ["-e", "exit_group", *option])
            self.assertEqual([row["syscall"] for row in analyze(trace, "--syscalls").rows], expected, option)

    def test_only_slow_ones(self):
        # A short sleep may last long: the program says how long each took, which is a little more than the call itself. None is
        # shorter than it asks for, as time.sleep's may be: that sleeps until a time that it worked out before the call.
        program = """
import ctypes, time
sleep = ctypes.CDLL(None).usleep
for i in range(10):
    before = time.monotonic_ns()
    sleep(30000 if i % 2 else 100)
    print(time.monotonic_ns() - before)
"""
        said, trace = self.python_with(["-e", "/nanosleep", "--min-duration", "20ms"], program)
        rows = [row for row in analyze(trace, "--events").rows if row["event"].endswith("nanosleep")]
        self.assertTrue(all(row["duration_ns"] >= 20e6 for row in rows), rows)
        self.assertEqual(sum(row["duration_ns"] >= 30e6 for row in rows) >= 5, True, rows)
        self.assertLessEqual(len(rows), sum(int(word) >= 20e6 for word in said.split()))
        rows = analyze(self.recorded([*PYTHON, program], ["-e", "/nanosleep"]), "--syscalls").rows
        self.assertEqual([row["calls"] for row in rows], [10])

    def python_with(self, options, program):
        recording = self.run_recorded([*PYTHON, program], options)
        return recording.stdout, recording.trace

    def test_what_is_left_out_is_neither_produced_nor_lost(self):
        trace = self.recorded([*PYTHON, "import os\nfor i in range(10000): os.getppid(); os.close(os.dup(0))"], ["-e", "getppid"])
        summary = analyze(trace, "--summary")
        self.assertTrue(summary.complete)
        self.assertEqual(summary.lost, 0)
        self.assertEqual(analyze(trace, "--syscalls").by("syscall")["getppid"]["calls"], 10000)

    def test_paths_stay_right_when_renames_are_not_recorded(self):
        program = ("import os\nfd = os.open('one', os.O_CREAT | os.O_RDWR)\nos.write(fd, b'a')\n"
                   "os.rename('one', 'two')\nos.write(fd, b'bb')")
        rows = analyze(self.recorded([*PYTHON, program], ["-e", "write"]), "--top-files").rows
        folder = os.path.realpath(self.folder)
        self.assertEqual({row["path"]: row["write_bytes"] for row in rows if row["path"].startswith(folder)},
                         {f"{folder}/one": 1, f"{folder}/two": 2})

    def test_an_unknown_call_is_refused_with_the_nearest(self):
        done = self.run_recorded(["true"], ["-e", "close,opnat"], status=2)
        self.assertIn("unknown system call 'opnat'; did you mean openat?", done.stderr)
        done = self.run_recorded(["true"], ["-e", "signal=none"], status=2)
        self.assertIn("'signal='", done.stderr)


if __name__ == "__main__":
    main()
