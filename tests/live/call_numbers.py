# SPDX-License-Identifier: Apache-2.0
# Call numbers are whole: what is no call of the kernel is not taken for one whose number ends alike.
import re
import shutil
import subprocess

from traced_run import LONGEST, LiveTest, analyze, main, plain_environment, record

SIX = "0xb, 0x16, 0x21, 0x2c, 0x37, 0x42"


class CallNumbers(LiveTest):
    def setUp(self):
        super().setUp()
        self.program = self.compiled("odd_numbers")

    def calls(self, trace):
        return [row for row in analyze(trace, "--events").rows if row["event"] not in ("fork", "exec", "exit")]

    def test_each_is_what_its_whole_number_says(self):
        calls = self.calls(self.recorded([self.program]))
        failed = [(row["event"], row["args"]) for row in calls if row["result"] == -38]
        self.assertEqual(failed, [
            ("x32:getpid", ""),
            ("syscall_0x10027", SIX),
            ("syscall_0x30000", SIX),
            ("syscall_0x30001", SIX),
            ("x32:readv", "11, 0x16, 33"),
            ("syscall_0x40000013", SIX),  # readv has another number in x32
            ("syscall_0x258", SIX),
            ("syscall_0xffffffffffffffff", SIX),
            ("syscall_0xffffffffffffffff", SIX),
        ])
        # The upper half of the register is not looked at: these are calls that the kernel made.
        last = calls[-4:]
        self.assertEqual([row["event"] for row in last], ["getpid", "getpid", "write", "exit_group"])
        self.assertEqual({row["result"] for row in last[:2]}, {last[0]["pid"]})
        self.assertEqual(last[2]["result"], 1)

    def test_no_question_counts_them_as_others(self):
        trace = self.recorded([self.program])
        counted = analyze(trace, "--syscalls").by("syscall")
        self.assertEqual(counted["getpid"]["calls"], 2)
        self.assertEqual(counted["write"]["calls"], 1)
        self.assertNotIn("readv", counted)
        for name, calls in (("x32:getpid", 1), ("x32:readv", 1), ("syscall_0x10027", 1), ("syscall_0x30000", 1),
                            ("syscall_0x258", 1), ("syscall_0xffffffffffffffff", 2)):
            self.assertEqual((counted[name]["calls"], counted[name]["errors"]), (calls, calls), name)
        self.assertEqual(sum(row["calls"] for row in counted.values()), len(self.calls(trace)))
        # x32's readv is one that moves bytes; here it could not.
        row, = analyze(trace, "--top-io").rows
        reads = sum(counted[name]["calls"] for name in ("read", "pread64") if name in counted)
        self.assertEqual((row["reads"], row["writes"], row["write_bytes"]), (reads + 1, 1, 1))

    def test_a_choice_of_calls_takes_whole_numbers(self):
        for options in (["-e", "trace=getpid,read,readv,write"], ["-e", "trace=getpid,write", "--probe", "fentry"]):
            recording = record(self.file("chosen.trace"), [self.program], options)
            if "fentry" in options and recording.status == 122:
                continue  # this kernel does not have it
            self.assertEqual(recording.status, 0, recording.stderr)
            calls = self.calls(recording.trace)
            self.assertEqual([row["event"] for row in calls if row["event"] != "read"], ["getpid", "getpid", "write"], options)
            self.assertNotIn(-38, {row["result"] for row in calls})
        calls = self.calls(self.recorded([self.program], ["-e", "trace=!getpid,write"]))
        self.assertEqual(len([row for row in calls if row["result"] == -38]), 9)

    def test_strace_shows_the_same(self):
        if not shutil.which("strace"):
            self.skipTest("there is no strace")
        done = subprocess.run(["strace", "-o", self.file("strace"), self.program], env=plain_environment(), timeout=LONGEST,
                              capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.file("strace")) as lines:
            theirs = re.findall(r"^(syscall_0x\w+\(.*\)) += -1 ENOSYS", lines.read(), re.MULTILINE)
        ours = [f"{row['event']}({row['args']})" for row in self.calls(self.recorded([self.program])) if row["result"] == -38]
        # Of the numbers with x32's bit it shows those by name, and says before that the process "runs in x32 mode".
        self.assertEqual([line for line in ours if line.startswith("syscall_") and not line.startswith("syscall_0x4")], theirs)


if __name__ == "__main__":
    main()
