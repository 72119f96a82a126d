# SPDX-License-Identifier: Apache-2.0
# How the recorder ends: statuses, messages, signals.
import os
import shutil
import signal
import subprocess
import time

from traced_run import ANALYZER, LONGEST, RECORDER, LiveTest, analyze, main, plain_environment


class ExitStatuses(LiveTest):
    def run_recorder(self, *words, **how):
        how = {"env": plain_environment(), "cwd": self.folder, **how}
        return subprocess.run([RECORDER, *words], capture_output=True, stdin=subprocess.DEVNULL, text=True, timeout=LONGEST, **how)

    def assert_status(self, status, *words, says="", **how):
        done = self.run_recorder(*words, **how)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertIn(says, done.stderr)
        return done

    @staticmethod
    def line_of(path, line):
        with open(path, encoding="utf-8", errors="replace") as file:
            return line in file.read().splitlines()

    def test_help_and_version(self):
        for program in (RECORDER, ANALYZER):
            for option, word in (("--help", "Examples"), ("-h", "Examples"), ("--version", "0."), ("-V", "0.")):
                with self.subTest(program=program, option=option):
                    done = subprocess.run([program, option], capture_output=True, text=True, timeout=LONGEST)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    self.assertIn(word, done.stdout)

    def test_usage_errors(self):
        for words in (["--no-such-option"], ["--no-such-option", "--", "true"], ["-p", "x", "-d", "1"], ["-p", ""], ["-p", "0"],
                      ["-p", "1", "--", "true"], ["-d", "0"], ["-d", "soon"], ["-q", "-v", "--", "true"], ["-o"]):
            with self.subTest(words=words):
                self.assert_status(2, *words, says="--help")
                self.assertFalse(os.path.exists(self.file("run.trace")))

    def test_no_such_process(self):
        gone = subprocess.Popen(["true"])
        gone.wait()
        self.assert_status(119, "-q", "-p", f"{os.getpid()},{gone.pid}", says=str(gone.pid))
        self.assertFalse(os.path.exists(self.file("run.trace")))

    def test_command_cannot_run(self):
        with open(self.file("script"), "w") as script:
            script.write("#!/bin/sh\n")
        os.mkdir(self.file("bin"))
        shutil.copy(self.file("script"), self.file("bin/plain"))
        with open(self.file("garbage"), "wb") as garbage:
            garbage.write(b"\0garbage")
        os.chmod(self.file("garbage"), 0o755)
        self.assert_status(127, "-q", "--", "no-such-command-here", says="no-such-command-here")
        self.assert_status(127, "-q", "--", "./no-such-file", says="./no-such-file")
        self.assert_status(126, "-q", "--", "./script", says="Permission denied")
        self.assert_status(126, "-q", "--", "plain", says="not executable", env=plain_environment(PATH=self.file("bin")))
        self.assert_status(126, "-q", "--", "./bin", says="./bin")
        self.assert_status(126, "-q", "--", "./garbage", says="Exec format error")

    def test_the_status_of_the_command_is_ours(self):
        self.assert_status(0, "-q", "--", "true")
        self.assert_status(3, "-q", "--", "sh", "-c", "exit 3")
        self.assert_status(128 + 15, "-q", "--", "sh", "-c", "kill -TERM $$")
        self.assert_status(128 + 9, "-q", "--", "sh", "-c", "kill -KILL $$")

    def test_words_of_the_command_are_not_our_options(self):
        done = self.assert_status(0, "-q", "--", "echo", "-o", "--", "-p", "x")
        self.assertEqual(done.stdout, "-o -- -p x\n")
        done = self.assert_status(0, "-q", "echo", "-V", "--help")  # as strace and perf have it: no -- needed
        self.assertEqual(done.stdout, "-V --help\n")

    def test_quiet_is_quiet_and_a_recording_says_what_it_did(self):
        self.assertEqual(self.run_recorder("-q", "--", "true").stderr, "")
        self.assertRegex(self.run_recorder("--", "true").stderr, r"events, 0 lost, .* in run\.trace")
        # As many as --summary says: counters of the machine, of which there are two samples at least, are none.
        said = self.run_recorder("--interval", "0.1", "--", "sleep", "0.3").stderr
        answer = analyze(self.file("run.trace"), "--summary")
        self.assertRegex(said, rf"^ebpf-record: {answer.rows[0]['events']} events, 0 lost")

    def test_duration(self):
        before = time.monotonic()
        self.assert_status(0, "-q", "-d", "1", "-p", str(os.getpid()))
        self.assertGreater(time.monotonic() - before, 0.9)
        self.assertEqual(analyze(self.file("run.trace"), "--summary").status, 0)

    def test_duration_leaves_the_command_running(self):
        # It would keep our pipes open: it gets none.
        recorder = self.start([RECORDER, "-q", "-d", "3", "--", "sleep", "600"], cwd=self.folder, stdout=subprocess.DEVNULL)
        self.assertEqual(recorder.wait(LONGEST), 0)
        row, = analyze(self.file("run.trace"), "--tree").rows
        self.addCleanup(self.end_pid, row["pid"])
        self.assertEqual((row["end_ns"], row["exit_code"], row["exit_signal"]), (None, None, None))
        with open(f"/proc/{row['pid']}/comm") as comm:
            self.assertEqual(comm.read(), "sleep\n")
        unfinished = analyze(self.file("run.trace"), "--events").where(event="clock_nanosleep")
        self.assertEqual([event["result"] for event in unfinished], [None])

    def test_the_processes_end(self):
        waiting = self.start(["cat"], stdin=subprocess.PIPE)
        recorder = self.start_recorder(self.file("run.trace"), options=["-p", str(waiting.pid)])
        self.assertIsNone(recorder.poll())
        waiting.stdin.close()
        waiting.stdin = None  # or it is flushed again
        self.assertEqual(recorder.wait(LONGEST), 0)

    def test_a_signal_stops_it_with_a_complete_file(self):
        sleeper = self.start(["sleep", "60"])
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                recorder = self.start_recorder(self.file("run.trace"), options=["-p", str(sleeper.pid)])
                recorder.send_signal(number)
                self.assertEqual(recorder.wait(LONGEST), 0)
                answer = analyze(self.file("run.trace"), "--summary")
                self.assertEqual((answer.status, answer.complete, answer.lost), (0, True, 0))

    def test_a_signal_is_passed_on_to_the_command(self):
        recorder = self.start_recorder(self.file("run.trace"), ["sleep", "60"])
        recorder.send_signal(signal.SIGINT)
        self.assertEqual(recorder.wait(LONGEST), 128 + signal.SIGINT)
        row, = analyze(self.file("run.trace"), "--tree").rows
        self.assertEqual((row["process"], row["exit_signal"]), ("sleep", signal.SIGINT))

    def test_a_second_signal_ends_it_at_once(self):
        stubborn = "trap '' INT; echo $$ > pid.part; mv pid.part pid; exec sleep 60"
        trace = self.file("run.trace")
        recorder = self.start_recorder(trace, ["sh", "-c", stubborn], cwd=self.folder)
        self.wait_for(lambda: os.path.exists(self.file("pid")), "the command")
        with open(self.file("pid")) as pid:
            command = int(pid.read())
        self.addCleanup(self.end_pid, command)
        self.wait_for(lambda: self.line_of(f"/proc/{command}/comm", "sleep"), "the command's execve")
        self.wait_for(lambda: any(row["process"] == "sleep" for row in analyze(trace, "--tree").rows), "its row in the file")
        # It finds both at once, the first one first, however long it takes to: that is within the command's grace.
        recorder.send_signal(signal.SIGSTOP)
        self.wait_for(lambda: self.line_of(f"/proc/{recorder.pid}/status", "State:\tT (stopped)"), "the recorder to stop")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCONT):
            recorder.send_signal(number)
        self.assertEqual(recorder.wait(LONGEST), 128 + signal.SIGTERM)  # 0, had it waited for that grace to end
        answer = analyze(trace, "--tree")
        self.assertEqual((answer.status, answer.complete), (3, False))
        self.assertEqual([row["process"] for row in answer.rows if row["process"] == "sleep"], ["sleep"])

    def test_a_command_that_ignores_the_signal_is_left_running(self):
        stubborn = "trap '' INT; echo $$ > pid.part; mv pid.part pid; exec sleep 60"
        recorder = self.start_recorder(self.file("run.trace"), ["sh", "-c", stubborn], cwd=self.folder)
        self.wait_for(lambda: os.path.exists(self.file("pid")), "the command")
        with open(self.file("pid")) as pid:
            command = int(pid.read())
        self.addCleanup(self.end_pid, command)
        recorder.send_signal(signal.SIGINT)
        self.assertEqual(recorder.wait(LONGEST), 0)
        os.kill(command, 0)  # it is still there
        answer = analyze(self.file("run.trace"), "--syscalls")
        self.assertEqual((answer.status, answer.complete), (0, True))

    def test_without_privilege_it_says_what_is_missing(self):
        if not shutil.which("setpriv"):
            self.skipTest("setpriv is not installed")
        recorder = self.file("ebpf-record")
        shutil.copy(RECORDER, recorder)  # the build may lie where another user may not look
        os.chmod(self.folder, 0o777)
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]
        done = subprocess.run([*nobody, recorder, "-o", "run.trace", "--", "echo", "ran"], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, cwd=self.folder, env=plain_environment(), timeout=LONGEST)
        self.assertEqual(done.returncode, 120, done.stderr)
        self.assertIn("CAP_BPF", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertFalse(os.path.exists(self.file("run.trace")))

    def test_root_without_capabilities_lacks_privilege_too(self):
        if not shutil.which("setpriv"):
            self.skipTest("setpriv is not installed")
        done = subprocess.run(["setpriv", "--bounding-set=-all", "--inh-caps=-all", RECORDER, "--", "true"], capture_output=True,
                              text=True, cwd=self.folder, env=plain_environment(), timeout=LONGEST)
        self.assertEqual(done.returncode, 120, done.stderr)
        self.assertIn("CAP_BPF", done.stderr)

    def test_a_pid_namespace_of_its_own_is_refused(self):
        words = ["unshare", "--pid", "--fork", "--mount-proc", RECORDER, "-o", self.file("run.trace"), "--", "true"]
        done = subprocess.run(words, capture_output=True, text=True, env=plain_environment(), timeout=LONGEST)
        if done.stderr.startswith("unshare:"):
            self.skipTest("a PID namespace is not permitted here")
        self.assertEqual(done.returncode, 122, done.stderr)
        self.assertIn("--pid=host", done.stderr)
        self.assertFalse(os.path.exists(self.file("run.trace")))

    def test_analyzer_statuses(self):
        self.assert_status(0, "-q", "--", "true")
        trace = self.file("run.trace")
        with open(self.file("text"), "w") as text:
            text.write("no trace at all\n" * 100)
        with open(trace, "rb") as whole, open(self.file("half"), "wb") as half:
            half.write(whole.read()[:-1000])
        for status, words in ((0, [trace]), (1, [trace, "--no-such-option"]), (1, [self.file("missing")]), (1, [self.folder]),
                              (2, [self.file("text")]), (3, [self.file("half")])):
            with self.subTest(words=words):
                done = subprocess.run([ANALYZER, *words], capture_output=True, text=True, timeout=LONGEST)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertEqual(done.stderr == "", status == 0)


if __name__ == "__main__":
    main()
