# SPDX-License-Identifier: Apache-2.0
# --rotate: a recording in parts. Together they have every call once; each can be understood without the others.
import glob
import os
import pwd
import signal
import subprocess

from traced_run import LONGEST, PYTHON, LiveTest, analyze, main, plain_environment, record

SYSTEM_PYTHON = "/usr/bin/python3"  # for users who may not look into our home

# FILE BYTES PAUSE: asks for its parent's id as often as it says, while it opens files and starts processes, until FILE exists; each
# write is of twice BYTES, and each 200 are followed by a PAUSE in seconds. A child waits in read(2) for the end of it all, for ns
# between the last two numbers that are printed.
BUSY = """
import os, sys, time
size, pause = int(sys.argv[2]), float(sys.argv[3])
def now(): return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
read_end, write_end = os.pipe()
before = now()
waiting = os.fork()
if not waiting:
    os.close(write_end)
    os.read(read_end, 1)
    os._exit(0)
os.close(read_end)
while open(f"/proc/{waiting}/syscall").read().split()[:2] != ["0", hex(read_end)]: time.sleep(0.01)
began = now()
log = os.open("log", os.O_WRONLY | os.O_CREAT)
parents = 0
while not os.path.exists(sys.argv[1]):
    for i in range(200):
        os.getppid()
        # Not emptied first: the disk would be waited for.
        with open(os.open(f"file{i % 40}", os.O_WRONLY | os.O_CREAT, 0o644), "w") as file:
            file.write(os.urandom(size).hex())
    parents += 200
    os.write(log, b"all of them\\n")
    time.sleep(pause)
    if parents % 2000 == 0:
        os.spawnv(os.P_WAIT, "/bin/true", ["true", "an argument"])
os.write(log, b"the end\\n")
ends = now()
os.write(write_end, b"x")
os.wait()
print(parents, os.getpid(), waiting, ends - began, now() - before)
"""

# Writes 200 KiB that can't be compressed, until there is a file of that name. Each time it waits until they are recorded and,
# if that made a part full, until there is the next one.
PACED = """
import glob, os, sys, time

def sizes():
    return [os.path.getsize(part) for part in sorted(glob.glob(sys.argv[2]))]

file = os.open("file", os.O_WRONLY | os.O_CREAT, 0o644)
while not os.path.exists(sys.argv[1]):
    before = sum(sizes())
    for i in range(200):
        os.write(file, os.urandom(1024))
    while sum(sizes()) < before + 200 * 1024 or sizes()[-1] >= 1 << 20:
        time.sleep(0.05)
"""


