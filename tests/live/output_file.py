# SPDX-License-Identifier: Apache-2.0
# The trace file as an output: what the recorder refuses to write to, whose the file is, and pipes.
import os
import stat
import subprocess

from traced_run import LONGEST, RECORDER, LiveTest, analyze, main, plain_environment, record

USER, GROUP = 61234, 61235  # nobody's


class OutputFile(LiveTest):
    def refused(self, output, why):
        """The recorder refuses it, with status 123, and has not run the command."""
        ran = self.file("ran")
        recording = record(output, ["touch", ran])
        self.assertEqual(recording.status, 123, recording.stderr)
        self.assertIn(why, recording.stderr)
        self.assertIn(output, recording.stderr)
        self.assertFalse(os.path.exists(ran))

    def text_file(self, name):
        with open(self.file(name), "w") as file:
            file.write("precious")
        return self.file(name)

    def assert_precious(self, path):
        with open(path) as file:
            self.assertEqual(file.read(), "precious")

    def test_a_symbolic_link_is_refused(self):
        target = self.text_file("target")
        os.symlink(target, self.file("link"))
        self.refused(self.file("link"), "symbolic link")
        self.assert_precious(target)
        os.symlink(self.file("nowhere"), self.file("dangling"))
        self.refused(self.file("dangling"), "symbolic link")
        self.assertFalse(os.path.exists(self.file("nowhere")))

    def test_a_file_of_another_is_refused(self):
        path = self.text_file("foreign")
        os.chown(path, USER, GROUP)
        self.refused(path, f"uid {USER}")
        self.assert_precious(path)

    def test_a_file_with_other_names_is_refused(self):
        path = self.text_file("one")
        os.link(path, self.file("two"))
        self.refused(path, "hard links")
        self.assert_precious(path)

    def test_what_is_no_file_is_refused(self):
        self.refused(self.folder, "directory")
        self.refused("/dev/null", "neither a regular file nor a pipe")
        self.refused(self.file("missing/run.trace"), "No such file")

    def test_a_read_only_file_system_is_refused(self):
        self.need_mounts()
        done = self.in_own_mounts('mount -t tmpfs -o ro none "$1"; "$2" -q -o "$1/run.trace" -- true', self.folder, RECORDER)
        self.assertEqual(done.returncode, 123, done.stderr)
        self.assertIn(b"Read-only file system", done.stderr)

    def test_an_older_trace_is_replaced(self):
        path = self.text_file("run.trace")
        os.chmod(path, 0o644)
        self.assertEqual(record(path, ["true"]).status, 0)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertEqual(analyze(path, "--summary").status, 0)

    def test_a_command_that_cannot_run_leaves_the_older_trace_alone(self):
        path = self.text_file("run.trace")
        self.assertEqual(record(path, ["no-such-command-here"]).status, 127)
        self.assert_precious(path)

    def test_two_recorders_do_not_share_a_file(self):
        path = self.file("run.trace")
        sleeper = self.start(["sleep", "60"])
        first = self.start_recorder(path, options=["-p", str(sleeper.pid)])
        self.refused(path, "another recorder")
        sleeper.kill()
        self.assertEqual(first.wait(LONGEST), 0)
        self.assertEqual(analyze(path, "--summary").status, 0)

    def test_two_recorders_at_once_do_not_disturb_each_other(self):
        sleeper = self.start(["sleep", "60"])
        first = self.start_recorder(self.file("first.trace"), options=["-p", str(sleeper.pid)])
        self.assertEqual(record(self.file("second.trace"), ["cat", "/etc/passwd"]).status, 0)
        sleeper.kill()
        self.assertEqual(first.wait(LONGEST), 0)
        self.assertEqual([row["process"] for row in analyze(self.file("second.trace"), "--tree").rows], ["cat"])
        self.assertEqual([row["process"] for row in analyze(self.file("first.trace"), "--tree").rows], ["sleep"])

    def test_a_pipe(self):
        piped = self.file("piped.trace")
        words = [RECORDER, "-q", "-o", "-", "--", "sh", "-c", "cat /etc/passwd > /dev/null; echo printed"]
        with open(piped, "wb") as to:
            cat = self.start(["cat"], stdin=subprocess.PIPE, stdout=to)
            done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=cat.stdin, stderr=subprocess.PIPE,
                                  env=plain_environment(), timeout=LONGEST)
            cat.stdin.close()
            cat.wait(LONGEST)
        self.assertEqual((done.returncode, done.stderr), (0, b"printed\n"))  # not among the trace's bytes
        answer = analyze(piped, "--syscalls")
        self.assertEqual((answer.status, answer.complete, answer.lost), (0, True, 0), answer.stderr)
        self.assertEqual(answer.by("syscall")["execve"]["calls"], 2)

    def test_a_pipe_that_closes(self):
        recorder = self.start([RECORDER, "-o", "-", "--", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(len(recorder.stdout.read(100)), 100)
        recorder.stdout.close()
        recorder.stdin.close()  # the command ends, and there is more to write
        recorder.stdin = None  # or it is flushed again
        said = recorder.stderr.read().decode()
        self.assertEqual(recorder.wait(LONGEST), 124, said)
        self.assertIn("Broken pipe", said)

    def test_under_sudo_command_and_trace_are_the_users(self):
        os.chown(self.folder, USER, GROUP)
        path = self.file("run.trace")
        recording = record(path, ["sh", "-c", "id -u; id -g; id -G; touch made"], cwd=self.folder,
                           env=plain_environment(SUDO_UID=str(USER), SUDO_GID=str(GROUP), SUDO_USER="nobody-here"))
        self.assertEqual(recording.status, 0, recording.stderr)
        self.assertEqual(recording.stdout.decode().split(), [str(USER), str(GROUP), str(GROUP)])
        info = os.stat(path)
        self.assertEqual((info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode)), (USER, GROUP, 0o600))
        self.assertEqual(os.stat(self.file("made")).st_uid, USER)

    def test_under_sudo_root_s_file_stays_roots(self):
        # The user who may use sudo for the recorder only must not get at a file of root by naming it.
        path = self.text_file("roots")
        recording = record(path, ["true"], env=plain_environment(SUDO_UID=str(USER), SUDO_GID=str(GROUP)))
        if recording.status == 123:
            self.assert_precious(path)
        else:
            self.assertEqual(os.stat(path).st_uid, 0, "the recorder gave a file of root away")


if __name__ == "__main__":
    main()
