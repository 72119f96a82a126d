# SPDX-License-Identifier: Apache-2.0
# What ended processes used, against wait4(2) of the same process, /usr/bin/time and /proc/self/io.
import re
import shutil
import subprocess

from traced_run import LONGEST, LiveTest, analyze, main, plain_environment, recorder_words

# Runs argv, and says what wait4 says of it: user and system ns, KiB, faults, context switches.
WAITER = """
import os, sys
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, _, used = os.wait4(pid, 0)
print("wait4", pid, round(used.ru_utime * 1e9), round(used.ru_stime * 1e9), used.ru_maxrss, used.ru_minflt, used.ru_majflt,
      used.ru_nvcsw, used.ru_nivcsw)
"""


class ExitResources(LiveTest):
    def exits(self, trace, pid):
        """The exit event of the process, NAME=VALUE as --events has it."""
        events = [row for row in analyze(trace, "--events").rows if (row["event"], row["pid"], row["duration_ns"]) == ("exit", pid, None)]
        last = [row for row in events if "last_thread" in row["args"]][-1]  # two that end at once may both be it
        return dict(re.findall(r"(\w+)=([^,]+)", last["args"])), events

    def check(self, *words):
        said, trace = self.python(WAITER, *words)
        lines = said.decode().splitlines()
        pid, user, system, kib, minor, major, voluntary, involuntary = map(int, lines[-1].split()[1:])
        row = analyze(trace, "--tree").by("pid")[pid]
        # The rest of exit() and up to a tick are not in ours.
        self.assertLess(abs(row["user_ns"] + row["system_ns"] - user - system), 5e6 + 0.03 * (user + system), (row, lines))
        self.assertEqual(row["max_rss_bytes"], kib * 1024)
        exit, events = self.exits(trace, pid)
        for name, value, slack in (("minor_faults", minor, 8), ("major_faults", major, 2), ("voluntary_switches", voluntary, 4),
                                   ("involuntary_switches", involuntary, 4)):
            self.assertLessEqual(abs(int(exit.get(name, 0)) - value), slack, (name, exit, lines))
        io = dict(line.split(": ") for line in lines if ": " in line)
        return exit, io, events, row

    def test_one_thread(self):
        exit, io, _, row = self.check(self.compiled("busy_threads"), "file", "alone")
        self.assert_io(exit, io)
        self.assertGreater(row["user_ns"] + row["system_ns"], 45e6)

    def test_threads_that_ended_before(self):
        exit, io, events, row = self.check(self.compiled("busy_threads"), "file", "leader-last")
        self.assert_io(exit, io)
        self.assertEqual(len(events), 5)
        self.assertGreater(row["user_ns"] + row["system_ns"], 5 * 45e6)

    def test_a_leader_that_ends_first(self):
        exit, io, events, row = self.check(self.compiled("busy_threads"), "file", "leader-first")
        self.assert_io(exit, io)
        self.assertEqual(len(events), 6)
        self.assertGreater(row["user_ns"] + row["system_ns"], 5 * 45e6)

    def test_a_process_that_runs_shorter_than_a_tick(self):
        _, _, _, row = self.check("/bin/true")
        self.assertGreater(row["user_ns"] + row["system_ns"], 100e3)

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
        done = subprocess.run(recorder_words(trace, ["/usr/bin/time", "-v", "sh", "-c", "exec dd if=/dev/zero of=out bs=1M count=60"]),
                              cwd=self.folder, env=plain_environment(), capture_output=True, timeout=LONGEST)
        said = done.stderr.decode()
        value = lambda name: float(re.search(name + r": ([\d.]+)", said).group(1))
        row, = [row for row in analyze(trace, "--tree").rows if row["process"] == "dd"]
        self.assertEqual(row["max_rss_bytes"], value(r"Maximum resident set size \(kbytes\)") * 1024)
        self.assertLess(abs((row["user_ns"] + row["system_ns"]) / 1e9 - value(r"User time \(seconds\)") - value(r"System time \(seconds\)")),
                        0.03)


if __name__ == "__main__":
    main()
