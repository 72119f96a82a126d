# SPDX-License-Identifier: Apache-2.0
# kill -9 of the recorder mid-load: the file opens, says that it is not complete, and everything older than 100 ms is in
# it. The witness is a program that numbers its calls and writes down, in memory that outlives it, when each returned.
# EBPF_LIVE_KILLS=20 makes it more rounds than the default.
import array
import os
import random
import time

from traced_run import LONGEST, LiveTest, analyze, boot_ns, main

KILLS = int(os.environ.get("EBPF_LIVE_KILLS", "5"))
OLD_NS = 100_000_000


class RecorderKilled(LiveTest):
    def setUp(self):
        super().setUp()
        self.program = self.compiled("numbered_writes")

    def start_writer(self, pause_ns, room):
        with open(self.file("journal"), "wb") as journal:
            journal.truncate(room * 8)
        return self.start([self.program, self.file("journal"), str(pause_ns)])

    def journal(self):
        """Boot time at the end of each call, in order."""
        times = array.array("Q")
        with open(self.file("journal"), "rb") as journal:
            times.frombytes(journal.read())
        return times[: times.index(0)] if 0 in times else times

    def kill_mid_load(self, pause_ns, room, enough):
        """(trace, times of the calls, a time when it surely recorded, 100 ms before the kill)"""
        trace = self.file("run.trace")
        if os.path.exists(trace):
            os.unlink(trace)
        writer = self.start_writer(pause_ns, room)
        recorder = self.start_recorder(trace, options=["-p", str(writer.pid)])
        begun = boot_ns()
        time.sleep(0.3 + random.random() * 0.4)
        # On a busy machine the writer may not have run at all since: then a kill would show nothing yet.
        self.wait_for(lambda: len(self.owed(self.journal(), begun, boot_ns() - OLD_NS)) > enough, "calls that are old enough")
        killed = boot_ns()
        recorder.kill()
        recorder.wait(LONGEST)
        self.end(writer)
        return trace, self.journal(), begun, killed - OLD_NS

    @staticmethod
    def owed(times, begun, old):
        """The calls that must be there: begun while it recorded, that is after an end later than `begun`, and old enough.
        Of the first call to end after `begun` we don't know when it began; one from before has no record, and rightly."""
        return {i for i in range(1, len(times)) if times[i - 1] > begun and times[i] < old}

    def check_unclean_end(self, trace):
        answer = analyze(trace, "--summary")
        self.assertEqual((answer.status, answer.complete), (3, False), answer.stderr)
        self.assertNotEqual(answer.stderr, "")
        self.assertNotEqual(answer.rows[0]["lost"], 0, "losses after a kill are not known to be none")

    def test_every_call_older_than_100_ms_is_there(self):
        for round in range(KILLS):
            with self.subTest(round=round):
                trace, times, begun, old = self.kill_mid_load(10_000, 1 << 20, 1_000)
                self.check_unclean_end(trace)
                must = self.owed(times, begun, old)
                self.assertGreater(len(must), 1_000)
                rows = analyze(trace, "--events").rows
                seen = [row["arguments"]["pos"] for row in rows if row["event"] == "pwrite64" and row["result"] == 1]
                self.assertEqual(len(seen), len(set(seen)), "a call is there twice")
                self.assertEqual(must - set(seen), set())

    def test_at_full_speed(self):
        for round in range(KILLS):
            with self.subTest(round=round):
                trace, times, begun, old = self.kill_mid_load(0, 1 << 23, 10_000)
                self.check_unclean_end(trace)
                must = len(self.owed(times, begun, old))
                self.assertGreater(must, 10_000)
                self.assertGreaterEqual(analyze(trace, "--syscalls").by("syscall")["pwrite64"]["calls"], must)


if __name__ == "__main__":
    main()
