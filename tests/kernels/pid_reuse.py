# SPDX-License-Identifier: Apache-2.0
# Process ids that come back: with a small pid_max, thousands of children share some three hundred ids, and the tree
# still tells each from the others. Changes the whole machine's pid_max, so it runs in a guest only.
import collections
import shlex

from traced_run import LiveTest, analyze, main

PID_MAX = "/proc/sys/kernel/pid_max"
RESERVED = 300  # RESERVED_PIDS in kernel/pid.c: after the first round, no id is below


class PidReuse(LiveTest):
    def setUp(self):
        super().setUp()
        with open(PID_MAX, encoding="ascii") as file:
            before = file.read()
        self.addCleanup(self.set_pid_max, before)

    @staticmethod
    def set_pid_max(value):
        with open(PID_MAX, "w", encoding="ascii") as file:
            file.write(str(value))

    def storm(self, children, at_once):
        command = [self.compiled("fork_storm"), str(children), str(at_once)]
        answer = analyze(self.recorded(command), "--tree")
        self.assertEqual((answer.status, answer.complete, answer.lost), (0, True, 0), answer.stderr)
        top, = answer.where(command=shlex.join(command))
        rows = [row for row in answer.rows if row is not top]
        self.assertEqual(len(rows), children)
        self.assertEqual({row["ppid"] for row in rows}, {top["pid"]})
        self.assertEqual(collections.Counter(row["exit_code"] for row in rows),
                         collections.Counter(i % 128 for i in range(children)))
        return rows

    def test_ids_that_come_back_many_times(self):
        self.set_pid_max(RESERVED + 300)
        rows = self.storm(5_000, 4)
        times = collections.Counter(row["pid"] for row in rows)
        self.assertGreater(max(times.values()), 5, "no process id came back: this tested nothing")
        for pid in times:  # one after the other, never two at a time
            lives = sorted((row["start_ns"], row["end_ns"]) for row in rows if row["pid"] == pid)
            for (_, end), (start, _) in zip(lives, lives[1:]):
                self.assertLessEqual(end, start)

    def test_a_storm_of_twenty_thousand(self):
        self.storm(20_000, 16)


if __name__ == "__main__":
    main()
