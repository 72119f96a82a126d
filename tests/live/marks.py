# SPDX-License-Identifier: Apache-2.0
# What a script says in its own recording (--mark), who may, and who may read the trace (--group). Names of users; the host's label.
import glob
import grp
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys

from traced_run import LONGEST, RECORDER, LiveTest, analyze, main, plain_environment, record

USER, GROUP, READERS = 61234, 61235, 61236  # nobody's
FORMAT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "format")

PHASES = """
"$1" --mark 'phase "one"' $PPID || exit 10
/bin/ls / > /dev/null
"$1" --mark 'two
lines' $PPID || exit 11
/bin/cat /dev/null
"$1" --mark "$(/usr/bin/printf '%4096s' end)" $PPID || exit 12
"""


def markers(trace):
    return [row for row in analyze(trace, "--events").rows if row["event"] == "marker"]


def users_of(trace):
    """The user dictionary, as the independent reader finds it."""
    sys.path.insert(0, FORMAT)
    import read_trace
    with open(trace, "rb") as file:
        data = file.read()
    types, names = {}, {}
    for kind, event_type, _, count, root in read_trace.frames(data):
        if kind == 5:
            types = read_trace.catalogue(root)[0]
        elif kind == 2 and types[event_type][0] == "user":
            for row in read_trace.rows_of(root, count, types[event_type][2]):
                names[row["uid"]] = row["name"].decode()
    return names


