# SPDX-License-Identifier: Apache-2.0
# Control groups and PID namespaces of recorded processes, against the kernel's own files.
import os
import subprocess
import tempfile

from traced_run import LONGEST, PYTHON, LiveTest, analyze, main

CONTAINER = "0123456789abcdef" * 4


class ControlGroups(LiveTest):
    def group(self, name):
        """A new group of the unified hierarchy (folder, path in the hierarchy); it is gone after the test."""
        with open("/proc/mounts") as mounts:
            mounted = [line.split()[1] for line in mounts if line.split()[2] == "cgroup2"]
        if not mounted:
            self.skipTest("no unified control group hierarchy is mounted")
        mounted = mounted[0]
        try:
            top = tempfile.mkdtemp(prefix="ebpf-live-", dir=mounted)
        except OSError as error:
            self.skipTest(f"no control group can be made: {error}")
        self.addCleanup(os.rmdir, top)
        folder = os.path.join(top, name)
        os.mkdir(folder)
        self.addCleanup(os.rmdir, folder)
        return folder, folder[len(mounted):]

    def test_a_process_that_moves(self):
        folder, path = self.group(f"docker-{CONTAINER}.scope")
        trace = self.recorded(["sh", "-c", f"true & wait; echo $$ >{folder}/cgroup.procs; cat /proc/self/cgroup; true"])
        rows = analyze(trace, "--tree").rows
        before, = [row for row in rows[1:] if row["process"] != "cat"]
        after, = [row for row in rows if row["process"] == "cat"]
        self.assertEqual((rows[0]["cgroup"], after["cgroup"]), (path, path))
        self.assertNotEqual(before["cgroup"], path)
        self.assertEqual((after["container"], after["container_id"]), ("docker 0123456789ab", CONTAINER))
        self.assertEqual(analyze(trace, "--summary").rows[0]["containers"], 1)

    def test_a_process_that_is_moved_while_it_waits(self):
        folder, path = self.group("app")
        waiting = self.start([*PYTHON, "import os; os.read(0, 1); os.getppid()"], stdin=subprocess.PIPE)
        trace = self.file("run.trace")
        recorder = self.start_recorder(trace, options=["-p", str(waiting.pid)])
        with open(f"{folder}/cgroup.procs", "w") as procs:
            procs.write(str(waiting.pid))
        waiting.stdin.write(b"1")
        waiting.stdin.close()
        waiting.stdin = None
        self.assertEqual((waiting.wait(LONGEST), recorder.wait(LONGEST)), (0, 0))
        row, = analyze(trace, "--tree").where(role="recorded")
        self.assertEqual((row["pid"], row["cgroup"], row["container"]), (waiting.pid, path, None))

    def test_ids_in_a_pid_namespace(self):
        trace = self.recorded(["unshare", "--pid", "--fork", "sh", "-c", "true; sh -c 'exit 0'; exit 0"])
        rows = analyze(trace, "--tree").where(role="recorded")
        inside = [row for row in rows if row["process"] == "sh"]
        outside, = [row for row in rows if row["process"] == "unshare"]
        self.assertEqual(outside["ns_pid"], outside["pid"])
        self.assertEqual(sorted(row["ns_pid"] for row in inside)[0], 1)
        self.assertNotIn(1, [row["pid"] for row in inside])


if __name__ == "__main__":
    main()
