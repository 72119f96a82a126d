# SPDX-License-Identifier: Apache-2.0
# kill -9 of the recorder mid-load: the file opens, says that it is not complete, and everything older than 100 ms is in
# it. The witness is a program that numbers its calls and writes down, in memory that outlives it, when each returned.
# What the recorder could not do because it got no CPU, or no answer from the disk, is not asked of it: the kernel says how long its
# threads waited, and how long a hypervisor had the CPUs.
# 10 kills; with LONG 200; EBPF_LIVE_KILLS says how many for each of two loads.
import bisect
import mmap
import os
import random
import subprocess
import time

from traced_run import LONG, LONGEST, LiveTest, analyze, boot_ns, main

KILLS = int(os.environ.get("EBPF_LIVE_KILLS", "100" if LONG else "5"))
OLD_NS = 100_000_000
# At full speed the default ring is full after 0.1 s in which the recorder gets no CPU, this one after 0.4 s. What is lost then is lost,
# kill or not: a round of so many calls, in which the recorder waited so long, says nothing, and another one is made.
RINGS = ["--ring-size", "64M"]
STARVED_NS = 300_000_000
FIT_INTO_RING = (64 << 20) // 128  # calls, for certain
TRIES = 20


class Waits:
    """How long a process's threads have waited for a CPU or the disk, all together: what the kernel has counted
    (Documentation/scheduler/sched-stats.rst; "steal" in proc(5), in ticks), of one that waits for a CPU right now, the time since it
    was last seen to run or sleep, and the time between looks that found one waiting for the disk (state D)."""

    def __init__(self, pid):
        self.pid = pid
        self.threads = {}  # tid: (counters, when they were seen to change, or the thread to sleep)
        self.samples = []  # (when, ns that all have waited so far)
        self.for_disk_ns = 0

    def sample(self):
        now = boot_ns()
        since_last = now - self.samples[-1][0] if self.samples else 0
        with open("/proc/stat", encoding="ascii") as file:
            waited = int(file.readline().split()[8]) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")
        for tid in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{tid}/stat", "rb") as stat, open(f"/proc/{self.pid}/task/{tid}/schedstat", "rb") as counts:
                state = stat.read().rsplit(b")", 1)[1].split()[0]
                counters = counts.read().split()
            before, since = self.threads.get(tid, (None, now))
            self.threads[tid] = counters, since if state == b"R" and counters == before else now
            if state == b"D":
                self.for_disk_ns += since_last
            waited += int(counters[1]) + now - self.threads[tid][1]
        self.samples.append((now, waited + self.for_disk_ns))

    def so_far(self):
        """Since the first look."""
        self.sample()
        return self.samples[-1][1] - self.samples[0][1]


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
        """(trace, numbers of the calls that must be in it, whether a ring may have been full)"""
        trace = self.file("run.trace")
        if os.path.exists(trace):
            os.unlink(trace)
        writer = self.start_writer(pause_ns, room)
        recorder = self.start_recorder(trace, options=["-p", str(writer.pid), *RINGS])
        begun = boot_ns()
        writer.stdin.write(b"1")  # not before: the journal has room for seconds only, on a fast machine
        writer.stdin.flush()
        waits = Waits(recorder.pid)
        end = boot_ns() + 300_000_000 + random.randrange(400_000_000)
        while boot_ns() < end:
            waits.sample()
            time.sleep(0.01)
        # On a busy machine the writer may not have run at all since: then a kill would show nothing yet.
        self.wait_for(lambda: len(self.owed(begun, boot_ns() - OLD_NS - waits.so_far())) > enough, "calls that are old enough")
        waited = waits.so_far()
        old = boot_ns() - OLD_NS - waited
        recorder.kill()
        recorder.wait(LONGEST)
        self.end(writer)
        made = bisect.bisect_left(self.journal, True, key=lambda time: time == 0)
        return trace, self.owed(begun, old), waited > STARVED_NS and made > FIT_INTO_RING

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
                trace, must, _ = self.kill_mid_load(10_000, 1 << 21, 1_000)
                self.check_unclean_end(trace)
                self.assertGreater(len(must), 1_000)
                rows = analyze(trace, "--events", "--filter", 'event == "pwrite64"').rows
                seen = [row["arguments"]["pos"] for row in rows if row["result"] == 1]
                self.assertEqual(len(seen), len(set(seen)), "a call is there twice")
                self.assertEqual(set(must) - set(seen), set())

    def test_at_full_speed(self):
        for round in range(KILLS):
            with self.subTest(round=round):
                for _ in range(TRIES):
                    trace, must, starved = self.kill_mid_load(0, 1 << 24, 10_000)
                    if not starved:
                        break
                else:
                    self.skipTest("the recorder gets too little of the CPUs")
                self.check_unclean_end(trace)
                self.assertGreater(len(must), 10_000)
                self.assertGreaterEqual(analyze(trace, "--syscalls").by("syscall")["pwrite64"]["calls"], len(must))


if __name__ == "__main__":
    main()
