# SPDX-License-Identifier: Apache-2.0
# More processes than the recorder can take: it is stopped while they come and go, so that the ring for forks, execs and exits is
# full. Every gap is counted by type, exactly, and each answer that has one says so. (That nothing is lost of a storm while the
# recorder runs is in tests/live/process_ends.py.)
import os
import signal
import subprocess

from trace_counts import by_type, counts_of
from traced_run import LONG, LONGEST, LiveTest, analyze, main

# A fork and an exit take 200 bytes, what describes the child 100 more, and the ring has 8 MiB.
STORM = 100_000 if LONG else 35_000


class ForkStorm(LiveTest):
    def test_every_gap_is_flagged(self):
        storm = self.compiled("fork_storm")
        trace = self.file("run.trace")
        command = ["sh", "-c", 'read go; exec "$@"', "sh", storm, str(STORM), "16"]
        recorder = self.start_recorder(trace, command, ["--interval", "0"], stdin=subprocess.PIPE)
        with open(f"/proc/{recorder.pid}/task/{recorder.pid}/children", encoding="ascii") as children:
            child, = children.read().split()
        self.wait_until_in(child, 0, 0)
        recorder.send_signal(signal.SIGSTOP)
        recorder.stdin.write(b"go\n")
        recorder.stdin.flush()

        def ended():
            with open(f"/proc/{child}/stat", encoding="ascii") as stat:
                return stat.read().rsplit(")", 1)[1].split()[0] == "Z"

        self.wait_for(ended, "the storm's end")
        recorder.send_signal(signal.SIGCONT)
        self.assertEqual(recorder.wait(LONGEST), 0)

        counts = counts_of(trace)
        produced, recorded, lost = map(by_type, counts[:3])
        self.assertEqual((produced["fork"], produced["exit"]), (STORM, STORM + 1))
        for name in produced:
            self.assertEqual(produced[name], recorded[name] + lost[name], name)
        self.assertGreater(lost["fork"] + lost["exit"], 0, "nothing was lost: this tested nothing")

        tree = analyze(trace, "--tree")
        self.assertEqual((tree.status, tree.complete), (0, True))
        self.assertGreaterEqual(tree.lost, lost["fork"] + lost["exit"])
        self.assertEqual(analyze(trace, "--tree", "--fail-on-loss").status, 4)
        # Nobody is made up: whose fork is there is a child of the storm, unless what describes it was lost, and there are no
        # more than there were.
        children = [row for row in tree.rows if row["pid"] != int(child)]
        self.assertLessEqual(len(children), STORM)
        forked = [row for row in children if row["ppid"] == int(child)]
        print(f"of {STORM} forks {lost['fork']}, of the exits {lost['exit']} lost; {len(forked)} children in the tree ... ", end="", flush=True)
        self.assertGreater(len(forked), 0)
        self.assertLessEqual({row["exit_code"] for row in children} - {None}, set(range(128)))
        self.assertNotIn(os.getpid(), {row["pid"] for row in tree.rows})


if __name__ == "__main__":
    main()
