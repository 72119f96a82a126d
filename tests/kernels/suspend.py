# SPDX-License-Identifier: Apache-2.0
# The machine sleeps while it is recorded (suspend to RAM, woken by its clock): times go on meanwhile, as CLOCK_BOOTTIME does and
# CLOCK_MONOTONIC does not, the call that asked for it took that long, and nothing is missing. A guest's only.
import os
import sys

sys.path[1:1] = ["/tests/faults", "/tests/format"]
from trace_counts import by_type, clock_pairs, counts_of  # noqa: E402
from traced_run import LiveTest, analyze, main  # noqa: E402

STATE, ALARM = "/sys/power/state", "/sys/class/rtc/rtc0/wakealarm"
SECONDS = 4  # that it is asked to sleep

# Says how long the machine slept, in ns.
PROGRAM = """
import os, sys, time
clock, boot = time.clock_gettime_ns, time.CLOCK_BOOTTIME
def asleep(): return clock(boot) - clock(time.CLOCK_MONOTONIC)
before = asleep()
os.getppid()
for path, text in ((sys.argv[1], "0"), (sys.argv[1], "+" + sys.argv[3]), (sys.argv[2], "mem")):
    with open(path, "w") as file: file.write(text)
os.getppid()
print(asleep() - before)
"""


class Suspend(LiveTest):
    def setUp(self):
        super().setUp()
        try:
            with open(STATE, encoding="ascii") as file:
                states = file.read().split()
        except OSError as error:
            self.skipTest(f"this machine can't sleep: {error}")
        if "mem" not in states or not os.path.exists(ALARM):
            self.skipTest(f"nothing would wake this machine, or it can't sleep: {states}")

    def test_time_goes_on(self):
        said, trace = self.python(PROGRAM, ALARM, STATE, str(SECONDS))
        slept = int(said)
        self.assertGreater(slept, 1_000_000_000, "the machine did not sleep")

        answer = analyze(trace, "--events")
        self.assertEqual((answer.status, analyze(trace, "--summary").lost), (0, 0), answer.stderr)
        before, after = (row["time_ns"] for row in answer.where(event="getppid"))
        self.assertGreaterEqual(after - before, slept)
        through = [row["event"] for row in answer.rows if (row.get("duration_ns") or 0) >= slept]
        self.assertIn("write", through)  # what asked for it; sleeping calls of others are broken off before (ERESTARTSYS)
        counts = counts_of(trace)
        self.assertEqual(by_type(counts.produced), by_type(counts.recorded))

        pairs = list(clock_pairs(trace))
        for (boot, real), (boot_later, real_later) in zip(pairs, pairs[1:]):
            self.assertLess(boot, boot_later)
            self.assertLess(abs((real_later - real) - (boot_later - boot)), 2_000_000_000)  # the machine's clock has whole seconds
        print(f"slept {slept / 1e9:.1f} s ... ", end="", flush=True)


if __name__ == "__main__":
    main()
