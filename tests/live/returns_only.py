# SPDX-License-Identifier: Apache-2.0
# ebpf-record --no-latency: all of a call but what only its beginning shows; the analyzer says what is not there.
import json
import os
import shutil
import subprocess
import sys
import unittest

from strace_calls import counts, strace
from traced_run import ANALYZER, PROBE, LiveTest, analyze, main, plain_environment, record, recorder_words

OPTIONS = ["--no-latency"]

PROGRAM = """
import os, signal, socket, threading, time
os.mkdir("within")
os.chdir("within")
fd = os.open("file", os.O_RDWR | os.O_CREAT, 0o600)
os.write(fd, b"0123456789")
other = os.dup2(fd, 77)
os.pread(other, 4, 2)
os.rename("file", "renamed")
os.close(fd)
try: os.stat("nothing/here")
except OSError: pass
signal.signal(signal.SIGUSR1, lambda *_: None)
os.kill(os.getpid(), signal.SIGUSR1)
a, b = socket.socketpair()
a.send(b"x" * 100)
b.recv(1000)
child = os.fork()
if not child:
    os._exit(3)
os.waitpid(child, 0)
thread = threading.Thread(target=lambda: os.getppid())
thread.start()
thread.join()
while os.access(f"/proc/self/task/{thread.native_id}", os.F_OK): time.sleep(0.01)  # join returns before its exit
for word in ("/nonexistent", "/bin/true"):
    try: os.execv(word, [word, "as asked"])
    except OSError: pass
"""


