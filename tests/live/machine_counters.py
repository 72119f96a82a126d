# SPDX-License-Identifier: Apache-2.0
# --metrics against perf stat, which counts the same machine for nearly the same time, and against /proc/stat.
import shutil
import signal
import subprocess
import time

from traced_run import ANALYZER, LiveTest, analyze, main

EVENTS = ["context-switches", "minor-faults", "major-faults", "raw_syscalls:sys_enter"]
COLUMNS = ["context_switches_per_s", "minor_faults_per_s", "major_faults_per_s", "syscalls_per_s"]


def proc_stat():
    """forks, context switches since boot"""
    with open("/proc/stat") as stat:
        lines = dict(line.split()[:2] for line in stat)
    return int(lines["processes"]), int(lines["ctxt"])


class MachineCounters(LiveTest):
    def total(self, rows, column):
        return sum(row[column] * row["interval_ns"] / 1e9 for row in rows)

    def load(self):
        """Calls, faults and forks that outweigh what happens at the edges of the interval."""
        return self.start(["sh", "-c", "while :; do /bin/true; dd if=/dev/zero of=/dev/null bs=1 count=20000 2>/dev/null; done"])

    def run_for(self, seconds, *options):
        trace = self.file("run.trace")
        recorder = self.start_recorder(trace, options=["-p", str(self.load().pid), *options])
        forks, switches = proc_stat()
        perf = None
        if shutil.which("perf"):
            perf = subprocess.run(["perf", "stat", "-a", "-x", ",", "-e", ",".join(EVENTS), "sleep", str(seconds)],
                                  capture_output=True, text=True, timeout=60)
        else:
            time.sleep(seconds)
        after = proc_stat()
        recorder.send_signal(signal.SIGINT)
        self.assertEqual(recorder.wait(10), 0)
        return trace, perf, after[0] - forks, after[1] - switches

    def test_against_perf_and_proc(self):
        # By rates, of the intervals that are neither the first nor the last: those hold what starting and stopping costs.
        lasts = 4
        trace, perf, forks, switches = self.run_for(lasts)
        answer = analyze(trace, "--metrics")
        self.assertEqual((answer.complete, answer.lost), (True, 0))
        inner = answer.rows[1:-1]
        seconds = sum(row["interval_ns"] for row in inner) / 1e9
        self.assertGreater(seconds, lasts / 2 - 0.5)
        compared = {"forks": (self.total(inner, "forks_per_s") / seconds, forks / lasts),
                    "ctxt": (self.total(inner, "context_switches_per_s") / seconds, switches / lasts)}
        for line in perf.stderr.splitlines() if perf else ():
            fields = line.split(",")
            if len(fields) > 3 and fields[2] in EVENTS and fields[0].isdigit():
                compared[fields[2]] = (self.total(inner, COLUMNS[EVENTS.index(fields[2])]) / seconds, int(fields[0]) / lasts)
        print("per second:", {name: [round(value) for value in pair] for name, pair in compared.items()})
        for name, (ours, theirs) in compared.items():
            self.assertLess(abs(ours - theirs), 0.3 * theirs + 60, (name, compared))

    def test_intervals_and_cpus(self):
        trace, *_ = self.run_for(2, "--interval", "0.25")
        rows = analyze(trace, "--metrics").rows
        self.assertGreater(len(rows), 7)
        for row in rows[1:-1]:
            self.assertLess(abs(row["interval_ns"] / 1e9 - 0.25), 0.15)
            busy = row["user_percent"] + row["system_percent"] + row["idle_percent"]
            self.assertTrue(60 < busy < 140, row)
            self.assertGreater(row["runnable"] + row["context_switches_per_s"], 0)
        by_cpu = analyze(trace, "--metrics", "--by", "cpu").rows
        cpus = {row["cpu"] for row in by_cpu}
        self.assertEqual(len(by_cpu), len(rows) * len(cpus))
        self.assertLess(abs(self.total(by_cpu, "syscalls_per_s") - self.total(rows, "syscalls_per_s")), 1 + len(rows))

    def test_none(self):
        trace, *_ = self.run_for(0.2, "--interval", "0")
        self.assertEqual(analyze(trace, "--metrics").rows, [])

    def test_warnings(self):
        trace, *_ = self.run_for(1.3)
        done = subprocess.run([ANALYZER, trace, "--metrics", "--warn", "syscalls/s>10"], capture_output=True, text=True,
                              timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"warning: at \d+\.\d{9}: syscalls/s \d+ > 10")
        refused = subprocess.run([ANALYZER, trace, "--metrics", "--warn", "syscalls"], capture_output=True, text=True, timeout=60)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("'syscalls' is no threshold", refused.stderr)


if __name__ == "__main__":
    main()
