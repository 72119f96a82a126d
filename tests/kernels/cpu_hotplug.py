# SPDX-License-Identifier: Apache-2.0
# CPUs that go and come back while it is recorded: rings are of possible CPUs, so none is missed, and the account stays exact by
# CPU. Switches CPUs of the whole machine off, so it runs in a guest only.
import glob
import os
import sys

sys.path.insert(1, "/tests/faults")
from trace_counts import by_type, counts_of  # noqa: E402
from traced_run import LiveTest, analyze, main  # noqa: E402

ROUNDS = 3

# Calls getppid on every CPU that there is, then says how often, while others go and come back.
PROGRAM = """
import os, sys
calls = 0
def burst():
    global calls
    for cpu in sorted(os.sched_getaffinity(0)):
        os.sched_setaffinity(0, [cpu])
        for i in range(500): os.getppid()
        calls += 500
        os.sched_setaffinity(0, range(os.cpu_count()))
def switch(on):
    for cpu in sys.argv[2:]:
        with open(f"/sys/devices/system/cpu/cpu{cpu}/online", "w") as file: file.write(on)
burst()
for round in range(int(sys.argv[1])):
    switch("0"); burst()
    switch("1"); burst()
print(calls)
"""


class CpuHotplug(LiveTest):
    def setUp(self):
        super().setUp()
        self.cpus = [path.split("/cpu")[-1].split("/")[0] for path in glob.glob("/sys/devices/system/cpu/cpu[1-9]*/online")]
        if not self.cpus:
            self.skipTest("this kernel can switch no CPU off")
        self.addCleanup(self.switch_on)

    def switch_on(self):
        for cpu in self.cpus:
            with open(f"/sys/devices/system/cpu/cpu{cpu}/online", "w", encoding="ascii") as file:
                file.write("1")

    def test_every_call_is_there(self):
        said, trace = self.python(PROGRAM, str(ROUNDS), *self.cpus)
        calls = int(said)
        self.assertGreaterEqual(calls, 500 * (1 + ROUNDS + (1 + ROUNDS) * len(self.cpus)))
        answer = analyze(trace, "--syscalls")
        self.assertEqual((answer.status, answer.complete, answer.lost), (0, True, 0), answer.stderr)
        self.assertEqual(answer.by("syscall")["getppid"]["calls"], calls)
        used = {row["cpu"] for row in analyze(trace, "--events", "--filter", 'event == "getppid"').rows}
        self.assertLessEqual({0, *map(int, self.cpus)}, used)
        counts = counts_of(trace)
        for cpu in used:
            self.assertEqual(counts.produced["syscall", cpu], counts.recorded["syscall", cpu])
        self.assertEqual(by_type(counts.produced), by_type(counts.recorded))


if __name__ == "__main__":
    main()
