# SPDX-License-Identifier: Apache-2.0
# produced - recorded - lost = 0 for each CPU and type, and produced is what others have counted: the kernel's own tracepoint
# counter (perf stat), for a program on each CPU. With the smallest rings, and a recorder that is stopped again and again.
import os
import shutil
import signal
import subprocess
import time

from trace_counts import by_type, counts_of
from traced_run import LONG, LONGEST, LiveTest, main, plain_environment

SMALLEST = ["--ring-size", "64K"]
READ = 0  # the call
CALLS = 3_000_000 if LONG else 400_000  # of each program
STORM = 20_000 if LONG else 2_000


class Counted:
    """perf counting the calls that return in one process, from the moment that this object is there."""

    def __init__(self, test, pid):
        control, acknowledged = test.file(f"control{pid}"), test.file(f"acknowledged{pid}")
        for name in (control, acknowledged):
            os.mkfifo(name)
        self.said = test.file(f"perf{pid}")
        self.perf = test.start(["perf", "stat", "-x", ",", "-e", "raw_syscalls:sys_exit", "-p", str(pid), "-D", "-1", "-o", self.said,
                                "--control", f"fifo:{control},{acknowledged}"])
        with open(control, "w", encoding="ascii") as to, open(acknowledged, encoding="ascii") as of:
            to.write("enable\n")
            to.flush()
            test.assertEqual(of.readline().strip("\0\n"), "ack")

    def count(self):
        self.perf.wait(LONGEST)
        with open(self.said, encoding="ascii") as file:
            row, = [line.split(",") for line in file if "raw_syscalls:sys_exit" in line]
        return int(row[0])


class Accounting(LiveTest):
    def setUp(self):
        super().setUp()
        if not shutil.which("perf") or subprocess.run(["perf", "stat", "-e", "raw_syscalls:sys_exit", "true"], capture_output=True,
                                                      env=plain_environment()).returncode:
            self.skipTest("perf cannot count raw_syscalls:sys_exit here")
        self.program = self.compiled("read_loop")
        self.cpus = sorted(os.sched_getaffinity(0))

    def start_waiting(self, cpu, reads):
        """A program on that CPU which waits in its first read before it makes so many more."""
        process = self.start([self.program, "1", str(reads), "1", "wait"], stdin=subprocess.PIPE,
                             preexec_fn=lambda: os.sched_setaffinity(0, [cpu]))
        self.wait_until_in(process.pid, READ, 0)
        return process

    def run_once(self, reads, disturbed):
        """({cpu: calls that perf counted}, the trace's counts)"""
        programs = {cpu: self.start_waiting(cpu, reads) for cpu in self.cpus}
        counters = {cpu: Counted(self, process.pid) for cpu, process in programs.items()}
        trace = self.file(f"{reads}.trace")
        pids = ",".join(str(process.pid) for process in programs.values())
        recorder = self.start_recorder(trace, options=["-p", pids, "--interval", "0", *(SMALLEST if disturbed else [])])
        if disturbed:
            recorder.send_signal(signal.SIGSTOP)
            self.wait_for(lambda: self.state(recorder.pid) == "T", "the recorder to stop")
        for process in programs.values():
            process.stdin.write(b"1")
            process.stdin.flush()
        if disturbed:  # in which it is not read, a ring is full after some 500 calls
            self.wait_for(lambda: all(self.has_run(process) for process in programs.values()), "calls on every CPU")
        while disturbed and any(process.poll() is None for process in programs.values()):
            for number in (signal.SIGCONT, signal.SIGSTOP):
                recorder.send_signal(number)
                time.sleep(0.02)
        recorder.send_signal(signal.SIGCONT)
        self.assertEqual({process.wait(LONGEST) for process in programs.values()}, {0})
        self.assertEqual(recorder.wait(LONGEST), 0)
        return {cpu: counter.count() for cpu, counter in counters.items()}, counts_of(trace)

    @staticmethod
    def state(pid):
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0]

    @staticmethod
    def has_run(process):
        """For 50 ms of CPU time, or to its end."""
        with open(f"/proc/{process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return fields[0] == "Z" or int(fields[11]) + int(fields[12]) >= 5

    def check_sums(self, counts):
        self.assertTrue(counts.final)
        for name, cpu in set(counts.produced) | set(counts.recorded) | set(counts.lost):
            if name not in SHARED:
                key = name, cpu
                self.assertEqual(counts.produced[key], counts.recorded[key] + counts.lost[key], key)
        produced, recorded, lost = map(by_type, counts[:3])
        for name in set(produced) | set(recorded) | set(lost):
            self.assertEqual(produced[name], recorded[name] + lost[name], name)

    def test_every_cpu_against_perf(self):
        # What perf sees of a program and we do not, or the other way round, at its ends: it is the same for every number of reads.
        counted, counts = self.run_once(1_000, disturbed=False)
        self.check_sums(counts)
        self.assertEqual(sum(counts.lost.values()), 0)
        at_ends = {cpu: counted[cpu] - counts.recorded["syscall", cpu] for cpu in self.cpus}
        self.assertLessEqual(max(map(abs, at_ends.values())), 2, at_ends)

        counted, counts = self.run_once(CALLS, disturbed=True)
        self.check_sums(counts)
        for cpu in self.cpus:
            self.assertGreater(counted[cpu], CALLS)
            self.assertGreater(counts.lost["syscall", cpu], 0, "nothing was lost: this tested nothing")
            self.assertEqual(counts.recorded["syscall", cpu] + counts.lost["syscall", cpu], counted[cpu] - at_ends[cpu])
        print(f"lost {sum(counts.lost.values())} of {sum(counted.values())} ... ", end="", flush=True)

    def test_forks_and_exits_against_their_number(self):
        storm = self.compiled("fork_storm")
        trace = self.recorded([storm, str(STORM), "8"], ["--interval", "0", *SMALLEST])
        counts = counts_of(trace)
        self.check_sums(counts)
        produced = by_type(counts.produced)
        self.assertEqual((produced["fork"], produced["exit"]), (STORM, STORM + 1))


# Descriptions, which no CPU's block holds alone.
SHARED = ("thread", "file", "process", "open_file", "user", "cgroup")

if __name__ == "__main__":
    main()
