# SPDX-License-Identifier: Apache-2.0
# produced = recorded + lost, exactly. A program that makes a known number of calls is the witness: with READS more calls
# than in a run that lost nothing, recorded events and losses together are READS more.
import os
import signal
import subprocess

from traced_run import LONGEST, RECORDER, LiveTest, analyze, main


class LossAccounting(LiveTest):
    def setUp(self):
        super().setUp()
        self.program = self.compiled("read_loop")

    def accounted(self, trace):
        """(events recorded, events lost) by the trace's own account."""
        answer = analyze(trace, "--summary")
        row, = answer.rows
        self.assertEqual(answer.lost, row["lost"])
        return row["events"], row["lost"]

    def events_besides_the_reads(self, threads, *waits):
        events, lost = self.accounted(self.recorded([self.program, str(threads), "0", "1", *waits]))
        self.assertEqual(lost, 0)
        return events

    def check(self, trace, threads, reads, *waits):
        """All calls are recorded or counted as lost. Returns the losses."""
        events, lost = self.accounted(trace)
        made = threads * reads
        self.assertEqual(events + lost, self.events_besides_the_reads(threads, *waits) + made)
        recorded = analyze(trace, "--syscalls").by("syscall")["read"]["calls"]
        self.assertLessEqual(recorded, made)
        self.assertGreaterEqual(recorded + lost, made)
        return lost

    @staticmethod
    def state(pid):
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0]

    def test_two_million_small_reads_from_two_threads(self):
        trace = self.recorded([self.program, "2", "1000000", "1"])
        lost = self.check(trace, 2, 1_000_000)
        print(f"lost with default settings: {lost} of 2000000 ... ", end="", flush=True)

    def test_more_threads_than_cpus(self):
        lost = self.check(self.recorded([self.program, "8", "50000", "4096"]), 8, 50_000)
        print(f"lost with default settings: {lost} of 400000 ... ", end="", flush=True)

    def test_a_recorder_that_is_stopped_loses_and_says_how_much(self):
        trace = self.file("run.trace")
        recorder = self.start_recorder(trace, [self.program, "2", "1500000", "1", "wait"], ["--ring-size", "1"], stdin=subprocess.PIPE)
        recorder.send_signal(signal.SIGSTOP)
        self.wait_for(lambda: self.state(recorder.pid) == "T", "the recorder to stop")
        recorder.stdin.write(b"1")  # so that all reads are made while it is stopped
        recorder.stdin.flush()
        # Its command is our grandchild. It must be gone, or rather wait to be reaped, before anyone reads the rings again.
        with open(f"/proc/{recorder.pid}/task/{recorder.pid}/children") as children:
            command, = children.read().split()
        self.wait_for(lambda: self.state(command) == "Z", "the command's end")
        recorder.send_signal(signal.SIGCONT)
        self.assertEqual(recorder.wait(LONGEST), 0)
        self.assertGreater(self.check(trace, 2, 1_500_000, "wait"), 1_000_000)

    def test_a_full_disk(self):
        self.need_mounts()
        os.mkdir(self.file("small"))
        done = self.in_own_mounts("""mount -t tmpfs -o size=1m none "$1/small"; status=0
            "$2" -q --interval 0 -o "$1/small/run.trace" -- "$3" 1 600000 4096 || status=$?
            cp "$1/small/run.trace" "$1/run.trace"; exit "$status" """, self.folder, RECORDER, self.program)
        self.assertEqual(done.returncode, 124, done.stderr)
        self.assertIn(b"No space left on device", done.stderr)
        answer = analyze(self.file("run.trace"), "--summary")
        self.assertEqual((answer.status, answer.complete), (0, True), answer.stderr)
        self.assertGreater(self.check(self.file("run.trace"), 1, 600_000), 0)
        self.assertGreater(answer.rows[0]["events"], 50_000)


if __name__ == "__main__":
    main()
