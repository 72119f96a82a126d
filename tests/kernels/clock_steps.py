# SPDX-License-Identifier: Apache-2.0
# The wall clock is set forth and back while it is recorded: events are in the order of the boot clock, none takes an hour, and the
# trace knows what the wall clock said at its beginning and its end. Sets the whole machine's clock, so it runs in a guest only.
import sys
import time

sys.path[1:1] = ["/tests/faults", "/tests/format"]
from trace_counts import clock_pairs  # noqa: E402
from traced_run import LiveTest, analyze, main  # noqa: E402

HOUR = 3600
STEPS = (2 * HOUR, -3 * HOUR, 6 * HOUR)  # seconds

PROGRAM = """
import os, sys, time
os.getppid()
for step in sys.argv[1:]:
    time.clock_settime(time.CLOCK_REALTIME, time.clock_gettime(time.CLOCK_REALTIME) + int(step))
    time.sleep(0.2)
    os.getppid()
"""


class ClockSteps(LiveTest):
    def setUp(self):
        super().setUp()
        self.offset = time.clock_gettime(time.CLOCK_REALTIME) - time.clock_gettime(time.CLOCK_BOOTTIME)
        self.addCleanup(lambda: time.clock_settime(time.CLOCK_REALTIME, time.clock_gettime(time.CLOCK_BOOTTIME) + self.offset))

    def test_forth_and_back(self):
        before = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        _, trace = self.python(PROGRAM, *map(str, STEPS))
        took = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - before
        answer = analyze(trace, "--events")
        self.assertEqual((answer.status, analyze(trace, "--summary").lost), (0, 0), answer.stderr)
        for row in answer.rows:
            self.assertGreaterEqual(row["time_ns"], 0)
            self.assertLess(row["time_ns"] + (row.get("duration_ns") or 0), took)
        marks = [row["time_ns"] for row in answer.where(event="getppid")]
        self.assertEqual(len(marks), 1 + len(STEPS))
        for earlier, later in zip(marks, marks[1:]):
            self.assertGreaterEqual(later - earlier, 200_000_000)

        pairs = list(clock_pairs(trace))
        (boot, real), (boot_at_end, real_at_end) = pairs[0], pairs[-1]
        self.assertLess(boot, boot_at_end)
        stepped = (real_at_end - real) - (boot_at_end - boot)
        self.assertEqual(round(stepped / 1e9), sum(STEPS))


if __name__ == "__main__":
    main()
