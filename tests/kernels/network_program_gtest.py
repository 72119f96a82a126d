# SPDX-License-Identifier: Apache-2.0
# The XDP program on this kernel: its verifier takes it, its maps work, and it does the same on frames of ours (BPF_PROG_TEST_RUN).
import os
import subprocess
import unittest

PROGRAM = "/usr/local/bin/network_program_tests"
FILTER = "NetworkProgram.*:NetworkChain.*-*TenThousandPrefixesWithExpiry"  # which has a second for all of them
FRAMES = "100000"  # an emulated CPU does 60,000 a second


class NetworkProgram(unittest.TestCase):
    def test_on_frames_of_ours(self):
        words = [PROGRAM, "--gtest_color=no", "--gtest_filter=" + FILTER]
        done = subprocess.run(words, capture_output=True, text=True, timeout=600, env={**os.environ, "EBPF_MALFORMED_FRAMES": FRAMES})
        print(done.stdout)  # the time of each
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"\[  PASSED  \] [23]\d tests\.")
        self.assertNotIn("SKIPPED", done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
