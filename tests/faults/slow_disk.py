# SPDX-License-Identifier: Apache-2.0
# An output that takes nothing, and one that takes little: the queue is bounded, what finds no room in it is counted, memory has
# a limit, and the program that is recorded never waits. A pipe whose reader we are is the disk.
import fcntl
import os
import signal
import subprocess

from trace_counts import by_type, counts_of
from traced_run import LONG, LONGEST, RECORDER, LiveTest, analyze, main, plain_environment

READS = 10_000_000 if LONG else 800_000  # of each of two threads; the queue holds a million calls
# The recorder's whole memory then: rings of 1 MiB, 64 blocks of 16,384 calls of 128 bytes and their texts are 150 MiB, the rest is
# the program. Without a limit, the twenty million calls of the long form would be 2.5 GiB.
MOST_MIB = 320
PIPE = 1 << 16  # bytes: the beginning of a trace has room, or the recorder would not begin


class SlowDisk(LiveTest):
    def setUp(self):
        super().setUp()
        self.program = self.compiled("read_loop")

    def start_into_pipe(self, reads):
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, PIPE)
        words = [RECORDER, "-q", "--ring-size", "1", "--interval", "0", "-o", "-", "--", self.program, "2", str(reads), "1"]
        recorder = self.start(words, stdout=write_end, stderr=subprocess.PIPE, env=plain_environment())
        os.close(write_end)
        return recorder, read_end

    @staticmethod
    def memory_mib(pid):
        """At most until now."""
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) >> 10

    def command_of(self, recorder):
        with open(f"/proc/{recorder.pid}/task/{recorder.pid}/children", encoding="ascii") as children:
            return children.read().split()

    def check(self, recorder, trace, lost_in_run):
        said = recorder.stderr.read()
        self.assertEqual((recorder.wait(LONGEST), said), (0, b""))
        counts = counts_of(trace)
        self.assertTrue(counts.final)
        produced, recorded, lost = map(by_type, counts[:3])
        for name in produced:
            self.assertEqual(produced[name], recorded[name] + lost[name], name)
        self.assertGreater(produced["syscall"], 2 * READS)
        self.assertLess(produced["syscall"], 2 * READS + 200)
        self.assertEqual(bool(lost["syscall"]), lost_in_run, lost)
        answer = analyze(trace, "--syscalls")
        self.assertEqual((answer.status, answer.complete, answer.lost), (0, True, sum(lost.values())), answer.stderr)
        return lost["syscall"]

    def read_all(self, pipe, trace):
        with open(trace, "wb") as file:
            while piece := os.read(pipe, 1 << 20):
                file.write(piece)

    def wait_for_the_commands_end(self, recorder):
        """The command ends although nobody reads: it waits for no disk. Its recorder has then taken its status."""
        self.wait_for(lambda: self.command_of(recorder), "the command")
        self.wait_for(lambda: not self.command_of(recorder), "the command's end")

    def test_one_that_takes_nothing_until_the_command_has_ended(self):
        recorder, pipe = self.start_into_pipe(READS)
        self.wait_for_the_commands_end(recorder)
        most = self.memory_mib(recorder.pid)
        self.assertIsNone(recorder.poll())
        trace = self.file("run.trace")
        self.read_all(pipe, trace)
        lost = self.check(recorder, trace, lost_in_run=True)
        print(f"{most} MiB, {lost} of {2 * READS} lost ... ", end="", flush=True)
        self.assertLess(most, MOST_MIB)

    def test_while_it_waits_for_the_disk_a_second_signal_ends_it(self):
        recorder, pipe = self.start_into_pipe(READS)
        self.wait_for_the_commands_end(recorder)
        self.assertIsNone(recorder.poll())
        recorder.send_signal(signal.SIGINT)
        recorder.send_signal(signal.SIGTERM)
        self.assertIn(recorder.wait(LONGEST), (128 + signal.SIGINT, 128 + signal.SIGTERM))
        trace = self.file("run.trace")
        self.read_all(pipe, trace)
        answer = analyze(trace, "--summary")
        self.assertEqual((answer.status, answer.complete), (3, False))
        self.assertNotEqual(answer.rows[0]["lost"], 0, "what was lost is not known")


if __name__ == "__main__":
    main()
