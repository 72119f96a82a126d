# SPDX-License-Identifier: Apache-2.0
# While it records, the recorder has no privilege left in any thread, and does everything that it does without: strace is
# the witness that no call of it is refused once the filter is on.
import os
import pty
import re
import shutil
import signal
import subprocess
import threading
import time

from traced_run import LONGEST, PYTHON, RECORDER, LiveTest, analyze, main, plain_environment

USER, GROUP = 61234, 61235  # nobody's
READ, POLL = 0, 7  # calls
CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
FILTER_LOADED = re.compile(r"seccomp\(SECCOMP_SET_MODE_FILTER, .*filter=0x.* = 0$")


class PrivilegesDropped(LiveTest):
    def threads(self, pid):
        """/proc/PID/task/*/status as dictionaries."""
        threads = []
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/status") as status:
                threads.append({name: value.strip() for name, _, value in (line.partition(":") for line in status)})
        return threads

    def check_unprivileged(self, pid, uid, gid):
        threads = self.threads(pid)
        self.assertGreaterEqual(len(threads), 2, "drain and compressor")
        for thread in threads:
            self.assertEqual([int(thread[name], 16) for name in CAPABILITIES], [0] * 5, thread["Name"])
            self.assertEqual((thread["NoNewPrivs"], thread["Seccomp"]), ("1", "2"))
            self.assertEqual((set(thread["Uid"].split()), set(thread["Gid"].split())), ({str(uid)}, {str(gid)}))

    def check_complete(self, trace):
        answer = analyze(trace, "--summary")
        self.assertEqual((answer.status, answer.complete, answer.lost), (0, True, 0), answer.stderr)

    def interrupted(self, recorder, trace):
        recorder.send_signal(signal.SIGINT)
        self.assertEqual(recorder.wait(LONGEST), 128 + signal.SIGINT)
        self.check_complete(trace)
        row = analyze(trace, "--tree").rows[-1]
        self.assertEqual((row["process"], row["exit_signal"]), ("sleep", signal.SIGINT))

    def test_every_thread(self):
        trace = self.file("run.trace")
        recorder = self.start_recorder(trace, ["sleep", "60"])
        self.check_unprivileged(recorder.pid, os.getuid(), os.getgid())
        self.interrupted(recorder, trace)

    def test_it_becomes_the_invoking_user_and_can_still_signal_the_command(self):
        trace = self.file("run.trace")
        recorder = self.start_recorder(trace, ["sleep", "60"],
                                       env=plain_environment(SUDO_UID=str(USER), SUDO_GID=str(GROUP)))
        self.check_unprivileged(recorder.pid, USER, GROUP)
        self.interrupted(recorder, trace)

    def test_a_command_that_changes_its_user_can_still_be_signalled(self):
        if not shutil.which("setpriv"):
            self.skipTest("setpriv is not installed")
        trace = self.file("run.trace")
        recorder = self.start_recorder(trace, ["setpriv", f"--reuid={USER}", f"--regid={GROUP}", "--clear-groups", "sleep", "60"])
        children = f"/proc/{recorder.pid}/task/{recorder.pid}/children"

        def sleeps_as_another_user():
            with open(children) as pids:
                command = f"/proc/{pids.read().split()[0]}"
            with open(f"{command}/comm") as comm:
                return os.stat(command).st_uid == USER and comm.read() == "sleep\n"

        self.wait_for(sleeps_as_another_user, "the command's change of user")
        self.interrupted(recorder, trace)