class Marks(LiveTest):
    def setUp(self):
        super().setUp()
        # Where other users can run it, too.
        self.program = shutil.copy(RECORDER, self.file("ebpf-record"))
        os.chmod(self.program, 0o755)

    def mark(self, text, pid, **how):
        done = subprocess.run([self.program, "--mark", text, str(pid)], capture_output=True, stdin=subprocess.DEVNULL,
                              env=plain_environment(), timeout=LONGEST, **how)
        self.assertEqual(done.stdout, b"")
        return done.returncode, done.stderr.decode()

    def sound(self, trace):
        answer = analyze(trace, "--verify")
        self.assertEqual((answer.status, answer.where(check="fault")), (0, []), trace)
        self.assertEqual(answer.where(verdict="unknown"), [], trace)

    def test_a_script_marks_its_phases(self):
        trace = self.recorded(["/bin/sh", "-c", PHASES, "sh", self.program])
        rows = analyze(trace, "--events").rows
        story = [row["text"].strip() if row["event"] == "marker" else os.path.basename(row["path"])
                 for row in rows if row["event"] == "marker" or
                 row["event"] == "exec" and row["path"] in ("/bin/ls", "/bin/cat")]
        self.assertEqual(story, ['phase "one"', "ls", "two\nlines", "cat", "end"])
        found = [row for row in rows if row["event"] == "marker"]
        self.assertEqual(len(found[2]["text"]), 4096)
        self.assertRegex(found[0]["args"], r'^"phase \\"one\\"", pid=\d+, user=root$')
        # Each was sent by a process of the script, and taken while that ran.
        tree = analyze(trace, "--tree").by("pid")
        for row in found:
            sender = tree[int(row["args"].rsplit("pid=")[1].split(",")[0])]
            self.assertIn("--mark", sender["command"])
            self.assertLess(sender["start_ns"], row["time_ns"])
            self.assertLess(row["time_ns"], sender["end_ns"])
            self.assertEqual((row["pid"], row["process"]), (None, None))  # of no recorded thread
        self.sound(trace)
        self.assertEqual(analyze(trace, "--summary", "--fail-on-loss").status, 0)

    def test_the_recording_of_another_is_not_to_be_marked(self):
        trace = self.file("run.trace")
        recorder = self.start_recorder(trace, ["sleep", "600"])
        status, said = self.mark("mine", recorder.pid, user=USER, group=GROUP, extra_groups=[])
        self.assertEqual(status, 120, said)
        self.assertIn(f"uid {USER}", said)
        self.assertEqual(self.mark("ours", recorder.pid), (0, ""))
        recorder.send_signal(signal.SIGTERM)
        recorder.wait(LONGEST)
        self.assertEqual([row["text"] for row in markers(trace)], ["ours"])

    def test_under_sudo_it_is_the_invoking_users(self):
        os.chown(self.folder, USER, GROUP)
        trace = self.file("run.trace")
        recorder = self.start_recorder(trace, ["sleep", "600"], cwd=self.folder,
                                       env=plain_environment(SUDO_UID=str(USER), SUDO_GID=str(GROUP), SUDO_USER="x"))
        self.assertEqual(self.mark("mine", recorder.pid, user=USER, group=GROUP, extra_groups=[]), (0, ""))
        self.assertEqual(self.mark("not mine", recorder.pid, user=USER + 1, group=GROUP, extra_groups=[])[0], 120)
        self.assertEqual(self.mark("root's", recorder.pid), (0, ""))
        recorder.send_signal(signal.SIGTERM)
        recorder.wait(LONGEST)
        self.assertEqual([row["text"] for row in markers(trace)], ["mine", "root's"])
        self.assertRegex(markers(trace)[0]["args"], f"uid={USER}$")  # who has no name

    def test_who_is_no_recorder_is_not_marked(self):
        sleeper = self.start(["sleep", "600"])
        status, said = self.mark("x", sleeper.pid)
        self.assertEqual(status, 119, said)
        self.assertIn(f"process {sleeper.pid} takes no markers", said)
        trace = self.file("run.trace")
        recorder = self.start_recorder(trace, options=["-p", str(sleeper.pid)])
        self.assertEqual(self.mark("there", recorder.pid), (0, ""))
        recorder.send_signal(signal.SIGTERM)
        recorder.wait(LONGEST)
        status, said = self.mark("gone", recorder.pid)
        self.assertEqual(status, 119, said)
        self.assertIn(f"there is no process {recorder.pid}", said)
        self.assertEqual([row["text"] for row in markers(trace)], ["there"])

    def test_wrong_usage(self):
        for words in (["--mark", "x"], ["--mark", "x", "many"], ["--mark", "x", "0"], ["--mark", "x", "-5"],
                      ["--mark", "", "1"], ["--mark", "x" * 4097, "1"], ["--mark", "x", "1", "2"],
                      ["--mark", "x", "--", "true"], ["--mark", "x", "true"], ["-q", "--mark", "x", "1"],
                      ["--mark", "x", "-o", "run.trace", "1"]):
            done = subprocess.run([self.program, *words], capture_output=True, cwd=self.folder, timeout=LONGEST)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(b"--mark", done.stderr, words)
        self.assertEqual(os.listdir(self.folder), ["ebpf-record"])

    def test_in_parts_each_marker_is_in_one_of_them(self):
        recorder = self.start_recorder(self.file("run.trace"), ["sleep", "600"], ["--rotate", "1h"])
        for part in range(1, 4):
            for text in "ab":
                self.assertEqual(self.mark(f"{part}{text}", recorder.pid), (0, ""))
            recorder.send_signal(signal.SIGUSR2)
            self.wait_for(lambda: os.path.exists(self.file(f"run.{part + 1:04}.trace")), "the next part")
        recorder.send_signal(signal.SIGTERM)
        recorder.wait(LONGEST)
        parts = sorted(glob.glob(self.file("run.*.trace")))
        self.assertEqual(len(parts), 4)
        for number, part in enumerate(parts, 1):
            found = markers(part)
            self.assertEqual([row["text"] for row in found], [f"{number}a", f"{number}b"] if number < 4 else [], part)
            for row in found:
                self.assertRegex(row["args"], "user=root$")  # whose name is in each part
            self.assertEqual(users_of(part)[0], "root")  # the sleeper's
            self.sound(part)

    def test_users_are_named(self):
        other = next(user for user in pwd.getpwall() if user.pw_uid not in (0, USER))
        trace = self.recorded(["/bin/sh", "-c", f"setpriv --reuid {other.pw_uid} --clear-groups /bin/true; "
                                                f"setpriv --reuid {USER} --clear-groups /bin/true"])
        self.assertEqual(users_of(trace), {0: "root", other.pw_uid: other.pw_name})  # and USER has no name
        self.sound(trace)

    def test_the_host_has_the_label_that_it_was_given(self):
        labelled = self.recorded(["true"], ["--host-label", "build \u00e9\x1b"])
        self.assertEqual(analyze(labelled, "--summary").rows[0]["host_label"], "build \u00e9\x1b")
        self.assertIsNone(analyze(self.recorded(["true"]), "--summary").rows[0]["host_label"])


