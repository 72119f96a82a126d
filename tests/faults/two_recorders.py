# SPDX-License-Identifier: Apache-2.0
# Two recorders that record each other: what one writes down is something that the other does, and it stays that, without
# growing. (Two that share a file, or record others at once, are in tests/live/output_file.py.)
import os
import signal
import subprocess
import sys
import time

sys.path.insert(1, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../live"))
from traced_run import ANALYZER, LONGEST, RECORDER, LiveTest, analyze, main, plain_environment  # noqa: E402

SECONDS = 2
# A pass of a recorder's main loop waits 2 ms or more when it has found events, the writer's waits 100 ms. Each pass makes the same few
# calls however many events it finds: a poll, and what it takes to write now and then.
CALLS_OF_A_PASS = 12
PASSES_OF_A_SECOND = 500


class TwoRecorders(LiveTest):
    def test_each_other(self):
        first, second = self.file("first.trace"), self.file("second.trace")
        # A shell that becomes the second recorder once it knows the first one, which records the shell.
        words = ["sh", "-c", 'read first; exec "$0" -q -o "$1" -p "$first"', RECORDER, second]
        shell = self.start(words, stdin=subprocess.PIPE, env=plain_environment())
        recorder = self.start_recorder(first, options=["-p", str(shell.pid)])
        shell.stdin.write(f"{recorder.pid}\n".encode())
        shell.stdin.flush()
        self.wait_for(lambda: self.is_confined(shell.pid), "the second recorder")
        time.sleep(SECONDS)
        for process in (shell, recorder):
            process.send_signal(signal.SIGINT)
        self.assertEqual((shell.wait(LONGEST), recorder.wait(LONGEST)), (0, 0))
        for trace, other in ((second, recorder.pid), (first, shell.pid)):
            answer = analyze(trace, "--summary")
            said = subprocess.run([ANALYZER, trace, "--summary"], capture_output=True, text=True, timeout=LONGEST, check=False).stdout
            self.assertEqual((answer.status, answer.complete, answer.lost), (0, True, 0), f"{answer.stderr}{trace}: {said}")
            self.check_no_growth(trace, other)

    def check_no_growth(self, trace, pid):
        """While both record, each makes as many calls as its waits allow."""
        events = [row for row in analyze(trace, "--events", "--filter", f"pid == {pid}").rows if row["duration_ns"] is not None]
        self.assertGreater(len(events), 20, "it has not seen the other one at work")
        # From the time of the last second: what a recorder does before it records is something else.
        end = max(row["time_ns"] for row in events)
        begin = end - 1_000_000_000
        lately = [row for row in events if row["time_ns"] >= begin]
        self.assertLess(len(lately), CALLS_OF_A_PASS * PASSES_OF_A_SECOND)

    @staticmethod
    def is_confined(pid):
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            return "Seccomp:\t2\n" in status.read()


if __name__ == "__main__":
    main()
