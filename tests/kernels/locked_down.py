# SPDX-License-Identifier: Apache-2.0
# Kernel lockdown: in "integrity" we record, in "confidentiality" BPF may not read memory, and we say so. Lockdown can't be
# lifted again, so this is the last test that a guest runs.
import os
import subprocess
import unittest

from traced_run import LONGEST, RECORDER, LiveTest, analyze, main, plain_environment, record

LOCKDOWN = "/sys/kernel/security/lockdown"


def lock_down(mode):
    with open(LOCKDOWN, "w", encoding="ascii") as file:
        file.write(mode)


@unittest.skipUnless(os.path.exists(LOCKDOWN), "this kernel has no lockdown")
class LockedDown(LiveTest):
    def test_both_modes(self):
        lock_down("integrity")
        trace = self.recorded(["cat", "/etc/passwd"])
        self.assertIn("/etc/passwd", analyze(trace, "--top-files").by("path"))

        lock_down("confidentiality")
        refused = record(self.file("refused.trace"), ["touch", self.file("ran")])
        self.assertEqual(refused.status, 122, refused.stderr)
        self.assertEqual(len(refused.stderr.splitlines()), 1, refused.stderr)
        self.assertIn("lockdown is 'confidentiality'", refused.stderr)
        self.assertIn(LOCKDOWN, refused.stderr)
        self.assertFalse(os.path.exists(self.file("ran")))

        doctor = subprocess.run([RECORDER, "--doctor"], capture_output=True, text=True, timeout=LONGEST, env=plain_environment())
        self.assertEqual(doctor.returncode, 122, doctor.stdout)
        self.assertIn("[confidentiality]", doctor.stdout)
        self.assertIn("Recording will not work here", doctor.stdout)


if __name__ == "__main__":
    main()
