# SPDX-License-Identifier: Apache-2.0
# Calls that go on when a recording begins or ends: each has one row, with what belongs to it. The witness is the kernel's
# own /proc/PID/syscall, and what a row can be if it is true.
import collections
import os
import re
import shutil
import signal
import subprocess
import threading
import time

from traced_run import LONG, PYTHON, LiveTest, analyze, main, record

ROUNDS = int(os.environ.get("EBPF_LIVE_ROUNDS", "20" if LONG else "3"))
CHILDREN = 12

ITS_ARGUMENTS = {
    "read": r"3</dev/zero>, 0x[0-9a-f]+, 4000000",
    "getrandom": r"0x[0-9a-f]+, 300000, 0",
    "clock_nanosleep": r"CLOCK_REALTIME, 0, (?:0x[0-9a-f]+|\{.*\}), NULL",
}


class CallsInProgress(LiveTest):
    def events(self, trace, **values):
        answer = analyze(trace, "--events")
        self.assertEqual(answer.status, 0, answer.stderr)
        return answer.where(**values)

    def whole(self, trace):
        summary = analyze(trace, "--summary", "--fail-on-loss")
        self.assertEqual((summary.status, summary.stderr), (0, ""))
        return summary.rows[0]

    def need_fentry(self):
        tried = record(self.file("try.trace"), ["true"], ["--probe", "fentry", "-e", "trace=getpid"])
        if tried.status == 122:
            self.skipTest(tried.stderr)

    # ---- when it ends ----

    def check_ends(self, options, calls):
        for number in range(ROUNDS):
            trace = self.recorded([self.compiled("slow_calls"), str(CHILDREN), "60"], options)
            threads = collections.defaultdict(list)
            rows = self.events(trace)
            parent, = (row["pid"] for row in rows if row["event"] == "exec")
            for row in rows:
                if row["event"] in calls and row["pid"] != parent:
                    threads[row["tid"]].append(row)
            for pid in threads:  # each has one thread
                self.end_pid(pid)
            # How many of those that go on are in a call depends on what returns before its turn; one that stays is.
            self.assertEqual(len(threads), CHILDREN + 1)
            stays, = (rows for rows in threads.values() if [row["event"] for row in rows] == ["clock_nanosleep"])
            self.assertIsNone(stays[0]["result"])
            for rows in threads.values():
                for row in rows:
                    self.assertRegex(row["args"], f"^{ITS_ARGUMENTS[row['event']]}$", row)
                for row, following in zip(rows, rows[1:]):
                    self.assertIsNotNone(row["result"], f"{row} has not ended, but {following} has begun")
                    self.assertLessEqual(row["time_ns"] + row["duration_ns"], following["time_ns"])
                # In their own order, or in another: calls that are all there follow each other.
                order = [row["event"] for row in rows]
                for before, after in zip(order, order[1:]):
                    self.assertEqual(calls[(calls.index(before) + 1) % len(calls)], after, order[-5:])
            self.whole(trace)

    def test_what_is_unfinished_at_the_end_is_one_call(self):
        self.check_ends([], ["read", "getrandom", "clock_nanosleep"])

    def test_by_fentry_too(self):
        self.need_fentry()
        self.check_ends(["-e", "trace=read,getrandom,clock_nanosleep", "--probe", "fentry"], ["read", "getrandom", "clock_nanosleep"])

    # ---- when it begins ----

    def blocked(self, words, call, **how):
        """A process that is in that call by now, and what the kernel says of it: the number and arguments."""
        process = self.start(words, **how)
        said = []

        def is_in_it():
            with open(f"/proc/{process.pid}/syscall") as file:
                said[:] = file.read().split()
            return said[0] == str(call)

        self.wait_for(is_in_it, f"{words[0]} in call {call}")
        return process, [int(word, 16) for word in said[1:7]]

    def blocked_cat(self, name="cat"):
        """A cat that waits for what comes from a FIFO, and our end of it."""
        program, fifo = self.file(name), self.file("fifo")
        shutil.copy(shutil.which("cat"), program)
        os.mkfifo(fifo)
        end = threading.Event()
        writers = []

        def open_it():
            writers.append(os.open(fifo, os.O_WRONLY))
            end.set()

        opener = threading.Thread(target=open_it)
        opener.start()
        with open(self.file("out"), "wb") as out:
            cat, arguments = self.blocked([program, fifo], 0, stdout=out)
        opener.join()
        return cat, arguments, writers[0]

    def check_cat(self, cat, arguments, writer, options):
        trace = self.file("run.trace")
        recorder = self.start_recorder(trace, (), options)
        time.sleep(0.3)
        os.write(writer, b"hello\n")
        time.sleep(0.1)
        os.close(writer)
        cat.wait()
        if "-p" not in options:
            recorder.send_signal(signal.SIGINT)
        recorder.wait()
        reads = [row for row in self.events(trace) if row["event"] == "read" and row["pid"] == cat.pid]
        first, second = reads
        self.assertEqual([(row["result"], row.get("began_before")) for row in reads], [(6, True), (0, None)])
        fifo = self.file("fifo")
        self.assertEqual(first["args"], f"3<{fifo}>, {arguments[1]:#x}, {arguments[2]}")
        self.assertEqual(first["path"], fifo)
        self.assertGreater(first["duration_ns"], 0.2e9)  # of the 0.3 s that we waited
        self.assertLess(first["time_ns"] + first["duration_ns"], second["time_ns"])
        row = analyze(trace, "--top-io").by("pid")[cat.pid]
        self.assertEqual((row["reads"], row["read_bytes"], row["write_bytes"]), (2, 6, 6))
        self.assertEqual(row["read_p99_ns"], second["duration_ns"])
        row = analyze(trace, "--top-files").by("path")[fifo]
        self.assertEqual((row["reads"], row["read_bytes"]), (2, 6))
        row = analyze(trace, "--syscalls").by("syscall")["read"]
        self.assertEqual((row["calls"], row["max_ns"]), (2, second["duration_ns"]))
        self.assertEqual(self.whole(trace)["began_before"], 1)
        return trace

    def test_a_call_that_began_before_is_recorded_when_it_returns(self):
        cat, arguments, writer = self.blocked_cat()
        self.check_cat(cat, arguments, writer, ["-p", str(cat.pid)])

    def test_by_name_too_and_of_chosen_calls(self):
        cat, arguments, writer = self.blocked_cat("cat-of-ours")
        self.check_cat(cat, arguments, writer, ["--comm", "cat-of-ours", "-e", "trace=read,write", "--probe", "tracepoint"])

    def test_calls_that_were_not_chosen_are_left_out(self):
        cat, _, writer = self.blocked_cat()
        recorder = self.start_recorder(self.file("run.trace"), (), ["-p", str(cat.pid), "-e", "trace=write,close",
                                                                    "--probe", "tracepoint"])
        os.write(writer, b"hello\n")
        os.close(writer)
        recorder.wait()
        rows = self.events(self.file("run.trace"))
        self.assertEqual({row["event"] for row in rows}, {"write", "close", "exit"})
        self.assertFalse([row for row in rows if row.get("began_before")])

    def test_one_that_goes_on_when_it_ends_has_a_row_too(self):
        sleeper, arguments = self.blocked([*PYTHON, "import time; time.sleep(60)"], 230)
        recorder = self.start_recorder(self.file("run.trace"), (), ["-p", str(sleeper.pid)])
        time.sleep(0.3)
        recorder.send_signal(signal.SIGINT)
        recorder.wait()
        row, = self.events(self.file("run.trace"))
        self.assertEqual((row["event"], row["result"], row["began_before"]), ("clock_nanosleep", None, True))
        self.assertRegex(row["args"], f"^{'CLOCK_MONOTONIC' if arguments[0] == 1 else 'CLOCK_REALTIME'}, "
                                      f"{'TIMER_ABSTIME' if arguments[1] else 0}, {arguments[2]:#x}, ")
        self.assertGreater(row["duration_ns"], 0.2e9)
        self.whole(self.file("run.trace"))

    def test_one_that_a_signal_ends(self):
        cat, _, _ = self.blocked_cat()
        recorder = self.start_recorder(self.file("run.trace"), (), ["-p", str(cat.pid)])
        cat.kill()
        recorder.wait()
        read, end = self.events(self.file("run.trace"))
        self.assertEqual((read["event"], read["result"], read["began_before"]), ("read", -512, True))  # ERESTARTSYS
        self.assertEqual(end["event"], "exit")

    def test_a_thread_that_was_in_no_call_began_none_before(self):
        # It spins, then forks: the child returns from a call that its parent made.
        program = """
import os, signal
told = []
signal.signal(signal.SIGUSR1, lambda *_: told.append(1))
print("spins", flush=True)
while not told: pass
if not os.fork(): os._exit(0)
os.wait()
"""
        spinner = self.start([*PYTHON, program], stdout=subprocess.PIPE)
        self.assertEqual(spinner.stdout.readline(), b"spins\n")
        recorder = self.start_recorder(self.file("run.trace"), (), ["-p", str(spinner.pid)])
        spinner.send_signal(signal.SIGUSR1)
        recorder.wait()
        rows = self.events(self.file("run.trace"))
        self.assertIn("fork", [row["event"] for row in rows])
        self.assertFalse([row for row in rows if row.get("began_before")])
        self.assertFalse([row for row in rows if row["event"].startswith(("clone", "fork", "vfork")) and row["result"] == 0])

    def test_where_its_return_cannot_be_seen_it_is_told_with_its_process(self):
        self.need_fentry()
        cat, arguments, writer = self.blocked_cat()
        recorder = self.start_recorder(self.file("run.trace"), (), ["-p", str(cat.pid), "-e", "trace=read,write",
                                                                    "--probe", "fentry"])
        time.sleep(0.2)
        os.write(writer, b"hello\n")
        os.close(writer)
        recorder.wait()
        rows = [row for row in self.events(self.file("run.trace")) if row["event"] != "exit"]
        self.assertEqual([(row["event"], row["result"], row.get("began_before")) for row in rows],
                         [("read", None, True), ("write", 6, None), ("read", 0, None)])
        self.assertEqual(rows[0]["args"], f"3<{self.file('fifo')}>, {arguments[1]:#x}, {arguments[2]}")
        self.assertEqual(rows[0]["pid"], cat.pid)

    # ---- over a rotation ----

    def test_a_close_over_a_rotation_still_has_its_file(self):
        # With SO_LINGER, close(2) of a connection waits until the other end has taken what was sent.
        program = """
import socket, struct, sys, time
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
peer, _ = server.accept()
client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 3))
client.setblocking(False)
try:
    while True: client.send(bytes(65536))
except BlockingIOError: pass
print(client.fileno(), flush=True)
client.close()
"""
        recording = self.run_recorded([*PYTHON, program], ["--rotate", "1s"])
        fd = int(recording.stdout)
        parts = sorted(name for name in os.listdir(self.folder) if re.fullmatch(r"run1\.\d+\.trace", name))
        self.assertGreaterEqual(len(parts), 2)
        closes = [row for part in parts for row in self.events(self.file(part))
                  if row["event"] == "close" and row["duration_ns"] > 1e9]
        if not closes and tuple(int(n) for n in re.findall(r"\d+", os.uname().release)[:2]) < (6, 6):
            self.skipTest("before Linux 6.6 what close(2) waits for comes after its return")
        row, = closes
        self.assertRegex(row["args"], rf"^{fd}<.*\[\d+.*\]>$")


if __name__ == "__main__":
    main()