class Readers(LiveTest):
    def owner(self, path):
        info = os.stat(path)
        return info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode)

    def may_read(self, path, groups):
        return subprocess.run(["cat", path], capture_output=True, user=USER + 5, group=GROUP + 5, extra_groups=groups,
                              timeout=LONGEST).returncode == 0

    def test_a_group_may_read_the_trace(self):
        trace = self.recorded(["true"], ["--group", str(READERS)])
        self.assertEqual(self.owner(trace), (0, READERS, 0o640))
        self.assertTrue(self.may_read(trace, [READERS]))
        self.assertFalse(self.may_read(trace, [GROUP]))
        group = grp.getgrall()[-1]
        self.assertEqual(self.owner(self.recorded(["true"], ["--group", group.gr_name])), (0, group.gr_gid, 0o640))
        self.assertEqual(self.owner(self.recorded(["true"]))[2], 0o600)

    def test_an_older_trace_gets_the_group(self):
        path = self.file("run.trace")
        self.assertEqual(record(path, ["true"], ["--group", str(READERS)]).status, 0)
        self.assertEqual(record(path, ["true"], ["--group", str(GROUP)]).status, 0)
        self.assertEqual(self.owner(path), (0, GROUP, 0o640))
        self.assertEqual(record(path, ["true"]).status, 0)
        self.assertEqual(self.owner(path)[2], 0o600)

    def test_a_group_that_is_none_is_refused_before_anything_starts(self):
        for output, group in (("run.trace", "no-such-group-here"), ("run.trace", "-5"), ("run.trace", ""), ("-", str(READERS))):
            recording = record(output, ["touch", self.file("ran")], [f"--group={group}"], cwd=self.folder)
            self.assertEqual(recording.status, 2, recording.stderr)
            self.assertIn("--group", recording.stderr)
        self.assertEqual(os.listdir(self.folder), [])

    def parts_of(self, **how):
        recorder = self.start_recorder(self.file("run.trace"), ["sleep", "600"], ["--rotate", "1h", "--group", str(READERS)], **how)
        for part in range(1, 3):
            recorder.send_signal(signal.SIGUSR2)
            self.wait_for(lambda: os.path.exists(self.file(f"run.{part + 1:04}.trace")), "the next part")
        recorder.send_signal(signal.SIGTERM)
        recorder.wait(LONGEST)
        return sorted(glob.glob(self.file("run.*.trace")))

    def test_a_group_may_read_each_part(self):
        parts = self.parts_of()
        self.assertEqual([self.owner(part) for part in parts], [(0, READERS, 0o640)] * 3)
        for part in parts:
            self.assertEqual(analyze(part, "--verify").status, 0)

    def test_under_sudo_too(self):
        os.chown(self.folder, USER, GROUP)
        parts = self.parts_of(cwd=self.folder, env=plain_environment(SUDO_UID=str(USER), SUDO_GID=str(GROUP), SUDO_USER="x"))
        self.assertEqual([self.owner(part) for part in parts], [(USER, READERS, 0o640)] * 3)


if __name__ == "__main__":
    main()
