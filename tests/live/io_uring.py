# SPDX-License-Identifier: Apache-2.0
# Processes that use io_uring are said to do I/O that a trace of system calls does not show; one that was refused is not.
from traced_run import LiveTest, analyze, main


class IoUring(LiveTest):
    def test_who_made_a_ring(self):
        program = self.compiled("ring_user")
        recording = self.run_recorded(["sh", "-c", f"{program} 4; {program} 0; true"])
        made, refused = map(int, recording.stdout.split())
        self.assertLess(refused, 0)  # no entries: EINVAL wherever io_uring is allowed
        rows = [row for row in analyze(recording.trace, "--tree").rows if row["process"] == "ring_user"]
        noted = [row["io_uring"] for row in sorted(rows, key=lambda row: row["start_ns"])]
        allowed = int(made >= 0)
        self.assertEqual(noted, [allowed, 0])
        self.assertEqual(analyze(recording.trace, "--summary").rows[0]["io_uring_processes"], allowed)
        self.assertEqual(sum(row["io_uring"] for row in analyze(recording.trace, "--top-io").rows), allowed)
        if not allowed:
            self.skipTest(f"io_uring is refused here ({made}); only that it then is not noted was seen")


if __name__ == "__main__":
    main()
