# SPDX-License-Identifier: Apache-2.0
# A file system that grants the trace's owner 512 KiB: the kernel's own EDQUOT. Such a recording ends with what fits and an exact
# account of the rest. Sets quotas in a file system of its own, which takes a kernel that has them, so it runs in a guest only.
import ctypes
import errno
import os
import struct
import subprocess

from traced_run import LONGEST, RECORDER, LiveTest, analyze, main, plain_environment

OWNER = 65534
LIMIT = 512 << 10
Q_SETQUOTA, USRQUOTA = 0x800008, 0  # linux/quota.h
QIF_BLIMITS = 1
QUOTACTL = 179  # arch/x86/entry/syscalls/syscall_64.tbl
READS = 300_000  # of up to 4 KiB: some 5 bytes of trace for each
LIBC = ctypes.CDLL(None, use_errno=True)


def limit_bytes(device, user, limit):
    """No more than so many bytes for the user's files on that file system (struct if_dqblk; quotactl(2))."""
    quota = struct.pack("=8QI4x", limit // 1024, limit // 1024, 0, 0, 0, 0, 0, 0, QIF_BLIMITS)
    if LIBC.syscall(QUOTACTL, Q_SETQUOTA << 8 | USRQUOTA, device.encode(), user, quota):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), device)


class Quotas(LiveTest):
    def setUp(self):
        super().setUp()
        self.program = self.compiled("read_loop")
        image, self.place = self.file("image"), self.file("mounted")
        os.mkdir(self.place)
        with open(image, "wb") as file:
            file.truncate(16 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-O", "quota", "-E", "quotatype=usrquota", image], check=True, timeout=LONGEST)
        self.device = subprocess.run(["losetup", "--find", "--show", image], check=True, capture_output=True, text=True,
                                     timeout=LONGEST).stdout.strip()
        self.addCleanup(subprocess.run, ["losetup", "--detach", self.device], check=True, timeout=LONGEST)
        subprocess.run(["mount", "-o", "usrquota", self.device, self.place], check=True, timeout=LONGEST)
        self.addCleanup(subprocess.run, ["umount", self.place], check=True, timeout=LONGEST)
        os.chmod(self.place, 0o777)
        limit_bytes(self.device, OWNER, LIMIT)

    def record(self, trace, reads):
        words = [RECORDER, "-q", "--interval", "0", "-o", trace, "--", self.program, "1", str(reads), "4096"]
        return subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL, timeout=LONGEST,
                              env={**plain_environment(), "SUDO_UID": str(OWNER), "SUDO_GID": str(OWNER)})

    def accounted(self, trace):
        answer = analyze(trace, "--summary")
        self.assertEqual((answer.status, answer.complete), (0, True), answer.stderr)
        row, = answer.rows
        self.assertEqual(answer.lost, row["lost"])
        return row["events"], row["lost"]

    def test_a_quota_that_is_used_up(self):
        elsewhere = self.file("elsewhere.trace")
        self.assertEqual(self.record(elsewhere, 0).returncode, 0)
        besides, lost = self.accounted(elsewhere)
        self.assertEqual(lost, 0)

        trace = os.path.join(self.place, "run.trace")
        done = self.record(trace, READS)
        self.assertEqual(done.returncode, 124, done.stderr)
        self.assertIn(os.strerror(errno.EDQUOT).encode(), done.stderr)
        about = os.stat(trace)
        self.assertEqual(about.st_uid, OWNER)
        self.assertLessEqual(about.st_size, LIMIT)
        events, lost = self.accounted(trace)
        self.assertGreater(events, 10_000)
        self.assertGreater(lost, 0)
        self.assertEqual(events + lost, besides + READS)


if __name__ == "__main__":
    main()