@unittest.skipIf(PROBE, "--no-latency is of the tracepoint back end")
class ReturnsOnly(LiveTest):
    def recorded(self, command, **how):
        recording = record(self.file("run.trace"), command, OPTIONS, cwd=self.folder, **how)
        self.assertIn(recording.status, (0, 3), recording.stderr)
        return recording.trace

    def events(self, trace, *options):
        return analyze(trace, "--events", *options).rows

    @unittest.skipUnless(shutil.which("strace"), "strace is not installed")
    def test_calls_and_errors_are_those_that_strace_counts(self):
        commands = (
            ["find", "/usr/include/linux", "-name", "*.h", "-size", "+1"],
            ["tar", "cf", "out.tar", "-C", "/usr/include", "linux"],
            ["sh", "-c", "echo one | cat; ls /nonexistent; (exit 4) || false; exit 3"],
        )
        for command in commands:
            with self.subTest(command=command[0]):
                calls, _ = strace(command, self.file("strace.txt"), cwd=self.folder)
                answer = analyze(self.recorded(command), "--syscalls")
                self.assertEqual((answer.complete, answer.lost), (True, 0))
                ours, theirs = {row["syscall"]: (row["calls"], row["errors"]) for row in answer.rows}, counts(calls)
                for table in (ours, theirs):
                    table.pop("rt_sigreturn", None)  # one for each SIGCHLD that is delivered
                    for name in ("clone", "vfork", "clone3"):  # restarted when a signal is pending
                        if name in table:
                            table[name] = table[name][0] - table[name][1]
                self.assertEqual(ours, theirs)

    def test_all_but_the_beginning_is_told(self):
        trace = self.recorded([sys.executable, "-S", "-c", PROGRAM])
        calls = [row for row in self.events(trace) if "arguments" in row]
        self.assertGreater(len(calls), 100)
        self.assertEqual({row["duration_ns"] for row in calls}, {None})
        by = lambda name: [row for row in calls if row["event"] == name]
        within = os.path.join(self.folder, "within")
        file = os.path.join(within, "file")
        self.assertEqual([row["path"] for row in by("openat") if (row["path"] or "").startswith(within)], [file])
        self.assertEqual([(row["path"], row["bytes"]) for row in by("write") if row["path"] == file], [(file, 10)])
        self.assertEqual([row["bytes"] for row in by("pread64") if row["path"] == file], [4])
        rename = by("rename")[0]
        self.assertEqual((rename["path"], rename["path2"]), (file, os.path.join(within, "renamed")))
        self.assertEqual(by("chdir")[-1]["args"], '"within"')
        self.assertIn(os.path.join(within, "nothing/here"), [row["path"] for row in calls if row["result"] == -2])
        self.assertEqual(len(by("rt_sigreturn")), 1)
        self.assertEqual([row["bytes"] for row in by("sendto")], [100])
        # A descriptor that is closed has no file any more, and nobody else's is taken for it.
        self.assertEqual({row["path"] for row in by("close")}, {None})
        # The fork, told by its maker alone, and the exit that does not return.
        births = by("fork") + by("vfork") + by("clone") + by("clone3")
        self.assertEqual([row for row in births if row["result"] == 0], [])
        self.assertEqual(len([row for row in by("exit_group") if row["result"] is None]), 2)
        self.assertEqual(len(by("exit")), 1)
        execs = [(row["path"], row["args"].partition("]")[0], row["result"]) for row in by("execve")]
        self.assertEqual([row[0::2] for row in execs[1:]], [("/nonexistent", -2), ("/bin/true", 0)])
        self.assertIn('"as asked"', execs[2][1])

    def test_the_file_is_sound_and_says_so(self):
        trace = self.recorded(["sh", "-c", "ls / >/dev/null; ls /nonexistent 2>/dev/null; exit 0"])
        verified = subprocess.run([ANALYZER, trace, "--verify"], capture_output=True, text=True)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        said = subprocess.run([ANALYZER, trace, "--summary"], capture_output=True, text=True).stdout
        self.assertIn("what they took was not measured", said)
        self.assertNotIn("began before", said)
        self.assertEqual(analyze(trace, "--summary").rows[0].get("began_before"), 0)
        slowest = subprocess.run([ANALYZER, trace, "--slowest"], capture_output=True, text=True)
        self.assertIn("what calls took was not measured", slowest.stdout)
        self.assertEqual(analyze(trace, "--slowest").rows, [])
        for rows in ((), ("--no-summaries",)):
            self.assertEqual({(row["total_ns"], row["p50_ns"], row["max_ns"]) for row in analyze(trace, "--syscalls", *rows).rows}, {(None,) * 3})
        self.assertEqual(self.events(trace, "--filter", "duration < 1s"), [])
        lines = subprocess.run([ANALYZER, trace, "--events", "-n", "0"], capture_output=True, text=True).stdout
        self.assertFalse("<0ns>" in lines)
        self.assertTrue("exit_group(0) = ?\n" in lines)

    def test_exports_have_moments_instead_of_spans(self):
        trace = self.recorded(["sh", "-c", "cat /etc/passwd | tail -n 1"])
        calls = len([row for row in self.events(trace) if "arguments" in row])
        said = subprocess.run([ANALYZER, trace, "--export", "chrome"], capture_output=True, text=True)
        self.assertEqual(said.returncode, 0, said.stderr)
        entries = [entry for entry in json.loads(said.stdout)["traceEvents"] if entry.get("cat") == "syscall"]
        self.assertEqual(len([entry for entry in entries if entry["ph"] == "i" and "result" in entry["args"]]), calls)
        self.assertEqual({entry["ph"] for entry in entries} - {"s", "f"}, {"i"})

    def test_only_those_that_are_chosen(self):
        # By name, from its exec on; the exec itself is nobody's yet.
        command = ["sh", "-c", "cat /etc/passwd >/dev/null; head -c 1 /etc/passwd >/dev/null"]
        recording = record(self.file("run.trace"), command, [*OPTIONS, "--comm", "head"])
        self.assertEqual(recording.status, 0, recording.stderr)
        calls = [row for row in self.events(recording.trace) if "arguments" in row]
        self.assertEqual({row["process"] for row in calls}, {"head"})
        self.assertNotIn("execve", {row["event"] for row in calls})
        recording = record(self.file("two.trace"), ["cat", "/etc/passwd"], [*OPTIONS, "-e", "read,exit_group"])
        self.assertEqual({row["event"] for row in self.events(recording.trace) if "arguments" in row}, {"read", "exit_group"})

    def test_others_that_ended_and_were_not_waited_for(self):
        others = [subprocess.Popen(["sleep", str(tenths / 10)], env=plain_environment()) for tenths in range(2, 22, 2)]
        try:
            calls = self.events(self.recorded(["sleep", "1"]))
        finally:
            for other in others:
                other.wait()
        self.assertEqual([row["process"] for row in calls if row["event"] == "exit_group"], ["sleep"])
        self.assertEqual(len({row["pid"] for row in calls}), 1)

    def test_command_is_described_as_what_it_runs(self):
        # And not as the recorder's child that waits to execute it: what that does is nobody's.
        rows = analyze(self.recorded(["cat", "/etc/passwd"]), "--verify").where(check="rows")
        self.assertEqual({row["of"]: row["checked"] for row in rows if row["of"] in ("thread", "exec", "exit")},
                         {"thread": 1, "exec": 1, "exit": 1})

    def test_sizes_are_not_durations(self):
        trace = self.recorded(["cat", "/etc/passwd"])
        for what, said in (("size", False), ("latency", True)):
            text = subprocess.run([ANALYZER, trace, "--histogram", what], capture_output=True, text=True).stdout
            self.assertEqual("was not measured" in text, said, text)

    def test_a_configuration_that_asks_for_durations(self):
        config = self.file("config")
        for text, status in (("min-duration = 1ms\n", 2), ("trace = read\n", 0)):
            with open(config, "w") as file:
                file.write(text)
            recording = record(self.file("run.trace"), ["true"], [*OPTIONS, "--config", config])
            self.assertEqual(recording.status, status, recording.stderr)
            self.assertEqual("durations are not measured" in recording.stderr, status == 2, recording.stderr)

    def test_what_does_not_go_with_it(self):
        for options, said in ((["--min-duration", "1ms"], "--min-duration"), (["--probe", "kprobe"], "kprobe")):
            done = subprocess.run(recorder_words(self.file("x.trace"), ["true"], [*OPTIONS, *options]), capture_output=True,
                                  text=True, env=plain_environment())
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("--no-latency", done.stderr)
            self.assertIn(said, done.stderr)


if __name__ == "__main__":
    main()
