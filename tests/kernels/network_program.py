# SPDX-License-Identifier: Apache-2.0
# What this kernel's verifier and helpers make of the XDP program: its tests on frames of ours. A million of them would
# take an emulated CPU too long.
import subprocess

from traced_run import LiveTest, main

PROGRAM = "/usr/local/bin/network_program_tests"
TOO_MANY = "-*Million*"


class NetworkProgram(LiveTest):
    def test_on_frames_of_ours(self):
        done = subprocess.run([PROGRAM, f"--gtest_filter={TOO_MANY}"], capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:] + done.stderr[-1000:])
        self.assertNotIn("SKIPPED", done.stdout)


if __name__ == "__main__":
    main()
