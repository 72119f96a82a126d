# SPDX-License-Identifier: Apache-2.0
# kill -9 of the recorder mid-load: the file opens, says that it is not complete, and everything older than 100 ms is in
# it. The witness is a program that numbers its calls and writes down, in memory that outlives it, when each returned.
# With LONG it makes ten times the rounds; EBPF_LIVE_KILLS says how many.
import bisect
import mmap
import os
import random
import subprocess
import time

from traced_run import LONG, LONGEST, LiveTest, analyze, boot_ns, main

KILLS = int(os.environ.get("EBPF_LIVE_KILLS", "20" if LONG else "2"))
OLD_NS = 100_000_000


class RecorderKilled(LiveTest):
    def setUp(self):
        super().setUp()
        self.program = self.compiled("numbered_writes")

    def start_writer(self, pause_ns, room):
        with open(self.file("journal"), "wb+") as journal:
            journal.truncate(room * 8)
            self.journal = memoryview(mmap.mmap(journal.fileno(), 0, access=mmap.ACCESS_READ)).cast("Q")
        return self.start([self.program, self.file("journal"), str(pause_ns)], stdin=subprocess.PIPE)

    def kill_mid_load(self, pause_ns, room, enough):
        """(trace, numbers of the calls that must be in it)"""
        trace = self.file("run.trace")
        if os.path.exists(trace):
            os.unlink(trace)
        writer = self.start_writer(pause_ns, room)
        recorder = self.start_recorder(trace, options=["-p", str(writer.pid)])
        begun = boot_ns()
        writer.stdin.write(b"1")  # not before: the journal has room for seconds only, on a fast machine
        writer.stdin.flush()
        time.sleep(0.3 + random.random() * 0.4)
        # On a busy machine the writer may not have run at all since: then a kill would show nothing yet.
        self.wait_for(lambda: len(self.owed(begun, boot_ns() - OLD_NS)) > enough, "calls that are old enough")
        killed = boot_ns()
        recorder.kill()
        recorder.wait(LONGEST)
        self.end(writer)
        return trace, self.owed(begun, killed - OLD_NS)

    def owed(self, begun, old):
        """The calls that must be there: begun while it recorded, that is after an end later than `begun`, and old enough.
        Of the first call to end after `begun` we don't know when it began; one from before has no record, and rightly."""
        calls = bisect.bisect_left(self.journal, True, key=lambda time: time == 0)  # that have returned, in order of their ends
        first = bisect.bisect_right(self.journal, begun, hi=calls)
        return range(first + 1, bisect.bisect_left(self.journal, old, hi=calls))

    def check_unclean_end(self, trace):
        answer = analyze(trace, "--summary")
        self.assertEqual((answer.status, answer.complete), (3, False), answer.stderr)
        self.assertNotEqual(answer.stderr, "")
        self.assertNotEqual(answer.rows[0]["lost"], 0, "losses after a kill are not known to be none")

    def test_every_call_older_than_100_ms_is_there(self):
        for round in range(KILLS):
            with self.subTest(round=round):
                trace, must = self.kill_mid_load(10_000, 1 << 20, 1_000)
                self.check_unclean_end(trace)
                self.assertGreater(len(must), 1_000)
                rows = analyze(trace, "--events", "--filter", 'event == "pwrite64"').rows
                seen = [row["arguments"]["pos"] for row in rows if row["result"] == 1]
                self.assertEqual(len(seen), len(set(seen)), "a call is there twice")
                self.assertEqual(set(must) - set(seen), set())

    def test_at_full_speed(self):
        for round in range(KILLS):
            with self.subTest(round=round):
                trace, must = self.kill_mid_load(0, 1 << 23, 10_000)
                self.check_unclean_end(trace)
                self.assertGreater(len(must), 10_000)
                self.assertGreaterEqual(analyze(trace, "--syscalls").by("syscall")["pwrite64"]["calls"], len(must))


if __name__ == "__main__":
    main()
