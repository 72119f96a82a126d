# SPDX-License-Identifier: Apache-2.0
# --env keeps the chosen variables of every program that is started, and nothing else of its environment.
import subprocess
import unittest

from raw_rows import Rows
from traced_run import LiveTest, main, plain_environment, record

SECRET = "x7PqL0nly1nTheEnvironment"


class ExecEnvironment(LiveTest):
    def environments(self, options, script, **variables):
        recording = self.run_recorded(["/bin/sh", "-c", script], options, env=plain_environment(**variables))
        rows = Rows(recording.trace)
        with open(recording.trace, "rb") as file:
            self.assertNotIn(SECRET.encode(), file.read())
        for row in rows.of["exec"] + rows.of["syscall"]:
            self.assertNotIn(SECRET, repr(row))
        return [row["env"] or b"" for row in rows.of["exec"]]

    def test_only_the_chosen_ones(self):
        kept = self.environments(["--env", "ONE,TWO", "--env", "THREE"], "ONE=changed /bin/true; env -i TWO=only /bin/true",
                                 ONE="1", TWO="two words", SECRET=SECRET, ONES=SECRET)
        self.assertEqual([sorted(env.split(b"\0")[:-1]) for env in kept],
                         [[b"ONE=1", b"TWO=two words"], [b"ONE=changed", b"TWO=two words"], [b"ONE=1", b"TWO=two words"],
                          [b"TWO=only"]])

    def test_none_without_the_option(self):
        self.assertEqual(self.environments([], "exec /bin/true", SECRET=SECRET), [b"", b""])

    def test_a_large_environment(self):
        kept = self.environments(["--env", "NAME"], "exec /bin/true", BIG="x" * 100_000, NAME="value", SECRET=SECRET)
        for env in kept:  # within 32 KiB of its beginning, or not there
            self.assertIn(env, (b"NAME=value\0", b""))

    def test_what_is_no_name_is_refused(self):
        recording = record(self.file("no.trace"), ["true"], ["--env", "A=b"])
        self.assertEqual(recording.status, 2)
        self.assertIn("'A=b'", recording.stderr)

    def test_the_first_call_has_the_commands_name(self):
        trace = self.recorded(["/bin/true"])
        self.assertEqual({row["comm"] for row in Rows(trace).of["thread"]}, {b"true"})


if __name__ == "__main__":
    main()