class UnderStrace(LiveTest):
    """Every way to record and to stop: nothing is refused, nobody is killed, the trace is complete."""

    def setUp(self):
        super().setUp()
        if not shutil.which("strace"):
            self.skipTest("strace is not installed")
        self.log = self.file("strace")
        # Of the recorder alone: its command would be a hundred times as much, and may be refused things.
        self.strace = ["strace", "-f", "-qq", "-s", "0", "-e", "signal=!SIGCHLD", "-o", self.log, RECORDER, "-q"]

    @staticmethod
    def whole_calls(log):
        """Lines of strace, those of calls that it interrupted for another thread's in one piece."""
        begun = {}
        for line in log:
            pid, rest = line.rstrip("\n").split(maxsplit=1)
            if rest.endswith(" <unfinished ...>"):
                begun[pid] = rest.removesuffix(" <unfinished ...>")
                continue
            if resumed := re.match(r"<\.\.\. \w+ resumed>", rest):
                rest = begun.pop(pid, "") + re.sub(r" +=", " =", rest[resumed.end():], count=1)
            yield pid, rest
        yield from begun.items()

    def check_nothing_refused(self, recorder_pid=None):
        confined, own, calls = False, None, 0
        with open(self.log, encoding="utf-8", errors="replace") as log:
            for pid, rest in UnderStrace.whole_calls(log):
                confined = confined or bool(FILTER_LOADED.search(rest))
                if not confined:
                    if "clone3(" in rest or "clone(" in rest:
                        own = own or {pid}
                        made = re.search(r"CLONE_THREAD.*= (\d+)$", rest)
                        if made:
                            own.add(made[1])
                    continue
                if pid in (own or {pid}):
                    calls += 1
                    self.assertNotIn("EPERM", rest)
                    self.assertNotIn("SIGSYS", rest)
        self.assertTrue(confined, "strace has not seen the filter being loaded")
        self.assertGreater(calls, 10)

    def run_it(self, *words, status=0, **how):
        how = {"env": plain_environment(), "cwd": self.folder, "stdin": subprocess.DEVNULL, **how}
        done = subprocess.run([*self.strace, *words], capture_output=True, timeout=LONGEST, **how)
        self.assertEqual(done.returncode, status, done.stderr)
        self.check_nothing_refused()
        return done

    def trace_row(self, complete=True):
        answer = analyze(self.file("run.trace"), "--summary")
        self.assertEqual((answer.status, answer.complete), (0, complete), answer.stderr)
        return answer

    def test_the_commands_end(self):
        self.run_it("--", "sh", "-c", "echo $$; exit 3", status=3)
        self.trace_row()

    def test_the_command_cannot_be_executed(self):
        with open(self.file("garbage"), "wb") as garbage:
            garbage.write(b"\0garbage")
        os.chmod(self.file("garbage"), 0o755)
        self.run_it("--", self.file("garbage"), status=126)

    def test_a_duration_and_unfinished_calls(self):
        sleeper = self.start(["sleep", "60"])
        self.run_it("-d", "0.5", "-p", str(sleeper.pid))
        self.trace_row()
        # It was in its call when recording began; one that begins while we record:
        waiting = self.start([*PYTHON, "import os, select; os.read(0, 1); select.poll().poll()"], stdin=subprocess.PIPE)
        self.wait_until_in(waiting.pid, READ, 0)
        strace = self.start([*self.strace, "-p", str(waiting.pid)], cwd=self.folder)
        self.wait_for(lambda: self.is_confined(strace.pid), "the recorder to record")
        waiting.stdin.write(b"x")
        waiting.stdin.flush()
        self.wait_until_in(waiting.pid, POLL)
        os.kill(self.recorder_of(strace), signal.SIGINT)
        self.assertEqual(strace.wait(LONGEST), 0)
        self.check_nothing_refused()
        unfinished = [row["event"] for row in analyze(self.file("run.trace"), "--events").rows if row.get("result", 0) is None]
        self.assertIn("poll", unfinished)

    @staticmethod
    def recorder_of(strace):
        with open(f"/proc/{strace.pid}/task/{strace.pid}/children", encoding="ascii") as children:
            recorder, = (int(pid) for pid in children.read().split())
        return recorder

    @staticmethod
    def is_confined(strace):
        """The recorder that strace runs has given up its privileges: its hooks are in place."""
        try:
            with open(f"/proc/{strace}/task/{strace}/children", encoding="ascii") as children:
                for pid in children.read().split():
                    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
                        return "Seccomp:\t2\n" in status.read()
        except (FileNotFoundError, ProcessLookupError):  # strace tries out things with a child that ends at once
            pass
        return False

    def test_the_whole_machine(self):
        self.run_it("-d", "0.5")
        self.trace_row()

    def test_signals(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                if os.path.exists(self.file("run.trace")):
                    os.unlink(self.file("run.trace"))
                strace = self.start([*self.strace, "--", "sh", "-c", ": >started; exec sleep 60"], cwd=self.folder)
                self.wait_for(lambda: os.path.exists(self.file("started")), "the command")
                os.kill(self.recorder_of(strace), number)
                self.assertEqual(strace.wait(LONGEST), 128 + number)
                self.check_nothing_refused()
                self.trace_row()
                os.unlink(self.file("started"))

    def test_a_full_disk(self):
        self.need_mounts()
        script = 'mount -t tmpfs -o size=64k none "$1"; shift; exec "$@"'
        trace = os.path.join(self.file("small"), "run.trace")
        os.mkdir(self.file("small"))
        program = self.compiled("read_loop")  # several times what there is room for; strace sees these calls, too
        done = self.in_own_mounts(script, self.file("small"), *self.strace, "-o", trace, "--", program, "2", "15000", "4096")
        self.assertEqual(done.returncode, 124, done.stderr)
        self.check_nothing_refused()

    def test_a_pipe_that_closes(self):
        process = self.start([*self.strace, "-o", "-", "--", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.read(100)
        process.stdout.close()
        process.stdin.close()  # the command ends, and there is more to write
        process.stdin = None  # or it is flushed again
        process.stderr.read()
        self.assertEqual(process.wait(LONGEST), 124)
        self.check_nothing_refused()

    def test_a_terminal_with_a_status_line(self):
        terminal, theirs = pty.openpty()
        self.strace.remove("-q")
        process = self.start([*self.strace, "--", "cat"], stdin=subprocess.PIPE, stderr=theirs, cwd=self.folder)
        os.close(theirs)
        said = []

        def listen():
            try:
                while data := os.read(terminal, 4096):
                    said.append(data)
            except OSError:  # the other end is closed
                pass

        listener = threading.Thread(target=listen)
        listener.start()
        self.wait_for(lambda: b"events/s" in b"".join(said), "a status line")
        process.stdin.close()
        process.stdin = None  # or it is flushed again
        self.assertEqual(process.wait(LONGEST), 0)
        listener.join(LONGEST)
        os.close(terminal)
        self.check_nothing_refused()

    def test_many_calls(self):  # several blocks of them; strace makes each cost 100 us
        program = self.compiled("read_loop")
        self.run_it("--", program, "2", "25000", "1")
        row, = self.trace_row().rows
        self.assertGreaterEqual(row["events"] + row["lost"], 50_000)

    def test_failing_to_drop_is_fatal(self):
        for call in ("capset", "prctl", "seccomp"):
            with self.subTest(call=call):
                ran = self.file("ran")
                words = ["strace", "-o", "/dev/null", "-e", f"inject={call}:error=EINVAL", RECORDER, "-o", self.file("run.trace"),
                         "--", "touch", ran]
                done = subprocess.run(words, capture_output=True, timeout=LONGEST, env=plain_environment(), text=True)
                self.assertEqual(done.returncode, 118, done.stderr)
                self.assertRegex(done.stderr, r"^ebpf-record: giving up privileges failed: .*\n$")
                time.sleep(0.1)
                self.assertFalse(os.path.exists(ran))


if __name__ == "__main__":
    main()
