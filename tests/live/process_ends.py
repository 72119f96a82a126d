# SPDX-License-Identifier: Apache-2.0
# Ends and changes of processes that tracers get wrong: ends inside calls, set-user-ID programs, so many children that their
# numbers come again.
import collections
import os
import shlex
import shutil
import subprocess

from traced_run import LONG, LONGEST, LiveTest, analyze, main, plain_environment

# The kernel's usual limit is 32,768 processes: after that many, numbers come again. With LONG they do so three times.
FORKS = int(os.environ.get("EBPF_LIVE_FORKS", "100000" if LONG else "40000"))

class ProcessEnds(LiveTest):
    def whole(self, trace, query):
        answer = analyze(trace, query)
        self.assertEqual(answer.status, 0, answer.stderr)
        if query != "--events":
            self.assertEqual((answer.complete, answer.lost), (True, 0))
        return answer

    def test_threads_that_end_inside_calls(self):
        threads = 40
        trace = self.recorded([self.compiled("ends_inside_calls"), str(threads)], status=7)
        row, = self.whole(trace, "--tree").rows
        self.assertEqual((row["threads"], row["exit_code"]), (threads + 1, 7))
        events = self.whole(trace, "--events").rows
        # exit_group alone never returns; the others are woken by the kill and return to the kernel, not to the program.
        ended = [event for event in events if event.get("result") in (-512, -516)]  # ERESTARTSYS, ERESTART_RESTARTBLOCK
        self.assertEqual(collections.Counter(event["event"] for event in ended if event["event"] != "clock_nanosleep"),
                         {"read": 10, "nanosleep": 10, "futex": 10, "poll": 10})
        self.assertEqual([event["event"] for event in events if event["event"] not in ("fork", "exec", "exit") and
                          event["result"] is None], ["exit_group"])
        self.assertEqual(len({event["tid"] for event in ended}), threads)
        # They began before the sleep that let them all in, and lasted until the end of it.
        for event in ended:
            self.assertGreater(event["duration_ns"], 200e6, event)
        self.assertEqual(len([event for event in events if event["event"] == "exit"]), threads + 1)

    def test_a_set_user_id_program_stays_recorded(self):
        # Our own copy of id, set-user-ID root, started by a user who is not root.
        program = self.file("id")
        shutil.copy(shutil.which("id"), program)
        os.chmod(program, 0o4755)
        if os.statvfs(self.folder).f_flag & os.ST_NOSUID:
            self.skipTest("the folder's file system is mounted nosuid")
        as_user = ["setpriv", "--reuid", "1234", "--regid", "1234", "--clear-groups", program, "-u"]
        said = subprocess.run(as_user, capture_output=True, check=True, env=plain_environment(), timeout=LONGEST).stdout
        self.assertEqual(said, b"0\n")
        recording = self.run_recorded(["sh", "-c", shlex.join(as_user) + "; exit 3"], status=3)
        self.assertEqual(recording.stdout, b"0\n")
        rows = self.whole(recording.trace, "--tree").rows
        self.assertEqual([row["command"] for row in rows[1:]], [shlex.join([program, "-u"])])
        events = self.whole(recording.trace, "--events").rows
        pid = rows[1]["pid"]
        calls = [event["event"] for event in events if event["pid"] == pid]
        self.assertIn("geteuid", calls[calls.index("exec", calls.index("setresuid")) :])

    def test_more_children_than_there_are_numbers(self):
        storm, number = self.compiled("fork_storm"), FORKS
        answer = self.whole(self.recorded([storm, str(number), "16"]), "--tree")
        self.assertEqual(len(answer.rows), number + 1)
        top, = answer.where(command=shlex.join([storm, str(number), "16"]))
        children = [row for row in answer.rows if row is not top]
        self.assertEqual({row["ppid"] for row in children}, {top["pid"]})
        self.assertEqual(collections.Counter(row["exit_code"] for row in children),
                         collections.Counter(i % 128 for i in range(number)))


if __name__ == "__main__":
    main()