class Rotation(LiveTest):
    def parts(self, stem="run1"):
        return sorted(glob.glob(self.file(f"{stem}.[0-9][0-9][0-9][0-9].trace")))

    def part(self, number):
        return self.file(f"run1.{number:04}.trace")

    def whole(self, part):
        """That nothing is lost, unexplained or damaged."""
        summary = analyze(part, "--summary", "--fail-on-loss")
        self.assertEqual((summary.status, summary.stderr), (0, ""), part)
        self.assertTrue(summary.complete)
        return summary.rows[0]

    def busy(self, until, size=256, pause=0.05):
        return [*PYTHON, BUSY, until, str(size), str(pause)]

    def test_every_call_is_in_one_part_and_each_part_describes_what_it_refers_to(self):
        recording = self.run_recorded(self.busy(self.part(6)), ["--rotate", "1s"])
        parents, pid, waiting, *waited = map(int, recording.stdout.split())
        self.assertGreaterEqual(len(self.parts()), 5)
        for part in self.parts():
            self.whole(part)
        self.check_calls(self.parts(), parents, pid, waiting, waited)
        self.check_descriptions(self.parts(), pid, waiting)

    def check_calls(self, parts, parents, pid, waiting, waited):
        """All parts together have every call once."""
        found, waits, spawned = 0, [], 0
        for number, part in enumerate(parts, 1):
            self.assertEqual(self.whole(part)["part"], number)
            for row in analyze(part, "--events").rows:
                found += row["event"] == "getppid" and row["pid"] == pid
                spawned += row["event"] == "exec" and row["process"] == "true"
                if row["pid"] == waiting and row["event"] == "read":
                    waits.append((part, row))
        self.assertEqual(found, parents)
        self.assertEqual(spawned, parents // 2000)
        # It began in the first part and ended when there were six: that one knows which pipe it was.
        (part, wait), = waits
        self.assertIn(part, parts[5:])
        self.assertRegex(wait["args"], r"^3<pipe:\[\d+\]>, ")
        self.assertLessEqual(waited[0], wait["duration_ns"])
        self.assertLessEqual(wait["duration_ns"], waited[1])

    def check_descriptions(self, parts, pid, waiting):
        """Each part can be understood without the others."""
        alive = parts[:5]  # while these were written the sixth did not exist, so the program went on
        later, knows = set(), []  # of the waiting process, which begins in the first part or, on a busy machine, a later one
        for part in parts:
            files = set()
            for row in analyze(part, "--events").rows:
                self.assertNotIn(row["process"], ("", "?"), row)
                if row["event"] == "write" and row["pid"] == pid:
                    files.add(row["args"].split(">")[0].split("<")[-1] if row["args"][1] == "<" else row["args"])
            files = {name for name in files if not name.startswith("pipe:[")}  # the child's, and what the program prints to
            self.assertLessEqual(files, {self.file("log"), *(self.file(f"file{i}") for i in range(40))}, part)
            later |= files if part != parts[0] else set()
            tree = analyze(part, "--tree", ancestors=True)
            rows = tree.by("pid")
            self.assertIn("import os, sys", rows[pid]["command"], part)
            if part in alive and (knows or waiting in rows):
                knows.append(part)
                self.assertEqual(rows[waiting]["ppid"], pid)
            self.assertIn(os.getpid(), rows, "an ancestor")
        self.assertIn(self.file("log"), later)  # which was opened before
        self.assertGreaterEqual(len(knows), 2)
        for part in knows[1:]:
            opened = analyze(part, "--open-files").where(pid=waiting)
            self.assertTrue([row for row in opened if row["path"].startswith("pipe:")], opened)

    def test_only_the_newest_are_kept(self):
        self.run_recorded(self.busy(self.part(4)), ["--rotate", "1s", "--keep", "2"])
        parts = self.parts()
        self.assertEqual(len(parts), 2)
        self.assertGreaterEqual(int(parts[0].split(".")[-2]), 3)
        for part in parts:
            self.whole(part)

    def test_a_part_has_the_size_that_was_said(self):
        # PACED waits until what it wrote is in a part: how far the recorder is behind, on a busy machine, says nothing about sizes.
        self.run_recorded([*PYTHON, PACED, self.part(4), self.file("run1.*.trace")], ["--rotate", "1M", "--data", "-s", "1024"])
        parts = self.parts()
        self.assertGreaterEqual(len(parts), 4)
        for part in parts[:-1]:
            # The last 200 KiB come when it is nearly full; the calls that wrote them, and what waits, are the rest.
            self.assertGreaterEqual(os.path.getsize(part), 1 << 20)
            self.assertLess(os.path.getsize(part), (1 << 20) + (300 << 10))

    def test_a_signal_begins_a_part(self):
        recorder = self.start_recorder(self.file("run1.trace"), self.busy(self.file("enough")), ["--rotate", "1h"], cwd=self.folder,
                                       stdout=subprocess.PIPE)
        for expected in (2, 3):
            recorder.send_signal(signal.SIGUSR2)
            self.wait_for(lambda: len(self.parts()) >= expected, "another part")
            self.assertEqual(len(self.parts()), expected)
        with open(self.file("enough"), "w", encoding="ascii"):
            pass
        self.assertEqual(recorder.wait(LONGEST), 0)
        parts = self.parts()
        for part in parts:
            self.whole(part)
        self.assertEqual(len(parts), 3)

    def test_the_invoking_user_gets_all_parts(self):
        nobody = pwd.getpwnam("nobody")
        os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        self.run_recorded([SYSTEM_PYTHON, *self.busy(self.part(3))[1:]], ["--rotate", "1s"],
                          env=plain_environment(SUDO_UID=str(nobody.pw_uid), SUDO_GID=str(nobody.pw_gid)))
        parts = self.parts()
        self.assertGreaterEqual(len(parts), 3)
        for part in parts:
            status = os.stat(part)
            self.assertEqual((status.st_uid, status.st_gid, status.st_mode & 0o777), (nobody.pw_uid, nobody.pw_gid, 0o600))
            self.whole(part)

    def test_where_no_second_part_could_be_made_nothing_begins(self):
        nobody = pwd.getpwnam("nobody")
        recording = self.run_recorded(["/bin/touch", self.file("ran")], ["--rotate", "1s"], 123,
                                      env=plain_environment(SUDO_UID=str(nobody.pw_uid), SUDO_GID=str(nobody.pw_gid)))
        self.assertIn(f"cannot rotate in '{self.folder}': Permission denied for uid {nobody.pw_uid}", recording.stderr)
        self.assertFalse(os.path.exists(self.file("ran")))
        self.assertEqual(self.parts(), [])

    def test_what_cannot_be_is_refused(self):
        for options, words in ((["--rotate", "1X"], "'1X' is neither a size such as 100M"),
                               (["--rotate", "10K"], "'10K' is too small: a part takes at least 1M"),
                               (["--rotate", "0.1s"], "'0.1s' is too short"),
                               (["--keep", "3"], "only with --rotate")):
            recording = self.run_recorded(["/bin/true"], options, 2)
            self.assertIn(words, recording.stderr)
        recording = record("-", ["/bin/true"], ["--rotate", "1s"])
        self.assertEqual((recording.status, recording.stdout), (123, b""))
        self.assertIn("a recording in parts needs files", recording.stderr)

    def test_a_recorder_that_is_killed_leaves_whole_parts(self):
        recorder = self.start_recorder(self.file("run1.trace"), self.busy(self.file("never")), ["--rotate", "1s"], cwd=self.folder,
                                       stdout=subprocess.DEVNULL)
        self.wait_for(lambda: len(self.parts()) > 3, "parts")
        recorder.kill()
        recorder.wait(LONGEST)
        parts = self.parts()
        self.assertGreaterEqual(len(parts), 3)
        # The next part is there before the one before it ends: both may have no end.
        just_made = os.path.getsize(parts[-1]) < 100
        if just_made:
            del parts[-1]
        for part in parts[:-1]:
            self.whole(part)
        last = analyze(parts[-1], "--summary")
        if not just_made or last.status:
            self.assertEqual((last.status, last.lost), (3, None), last.stderr)
        for pid in {row["pid"] for row in analyze(parts[-1], "--events").rows}:
            self.end_pid(pid)


if __name__ == "__main__":
    main()
