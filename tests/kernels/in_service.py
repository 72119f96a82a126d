# SPDX-License-Identifier: Apache-2.0
# Run by service.py where systemd is the first process and nothing else goes on: the service that is shipped, and its restrictions.
import glob
import os
import signal
import subprocess
import time

from traced_run import ANALYZER, LONGEST, LiveTest, analyze, main

SERVICE = "ebpf-record.service"
CONFIGURATION = "/etc/ebpf-record.conf"
STATE = "/var/lib/ebpf-record"
CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")


def systemctl(*words, status=0):
    done = subprocess.run(["systemctl", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LONGEST)
    if status is not None and done.returncode != status:
        raise AssertionError(f"systemctl {' '.join(words)}: exit {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout.strip()


def shown(name):
    return systemctl("show", "--value", "--property", name, SERVICE)


class Service(LiveTest):
    def setUp(self):
        super().setUp()
        for part in self.parts():
            os.unlink(part)
        with open(CONFIGURATION, encoding="ascii") as file:
            before = file.read()
        self.addCleanup(self.configure, before)
        self.addCleanup(systemctl, "reset-failed", SERVICE, status=None)
        self.addCleanup(systemctl, "stop", SERVICE, status=None)

    @staticmethod
    def configure(text):
        with open(CONFIGURATION, "w", encoding="ascii") as file:
            file.write(text)

    @staticmethod
    def parts():
        return sorted(glob.glob(f"{STATE}/*.trace"), key=os.path.getmtime)

    def start_service(self):
        systemctl("start", SERVICE)
        return self.recording_pid()

    def recording_pid(self, but=0):
        """Of a recorder that records: it has given up its privileges."""
        self.wait_for(lambda: int(shown("MainPID")) not in (0, but) and self.capabilities(int(shown("MainPID"))) == {0}, "the service to record")
        return int(shown("MainPID"))

    @staticmethod
    def capabilities(pid):
        """All sets of all threads."""
        found = set()
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/status", encoding="ascii") as status:
                    found |= {int(line.split()[1], 16) for line in status if line.startswith("Cap")}
        except (FileNotFoundError, ProcessLookupError):
            pass
        return found

    def whole(self, part):
        answer = analyze(part, "--summary")
        self.assertEqual((answer.status, answer.complete), (0, True), f"{part}: {answer.stderr}")

    def has_called(self, path):
        """Some part has a call with that path."""
        return any(analyze(part, "--events", "--filter", f'path == "{path}"').rows for part in self.parts())

    def test_its_life(self):
        self.assertEqual(systemctl("is-enabled", SERVICE, status=1), "disabled")
        pid = self.start_service()
        self.check_restrictions(pid)

        subprocess.run(["cat", "/nowhere/first"], stderr=subprocess.DEVNULL)
        self.wait_for(lambda: self.has_called("/nowhere/first"), "the call in a part")

        systemctl("kill", "--signal", "USR2", SERVICE)
        self.wait_for(lambda: len(self.parts()) == 2, "another part")
        self.configure("trace = !openat\n")
        systemctl("reload", SERVICE)
        time.sleep(3)  # for what it says of that, or its end
        self.assertEqual((int(shown("MainPID")), shown("ActiveState")), (pid, "active"))

        # Killed, it comes back, and what was recorded before stays.
        before = self.parts()
        systemctl("kill", "--signal", "KILL", SERVICE)
        self.recording_pid(but=pid)
        self.assertEqual(shown("NRestarts"), "1")
        self.assertEqual(self.parts()[:2], before)
        self.assertEqual(len(self.parts()), 3)
        self.whole(before[0])

        systemctl("stop", SERVICE)
        self.assertEqual((shown("Result"), shown("ExecMainStatus"), shown("ActiveState")), ("success", "0", "inactive"))
        self.whole(self.parts()[-1])
        self.assertEqual(subprocess.run([ANALYZER, self.parts()[-1], "--verify"], capture_output=True, timeout=LONGEST).returncode, 0)
        for part in self.parts():
            self.assertEqual(os.stat(part).st_mode & 0o777, 0o600)
        self.assertEqual(os.stat(STATE).st_mode & 0o777, 0o700)

    def check_restrictions(self, pid):
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            said = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
        self.assertEqual((said["NoNewPrivs"], said["Seccomp"]), ("1", "2"))
        self.assertGreaterEqual(int(said["Seccomp_filters"]), 2, "the unit's filter and the recorder's own")
        self.assertEqual({int(said[name], 16) for name in CAPABILITIES}, {0})
        for name in ("net", "mnt"):
            self.assertNotEqual(os.readlink(f"/proc/{pid}/ns/{name}"), os.readlink(f"/proc/1/ns/{name}"))
        self.assertEqual(os.readlink(f"/proc/{pid}/ns/pid"), os.readlink("/proc/1/ns/pid"))
        self.assertEqual(os.getpriority(os.PRIO_PROCESS, pid), -20)
        with open(f"/proc/{pid}/oom_score_adj", encoding="ascii") as score:
            self.assertEqual(score.read(), "-500\n")
        with open(f"/proc/{pid}/mountinfo", encoding="ascii") as mounts:
            root = next(line.split() for line in mounts if line.split()[4] == "/")
        self.assertIn("ro", root[5].split(","), "ProtectSystem=strict")

    def test_what_is_wrong_is_not_tried_again(self):
        self.configure("colour = blue\n")
        systemctl("start", SERVICE)  # it ends a moment later
        self.wait_for(lambda: shown("ActiveState") == "failed", "its end")
        self.assertEqual((shown("ExecMainStatus"), shown("NRestarts")), ("2", "0"))

    def test_a_signal_to_the_service_ends_the_file_in_order(self):
        self.start_service()
        pid = int(shown("MainPID"))
        os.kill(pid, signal.SIGTERM)
        self.wait_for(lambda: shown("ActiveState") == "inactive", "its end")
        self.assertEqual((shown("Result"), shown("NRestarts")), ("success", "0"))
        self.whole(self.parts()[-1])


if __name__ == "__main__":
    main()
