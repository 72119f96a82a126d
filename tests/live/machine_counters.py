# SPDX-License-Identifier: Apache-2.0
# --metrics against the kernel's own counters (/proc/stat, /proc/vmstat) and perf stat. All of them run on while they are read, so
# the witnesses are read twice at each end: what we count lies between what they counted within the recording and around it.
import os
import shutil
import signal
import subprocess
import time

from traced_run import ANALYZER, LONGEST, LiveTest, analyze, main

EVENTS = ["context-switches", "minor-faults", "major-faults", "raw_syscalls:sys_enter"]
COLUMNS = ["context_switches_per_s", "minor_faults_per_s", "major_faults_per_s", "syscalls_per_s"]
TICK = 1 / os.sysconf("SC_CLK_TCK")


def kernel_counts():
    """Since boot, of the whole machine: {column of --metrics: count}, CPU time in seconds."""
    with open("/proc/stat", encoding="ascii") as file:
        stat = {line.split()[0]: [int(word) for word in line.split()[1:]] for line in file}
    with open("/proc/vmstat", encoding="ascii") as file:
        vmstat = {name: int(value) for name, value in (line.split() for line in file)}
    user, nice, system, idle, waiting, interrupts, soft_interrupts = stat["cpu"][:7]
    return {"forks_per_s": stat["processes"][0], "context_switches_per_s": stat["ctxt"][0], "minor_faults_per_s": vmstat["pgfault"],
            "major_faults_per_s": vmstat["pgmajfault"],
            "busy": (user + nice + system + interrupts + soft_interrupts) * TICK, "idle": (idle + waiting) * TICK}


class MachineCounters(LiveTest):
    def total(self, rows, column):
        return sum(row[column] * row["interval_ns"] / 1e9 for row in rows)

    def load(self):
        """Calls, faults and forks."""
        return self.start(["sh", "-c", "while :; do /bin/true; dd if=/dev/zero of=/dev/null bs=1 count=20000 2>/dev/null; done"])

    def run_for(self, seconds, *options, until=lambda trace: True):
        """(trace, what perf said, what the kernel counted within the recording, what around it)"""
        trace = self.file("run.trace")
        load = self.load()
        around = kernel_counts()
        recorder = self.start_recorder(trace, options=["-p", str(load.pid), *options])
        within = kernel_counts()
        perf = None
        if shutil.which("perf"):
            perf = subprocess.run(["perf", "stat", "-a", "-x", ",", "-e", ",".join(EVENTS), "sleep", str(seconds)],
                                  capture_output=True, text=True, timeout=LONGEST)
        else:
            time.sleep(seconds)
        self.wait_for(lambda: until(trace), "rows")
        within = self.since(within)
        recorder.send_signal(signal.SIGINT)
        self.assertEqual(recorder.wait(LONGEST), 0)
        return trace, perf, within, self.since(around)

    @staticmethod
    def since(before):
        return {name: count - before[name] for name, count in kernel_counts().items()}

    def test_against_perf_and_proc(self):
        trace, perf, within, around = self.run_for(2)
        answer = analyze(trace, "--metrics")
        self.assertEqual((answer.complete, answer.lost), (True, 0))
        # of faults, the kernel counts some that perf and we do not: of other processes' memory, and by the kernel itself
        least = {name: within[name] for name in ("forks_per_s", "context_switches_per_s")}
        for line in perf.stderr.splitlines() if perf else ():
            fields = line.split(",")
            if len(fields) > 3 and fields[2] in EVENTS and fields[0].isdigit():
                least[COLUMNS[EVENTS.index(fields[2])]] = int(fields[0])
        slack = len(answer.rows) + 2 * os.cpu_count()  # rounding, and a switch that is counted here and not yet there
        for name in sorted(least.keys() | {"minor_faults_per_s", "major_faults_per_s"}):
            with self.subTest(name):
                ours = self.total(answer.rows, name)
                print(f"{name}: {least.get(name, 0)} <= {ours:.0f} <= {around.get(name, 'not known')}")
                self.assertGreaterEqual(ours, least.get(name, 0) - slack)
                if name in around:
                    self.assertLessEqual(ours, around[name] + slack)

    def test_intervals_and_cpus(self):
        trace, _, within, around = self.run_for(0, "--interval", "0.25", until=lambda trace: len(analyze(trace, "--metrics").rows) > 7)
        rows = analyze(trace, "--metrics").rows
        begin = rows[0]["time_ns"] - rows[0]["interval_ns"]
        for number, row in enumerate(rows[:-1], 1):  # the last one is the end's
            self.assertGreaterEqual(row["time_ns"] - begin, number * 0.25e9)  # late, perhaps, but not early
            self.assertEqual(rows[number]["time_ns"] - row["time_ns"], rows[number]["interval_ns"])
            self.assertGreater(row["runnable"] + row["context_switches_per_s"], 0)
        by_cpu = analyze(trace, "--metrics", "--by", "cpu").rows
        cpus = {row["cpu"] for row in by_cpu}
        self.assertEqual(len(by_cpu), len(rows) * len(cpus))
        self.assertLess(abs(self.total(by_cpu, "syscalls_per_s") - self.total(rows, "syscalls_per_s")), 1 + len(rows))
        seconds = lambda *columns: sum(sum(row[column] or 0 for column in columns) / 100 * row["interval_ns"] / 1e9 for row in by_cpu)
        slack = 2 * TICK * len(cpus) + 0.001 * len(by_cpu)
        for name, ours in (("busy", seconds("user_percent", "system_percent")), ("idle", seconds("idle_percent"))):
            self.assertGreaterEqual(ours, within[name] - slack, name)
            self.assertLessEqual(ours, around[name] + slack, name)

    def test_none(self):
        trace, *_ = self.run_for(0.2, "--interval", "0")
        self.assertEqual(analyze(trace, "--metrics").rows, [])

    def test_warnings(self):
        trace, *_ = self.run_for(0, until=lambda trace: len(analyze(trace, "--metrics").rows) > 0)
        done = subprocess.run([ANALYZER, trace, "--metrics", "--warn", "syscalls/s>10"], capture_output=True, text=True,
                              timeout=LONGEST)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"warning: at \d+\.\d{9}: syscalls/s \d+ > 10")
        refused = subprocess.run([ANALYZER, trace, "--metrics", "--warn", "syscalls"], capture_output=True, text=True, timeout=LONGEST)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("'syscalls' is no threshold", refused.stderr)


if __name__ == "__main__":
    main()
