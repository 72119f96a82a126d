# SPDX-License-Identifier: Apache-2.0
# Processes that ran before the recording: their command lines, ancestors, open files, and what they do later.
import os
import signal
import subprocess

from traced_run import LONGEST, PYTHON, LiveTest, analyze, main

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
