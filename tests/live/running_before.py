# SPDX-License-Identifier: Apache-2.0
# Processes that ran before the recording: their command lines, ancestors, open files, and what they do later.
import glob
import os
import shutil
import signal
import subprocess
import sys
import unittest

from traced_run import LONGEST, PYTHON, LiveTest, analyze, main, recorder_words

FORMAT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../format")  # a reader that is not ours
SECRET = "--password=xyzzy-4711"

# Opens FILE, says so, waits, and writes through the descriptor it has had all along.
WRITER = """
import os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
os.dup2(fd, 9)
print(os.getpid(), flush=True)
if os.read(0, 1): os.write(9, b"x" * 77)
"""
# PROCESSES children that hold FILES descriptors each, until the pipe ends.
MANY = """
import os, resource, sys
processes, files = int(sys.argv[1]), int(sys.argv[2])
for i in range(files): os.dup2(os.open(f"f{i}", os.O_WRONLY | os.O_CREAT), 100 + i)
go = os.pipe()
for _ in range(processes):
    if os.fork() == 0:
        os.close(go[1])
        os.read(go[0], 1)
        os._exit(0)
print(os.getpid(), flush=True)
os.read(0, 1)
os.close(go[1])
for _ in range(processes): os.wait()
"""


class RunningBefore(LiveTest):
    def writer(self, name="out"):
        process = self.start([*PYTHON, WRITER, self.file(name)], cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(int(process.stdout.readline()), process.pid)
        return process

    def let_go(self, process):
        process.stdin.write(b"1")
        process.stdin.flush()
        self.assertEqual(process.wait(LONGEST), 0)

    def open_files(self, trace, pid):
        answer = analyze(trace, "--open-files")
        self.assertEqual((answer.complete, answer.lost), (True, 0))
        return {row["fd"]: row["path"] for row in answer.rows if row["pid"] == pid}

    def check(self, trace, process):
        path = os.path.realpath(self.file("out"))
        row = analyze(trace, "--tree").by("pid")[process.pid]
        self.assertEqual(row["role"], "recorded")
        self.assertIn("os.dup2(fd, 9)", row["command"])
        self.assertTrue(row["command"].endswith(" " + self.file("out")), row["command"])
        self.assertEqual(self.open_files(trace, process.pid)[9], path)
        written = analyze(trace, "--top-files").by("path")[path]
        self.assertEqual((written["write_bytes"], written["writes"], written["opens"]), (77, 1, 0))

    def ancestors(self, trace, pid):
        rows = analyze(trace, "--tree", ancestors=True).by("pid")
        found = []
        while (pid := rows[pid]["ppid"]) in rows:
            self.assertEqual(rows[pid]["role"], "ancestor")
            found.append(pid)
        return found

    def own_ancestors(self):
        pids, pid = [], os.getpid()
        while pid:
            pids.append(pid)
            with open(f"/proc/{pid}/status") as status:
                pid = int(next(line for line in status if line.startswith("PPid:")).split()[1])
        return pids

    def test_a_chosen_process(self):
        process, trace = self.writer(), self.file("run.trace")
        recorder = self.start_recorder(trace, options=["-p", str(process.pid)])
        self.let_go(process)
        self.assertEqual(recorder.wait(LONGEST), 0)
        self.check(trace, process)
        self.assertEqual(self.ancestors(trace, process.pid), self.own_ancestors())

    def test_everybody(self):
        process, trace = self.writer(), self.file("run.trace")
        idle = self.writer("idle")  # does nothing while it is recorded
        recorder = self.start_recorder(trace)
        self.let_go(process)
        recorder.send_signal(signal.SIGINT)
        self.assertEqual(recorder.wait(LONGEST), 0)
        self.check(trace, process)
        rows = analyze(trace, "--tree").by("pid")
        self.assertEqual((rows[idle.pid]["role"], rows[idle.pid]["end_ns"]), ("recorded", None))
        self.assertEqual(rows[os.getpid()]["role"], "recorded")
        self.assertEqual(self.open_files(trace, idle.pid)[9], os.path.realpath(self.file("idle")))
        self.assertNotIn(recorder.pid, rows)
        self.assertEqual(self.open_files(trace, recorder.pid), {})

    def test_a_command(self):
        trace = self.file("run.trace")
        with open(self.file("in"), "w+") as given:
            recorder = self.start_recorder(trace, ["cat"], stdin=given)
            self.assertEqual(recorder.wait(LONGEST), 0)
        row, = analyze(trace, "--tree").where(role="recorded")
        self.assertEqual(self.ancestors(trace, row["pid"]), [recorder.pid, *self.own_ancestors()])
        files = self.open_files(trace, row["pid"])
        self.assertEqual(files[0], os.path.realpath(self.file("in")))
        self.assertFalse([path for path in files.values() if path.startswith("anon_inode:bpf") or path == trace], files)

    def under_a_shell_with_a_secret(self, command, options=(), program='"$@"'):
        """Runs the recorder as the child of a shell that has SECRET among its arguments."""
        words = ["sh", "-c", f"shift; {program}; exit $?", "sh", SECRET, *recorder_words(self.file("run.trace"), command, options)]
        return self.start(words, cwd=self.folder, stdout=subprocess.PIPE)

    def holds_the_secret(self, trace):
        """In any text of the trace, and in its bytes as they were before compression."""
        sys.path.insert(0, FORMAT)
        import read_trace
        with open(trace, "rb") as file:
            data = file.read()
        texts = []
        for kind, _, _, _, root in read_trace.frames(data):
            for message in root if isinstance(root, list) else [root]:  # blocks and summaries: one for each group
                if message:
                    texts += message.message.segments
                if message and kind == 2:
                    texts += [text for text in read_trace.strings(message.struct(1)) if text]
        self.assertGreater(len(texts), 20)
        return any(SECRET.encode() in bytes(text) for text in texts)

    def check_shell(self, trace, pid, full):
        row = analyze(trace, "--tree", ancestors=True).by("pid")[pid]
        self.assertEqual((row["role"], row["process"]), ("ancestor", "sh"))
        if full:
            self.assertIn(SECRET, row["command"])
            self.assertEqual(row["exe"], os.path.realpath("/bin/sh"))
            self.assertIsNotNone(row["uid"])
        else:
            self.assertEqual([row[name] for name in ("command", "exe", "cwd", "uid", "threads", "cgroup")], ["sh", None, None, None, None, None])

    @unittest.skipUnless(shutil.which("zstd") and os.path.isdir(FORMAT), "the independent reader is not here")
    def test_command_lines_of_ancestors_are_kept_on_request_only(self):
        for options, full in (((), False), (("--ancestors", "name"), False), (("--ancestors", "full"), True)):
            shell = self.under_a_shell_with_a_secret(["true"], options)
            self.assertEqual(shell.wait(LONGEST), 0)
            self.assertEqual(self.holds_the_secret(self.file("run.trace")), full, options)
            self.check_shell(self.file("run.trace"), shell.pid, full)

    @unittest.skipUnless(shutil.which("zstd") and os.path.isdir(FORMAT), "the independent reader is not here")
    def test_nor_in_later_parts(self):
        shell = self.under_a_shell_with_a_secret(["sleep", "600"], ["--rotate", "1000M"], '"$@" & echo $!; wait')
        recorder = int(shell.stdout.readline())
        self.addCleanup(self.end_pid, recorder)

        def parts():
            return sorted(glob.glob(self.file("run.[0-9]*.trace")))

        for number in (2, 3):
            self.wait_for(lambda: len(parts()) == number - 1 and os.path.getsize(parts()[-1]) > 1000, "a part")
            os.kill(recorder, signal.SIGUSR2)
            self.wait_for(lambda: len(parts()) == number, "the next part")
        os.kill(recorder, signal.SIGTERM)
        shell.wait(LONGEST)
        self.assertEqual(len(parts()), 3)
        for part in parts():
            self.assertFalse(self.holds_the_secret(part), part)
            self.check_shell(part, shell.pid, False)

    @unittest.skipUnless(shutil.which("zstd") and os.path.isdir(FORMAT), "the independent reader is not here")
    def test_of_those_that_a_filter_leaves_out_too(self):
        chosen = self.file("chosen-one")
        shutil.copy(shutil.which("sleep"), chosen)
        left_out = self.start(["sh", "-c", "read line; exit 0", "sh", SECRET], stdin=subprocess.PIPE)
        recorded = self.start([chosen, "51"])
        recorder = self.start_recorder(self.file("run.trace"), options=["--comm", "chosen-one"])
        recorder.send_signal(signal.SIGINT)
        self.assertEqual(recorder.wait(LONGEST), 0)
        self.assertFalse(self.holds_the_secret(self.file("run.trace")))
        rows = analyze(self.file("run.trace"), "--tree").by("pid")
        self.assertNotIn(left_out.pid, rows)
        row = rows[recorded.pid]
        self.assertEqual((row["command"], row["exe"], row["cwd"]), (f"{chosen} 51", os.path.realpath(chosen), os.getcwd()))

    def test_many_open_files_lose_nothing(self):
        processes, files = 300, 100
        many = self.start([*PYTHON, MANY, str(processes), str(files)], cwd=self.folder, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE)
        many.stdout.readline()
        trace = self.file("run.trace")
        recorder = self.start_recorder(trace, options=["-p", str(many.pid)])
        self.let_go(many)
        self.assertEqual(recorder.wait(LONGEST), 0)
        answer = analyze(trace, "--open-files")
        self.assertEqual((answer.complete, answer.lost), (True, 0))
        held = [row for row in answer.rows if 100 <= row["fd"] < 100 + files]
        self.assertEqual(len(held), (processes + 1) * files)
        self.assertEqual({row["path"] for row in held}, {os.path.realpath(self.file(f"f{i}")) for i in range(files)})
        self.assertEqual(len(analyze(trace, "--tree").where(role="recorded")), processes + 1)


if __name__ == "__main__":
    main()
