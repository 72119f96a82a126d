# SPDX-License-Identifier: Apache-2.0
# What ended processes used, against wait4(2) of the same process, /usr/bin/time and /proc/self/io. How long a process takes to
# exit when it has made its last call depends on the machine: what is told of it lies between what the kernel said to itself
# before that, and what it said to its parent afterwards.
import re
import shutil
import subprocess

from traced_run import LONGEST, PYTHON, LiveTest, analyze, main, plain_environment, recorder_words

# Runs argv, and says what wait4 says of it: user and system ns, KiB, faults, context switches.
WAITER = """
import os, sys
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, _, used = os.wait4(pid, 0)
print("wait4", pid, round(used.ru_utime * 1e9), round(used.ru_stime * 1e9), used.ru_maxrss, used.ru_minflt, used.ru_majflt,
      used.ru_nvcsw, used.ru_nivcsw)
"""


# By how much the recorder may be wrong about when the scheduler last looked (note_clock in resources.h).
CLOCKS_APART_NS = 1_000_000
# Says what it has used when all but its exit is done.
WORK = """
import os, time
memory = bytes(60 << 20)
while time.process_time() < 0.1: pass
os.write(2, b"self %d %d\\n" % (os.getpid(), time.process_time_ns()))
os._exit(0)
"""


class ExitResources(LiveTest):
    def exits(self, trace, pid):
        """The exit event of the process, NAME=VALUE as --events has it."""
        rows = analyze(trace, "--events", "--filter", f'event == "exit" && pid == {pid}').rows
        events = [row for row in rows if row["duration_ns"] is None]  # not the call
        last = [row for row in events if "last_thread" in row["args"]][-1]  # two that end at once may both be it
        return dict(re.findall(r"(\w+)=([^,]+)", last["args"])), events

    def check(self, *words):
        said, trace = self.python(WAITER, *words)
        lines = said.decode().splitlines()
        pid, user, system, kib, *most = map(int, lines[-1].split()[1:])
        row = analyze(trace, "--tree").by("pid")[pid]
        ours = row["user_ns"] + row["system_ns"]
        said, = [[int(word) for word in line.split()[1:]] for line in lines if line.startswith("self ")] or [[1, 0, 0, 0, 0]]
        self.assertLessEqual(said[0], ours, (row, lines))
        self.assertLessEqual(ours, user + system + CLOCKS_APART_NS, (row, lines))
        self.assertEqual(row["max_rss_bytes"], kib * 1024)
        exit, events = self.exits(trace, pid)
        for name, least, greatest in zip(("minor_faults", "major_faults", "voluntary_switches", "involuntary_switches"), said[1:], most):
            self.assertLessEqual(least, int(exit.get(name, 0)), (name, exit, lines))
            self.assertLessEqual(int(exit.get(name, 0)), greatest, (name, exit, lines))
        io = dict(line.split(": ") for line in lines if ": " in line)
        return exit, io, events

    def test_one_thread(self):
        exit, io, _ = self.check(self.compiled("busy_threads"), "file", "alone")
        self.assert_io(exit, io)

    def test_threads_that_ended_before(self):
        exit, io, events = self.check(self.compiled("busy_threads"), "file", "leader-last")
        self.assert_io(exit, io)
        self.assertEqual(len(events), 5)

    def test_a_leader_that_ends_first(self):
        exit, io, events = self.check(self.compiled("busy_threads"), "file", "leader-first")
        self.assert_io(exit, io)
        self.assertEqual(len(events), 6)

    def test_a_process_that_runs_shorter_than_a_tick(self):
        self.check("/bin/true")  # some, but no whole tick

    def assert_io(self, exit, io):
        """Bytes to and from storage: as --events prints them, three digits."""
        for name, key in (("read", "read_bytes"), ("written", "write_bytes")):
            if key not in io:
                continue  # a kernel that doesn't count them
            value = float(re.match(r"[\d.]+", exit.get(name, "0")).group())
            unit = re.search(r"[KMG]iB|B|$", exit.get(name, "0")).group()
            ours = value * {"": 1, "B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}[unit]
            self.assertLessEqual(abs(ours - int(io[key])), 0.006 * int(io[key]) + 65536, (name, exit, io))

    def test_usr_bin_time_says_the_same(self):
        if not shutil.which("/usr/bin/time"):
            self.skipTest("/usr/bin/time is not installed (package time)")
        trace = self.file("run.trace")
        done = subprocess.run(recorder_words(trace, ["/usr/bin/time", "-v", *PYTHON, WORK]),
                              cwd=self.folder, env=plain_environment(), capture_output=True, timeout=LONGEST)
        said = done.stderr.decode()
        value = lambda name: float(re.search(name + r": ([\d.]+)", said).group(1))
        pid, least = map(int, re.search(r"self (\d+) (\d+)", said).groups())
        row = analyze(trace, "--tree").by("pid")[pid]
        self.assertEqual(row["max_rss_bytes"], value(r"Maximum resident set size \(kbytes\)") * 1024)
        ours = row["user_ns"] + row["system_ns"]
        self.assertLessEqual(least, ours)
        greatest = value(r"User time \(seconds\)") + value(r"System time \(seconds\)") + 2 * 0.01  # both are cut to hundredths
        self.assertLess(ours, greatest * 1e9 + CLOCKS_APART_NS)


if __name__ == "__main__":
    main()
