# SPDX-License-Identifier: Apache-2.0
# --tree against what each program says of itself: its pids, parents, arguments and ends.
import shlex
import signal

from traced_run import LiveTest, analyze, main, shown

# Every program says numbers, each line in one write: print() may take two, and processes share the pipe.
PREFIX = """
import ctypes, os, signal, subprocess, sys, threading, time
def say(*numbers): os.write(1, b"%s\\n" % " ".join(map(str, numbers)).encode())
"""


class ProcessTree(LiveTest):
    def tree(self, trace):
        answer = analyze(trace, "--tree")
        self.assertEqual((answer.complete, answer.lost), (True, 0))
        return answer

    def run_python(self, program, *arguments, status=0):
        """What the program said, as numbers, and the tree's rows by pid."""
        said, trace = self.python(PREFIX + program, *arguments, status=status)
        return [int(word) for word in said.split()], self.tree(trace).by("pid")

    def ends(self, row):
        return row["exit_code"], row["exit_signal"]

    def test_one_command(self):
        trace = self.recorded(["sh", "-c", "exit 3"], status=3)
        row, = self.tree(trace).rows
        self.assertEqual((row["process"], row["command"], row["threads"]), ("sh", "sh -c 'exit 3'", 1))
        self.assertEqual(self.ends(row), (3, None))
        self.assertLess(row["start_ns"], row["end_ns"])

    def test_parents_and_exit_codes(self):
        said, rows = self.run_python("""
def child(code, deeper=None):
    pid = os.fork()
    if pid == 0:
        if deeper: deeper()
        os._exit(code)
    say(pid)
    os.waitpid(pid, 0)
say(os.getpid())
child(0); child(1); child(255)
child(7, lambda: child(8))
""")
        top, ok, one, most, inner, outer = said[0], said[1], said[2], said[3], *sorted(said[4:], reverse=True)
        self.assertEqual(set(rows), set(said))
        self.assertEqual([self.ends(rows[pid]) for pid in (top, ok, one, most, outer, inner)],
                         [(code, None) for code in (0, 0, 1, 255, 7, 8)])
        self.assertEqual([rows[pid]["ppid"] for pid in (ok, one, most, outer, inner)], [top, top, top, top, outer])

    def test_ended_by_signals(self):
        said, rows = self.run_python("""
import resource
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV):
    pid = os.fork()
    if pid == 0:
        while True: time.sleep(9)
    os.kill(pid, number)
    os.waitpid(pid, 0)
    say(pid)
""")
        self.assertEqual([self.ends(rows[pid]) for pid in said],
                         [(None, int(number)) for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV)])

    def test_threads_are_counted_and_are_no_processes(self):
        said, rows = self.run_python("""
together = threading.Barrier(6)
threads = [threading.Thread(target=together.wait) for _ in range(5)]
for thread in threads: thread.start()
together.wait()
for thread in threads: thread.join()
say(os.getpid())
""")
        self.assertEqual(list(rows), said)
        self.assertEqual(rows[said[0]]["threads"], 6)

    def test_exit_group_in_a_thread(self):
        said, rows = self.run_python("""
say(os.getpid())
threading.Thread(target=lambda: os._exit(41)).start()
time.sleep(60)
""", status=41)
        self.assertEqual(self.ends(rows[said[0]]), (41, None))

    def test_leader_ends_before_its_threads(self):
        said, rows = self.run_python("""
say(os.getpid())
def last():
    time.sleep(0.1)
    os._exit(42)
threading.Thread(target=last).start()
ctypes.CDLL(None).syscall(60, 5)  # exit of this thread only
""", status=42)
        self.assertEqual(self.ends(rows[said[0]]), (42, None))

    def test_exec_in_a_thread_that_is_not_the_leader(self):
        said, rows = self.run_python("""
say(os.getpid())
threading.Thread(target=lambda: os.execv("/bin/sh", ["sh", "-c", "exit 43"])).start()
time.sleep(60)
""", status=43)
        row, = rows.values()
        self.assertEqual([row["pid"]], said)
        self.assertEqual((row["process"], row["command"], self.ends(row)), ("sh", "sh -c 'exit 43'", (43, None)))

    def test_vfork_and_posix_spawn(self):
        said, rows = self.run_python("""
libc = ctypes.CDLL(None)
child = subprocess.Popen(["true", "by vfork"]); child.wait()
pid = os.posix_spawn("/bin/false", ["false", "by posix_spawn"], {}); os.waitpid(pid, 0)
say(os.getpid(), child.pid, pid)
""")
        top, by_vfork, spawned = said
        self.assertEqual(set(rows), set(said))
        self.assertEqual([(rows[pid]["ppid"], rows[pid]["command"], self.ends(rows[pid])) for pid in (by_vfork, spawned)],
                         [(top, "true 'by vfork'", (0, None)), (top, "false 'by posix_spawn'", (1, None))])

    def test_arguments_are_kept_whole(self):
        words = ["printf", "", "two words", "new\nline", "tab\t'quotes' \"double\"", "$HOME `x` \\ *", "späť", "--x=1"]
        row, = self.tree(self.recorded(words)).rows
        self.assertEqual(shlex.split(row["command"]), words)

    def test_arguments_that_are_not_utf8(self):
        row, = self.tree(self.recorded([b"printf", b"caf\xe9 \xff"])).rows
        self.assertEqual(shlex.split(row["command"]), ["printf", shown(b"caf\xe9 \xff")])

    def test_long_arguments(self):
        for size in (2_000, 2_100, 30_000, 65_000):
            with self.subTest(size=size):
                words = ["true", "a" * (size // 2), "b" * (size // 2)]
                row, = self.tree(self.recorded(words)).rows
                self.assertEqual(shlex.split(row["command"]), words)

    def test_arguments_past_the_limit_are_cut_and_say_so(self):
        words = ["true", *["c" * 50_000] * 4]
        row, = self.tree(self.recorded(words)).rows
        self.assertTrue(row["command"].startswith(" ".join(words)[:65_000]))
        self.assertLess(len(row["command"]), 66_000)
        self.assertRegex(row["command"][-40:], r"\.\.\.")

    def test_command_not_found_in_a_shell(self):
        trace = self.recorded(["sh", "-c", "no-such-command-here; exit 9"], status=9)
        for row in self.tree(trace).rows:
            self.assertEqual(row["process"], "sh")

    def test_daemonised_by_a_double_fork(self):
        # The daemon's parent is gone by the time it works; the tree must still say who made it.
        said, rows = self.run_python("""
report, done = os.pipe(), os.pipe()
say(os.getpid())
first = os.fork()
if first == 0:
    os.setsid()
    if os.fork() == 0:
        os.close(done[0])
        os.set_inheritable(done[1], True)
        while os.getppid() == os.getsid(0): time.sleep(0.001)
        os.write(report[1], b"%d" % os.getpid())
        os.execv("/bin/sh", ["sh", "-c", "exit 44"])
    os._exit(0)
os.waitpid(first, 0)
os.close(done[1])
say(first, os.read(report[0], 20).decode())
os.read(done[0], 1)  # returns when the shell that the daemon becomes has ended: it is told of before its files are closed
""")
        top, first, daemon = said
        self.assertEqual(set(rows), set(said))
        self.assertEqual((rows[first]["ppid"], rows[daemon]["ppid"]), (top, first))
        self.assertEqual((rows[daemon]["command"], self.ends(rows[daemon])), ("sh -c 'exit 44'", (44, None)))


if __name__ == "__main__":
    main()
