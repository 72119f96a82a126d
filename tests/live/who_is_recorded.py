# SPDX-License-Identifier: Apache-2.0
# Whom a recording covers: the chosen processes and their descendants, everybody, and never the recorder itself.
import os
import signal
import subprocess

from traced_run import LONGEST, PYTHON, LiveTest, analyze, main

READ = 0  # the call

# Prints its pid and a child's; both then read a line from the pipe and write as many bytes to a file of their own.
PAIR = """
import os, sys
child = os.fork()
name = "parent" if child else "child"
out = os.open(f"{sys.argv[1]}-{name}", os.O_WRONLY | os.O_CREAT)
if child: print(os.getpid(), child, flush=True)
os.read(0, 1)
os.write(out, b"x" * int(sys.argv[2]))
if child: os.waitpid(child, 0)
"""


class WhoIsRecorded(LiveTest):
    def pair(self, name, size):
        """A process with a child, both in read(2), waiting for two bytes; (process, parent's pid, child's pid)."""
        process = self.start([*PYTHON, PAIR, name, str(size)], cwd=self.folder, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
        parent, child = map(int, process.stdout.readline().split())
        self.addCleanup(self.end_pid, child)
        for pid in (parent, child):
            self.wait_until_in(pid, READ, 0)
        return process, parent, child

    def let_go(self, process):
        process.stdin.write(b"12")
        process.stdin.flush()
        self.assertEqual(process.wait(LONGEST), 0)

    def test_running_processes_with_their_children(self):
        trace = self.file("run.trace")
        pairs = [self.pair(f"p{i}", 100 + i) for i in range(4)]
        chosen = pairs[:3]
        pids = f"{pairs[0][1]},{pairs[1][1]} {pairs[2][1]}"
        recorder = self.start_recorder(trace, options=["-p", pids])
        for process, _, _ in pairs:
            self.let_go(process)
        self.assertEqual(recorder.wait(LONGEST), 0)  # all that were chosen are gone
        self.assertEqual({row["pid"] for row in analyze(trace, "--tree").rows}, {pid for pair in chosen for pid in pair[1:]})
        written = {os.path.basename(row["path"]): row["write_bytes"] for row in analyze(trace, "--top-files").rows
                   if row["path"].startswith(os.path.realpath(self.folder))}
        self.assertEqual(written, {f"p{i}-{name}": 100 + i for i in range(3) for name in ("parent", "child")})

    def test_the_option_may_be_repeated(self):
        trace = self.file("run.trace")
        pairs = [self.pair(f"p{i}", 10) for i in range(2)]
        recorder = self.start_recorder(trace, options=["-p", str(pairs[0][1]), "-p", str(pairs[1][2])])
        for process, _, _ in pairs:
            self.let_go(process)
        self.assertEqual(recorder.wait(LONGEST), 0)
        self.assertEqual({row["pid"] for row in analyze(trace, "--tree").rows},
                         {pairs[0][1], pairs[0][2], pairs[1][2]})

    def test_one_thread_s_id_means_its_process(self):
        program = """
import os, sys, threading
def work():
    print(os.getpid(), threading.get_native_id(), flush=True)
    os.read(0, 1)
    os.write(os.open("out", os.O_WRONLY | os.O_CREAT), b"x" * 44)
thread = threading.Thread(target=work); thread.start(); thread.join()
"""
        process = self.start([*PYTHON, program], cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        pid, tid = map(int, process.stdout.readline().split())
        self.assertNotEqual(pid, tid)
        trace = self.file("run.trace")
        recorder = self.start_recorder(trace, options=["-p", str(tid)])
        process.stdin.write(b"1")
        process.stdin.flush()
        self.assertEqual((process.wait(LONGEST), recorder.wait(LONGEST)), (0, 0))
        row, = analyze(trace, "--top-io").rows
        self.assertEqual((row["pid"], row["write_bytes"] >= 44), (pid, True))

    def test_a_call_that_was_in_progress_counts_when_it_returns(self):
        process, parent, child = self.pair("p", 5)
        trace = self.file("run.trace")
        recorder = self.start_recorder(trace, options=["-p", str(parent)])
        self.let_go(process)
        self.assertEqual(recorder.wait(LONGEST), 0)
        events = [(row["pid"], row["event"], row.get("began_before", False))
                  for row in analyze(trace, "--events").rows if row["event"] in ("read", "write")]
        self.assertEqual(sorted(events), sorted((pid, *call) for pid in (parent, child) for call in (("read", True), ("write", False))))

    def test_a_command_and_its_descendants_and_nobody_else(self):
        trace = self.file("run.trace")
        bystander, _, _ = self.pair("bystander", 10)
        recorder = self.start_recorder(trace, ["sh", "-c", "(sleep 0.2; sh -c 'cat /etc/passwd'); true"], stdout=subprocess.DEVNULL)
        self.let_go(bystander)
        self.assertEqual(recorder.wait(LONGEST), 0)
        tree = analyze(trace, "--tree").rows
        self.assertEqual(sorted(row["process"] for row in tree if row["process"] != "sh"), ["cat", "sleep"])
        self.assertEqual({row["process"] for row in tree}, {"sh", "cat", "sleep"})
        self.assertNotIn(recorder.pid, {row["pid"] for row in tree})
        self.assertEqual({row["pid"] for row in analyze(trace, "--events").rows} - {row["pid"] for row in tree}, set())

    def test_the_recording_of_a_command_begins_with_its_execve(self):
        first = analyze(self.recorded(["true"]), "--events").rows[0]
        self.assertEqual((first["event"], first["result"], os.path.basename(first["path"])), ("execve", 0, "true"))

    def test_everybody_but_the_recorder(self):
        trace = self.file("run.trace")
        recorder = self.start_recorder(trace)
        pairs = [self.pair(f"p{i}", 100) for i in range(2)]
        for process, _, _ in pairs:
            self.let_go(process)
        recorder.send_signal(signal.SIGINT)
        self.assertEqual(recorder.wait(LONGEST), 0)
        pids = {row["pid"] for row in analyze(trace, "--tree").rows}
        self.assertLessEqual({pid for pair in pairs for pid in pair[1:]}, pids)
        self.assertNotIn(recorder.pid, pids)
        self.assertNotIn(recorder.pid, {row["pid"] for row in analyze(trace, "--top-io").rows})
        written = [row for row in analyze(trace, "--top-files").rows if row["path"] == os.path.realpath(trace)]
        self.assertEqual(written, [])


if __name__ == "__main__":
    main()
