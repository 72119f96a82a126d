# SPDX-License-Identifier: Apache-2.0
# --config: read at the start, read again on SIGHUP; a bad file changes nothing.
import os
import shutil
import signal
import subprocess
import threading

from traced_run import LONGEST, PYTHON, LiveTest, analyze, main

# Answers each byte with three calls that nobody else makes in this program.
SERVANT = """
import os
os.write(1, b"ready\\n")
for line in iter(lambda: os.read(0, 1), b""):
    os.getppid(); os.getpgid(0); os.getsid(0)
    os.write(1, b"done\\n")
"""


class ConfigReload(LiveTest):
    def write_config(self, text):
        whole = self.file("config.new")
        with open(whole, "w", encoding="ascii") as config:
            config.write(text)
        os.rename(whole, self.file("config"))  # as editors do

    def servant(self, program=PYTHON[0]):
        process = self.start([program, *PYTHON[1:], SERVANT], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        return process

    def ask(self, servant, times=1):
        for _ in range(times):
            servant.stdin.write(b"1")
            servant.stdin.flush()
            self.assertEqual(servant.stdout.readline(), b"done\n")

    def start_with_config(self, trace, text):
        self.write_config(text)
        self.recorder = self.start_recorder(trace, options=["--config", self.file("config")])
        self.said = []
        self.news = threading.Semaphore(0)

        def listen():
            for line in self.recorder.stderr:
                self.said.append(line.decode())
                self.news.release()
        threading.Thread(target=listen, daemon=True).start()

    def reload(self, text):
        """What the recorder says to the new file."""
        if text is not None:
            self.write_config(text)
        self.recorder.send_signal(signal.SIGHUP)
        self.assertTrue(self.news.acquire(timeout=LONGEST), "no word about the reload")
        return self.said[-1]

    def finish(self):
        self.recorder.send_signal(signal.SIGINT)
        self.assertEqual(self.recorder.wait(LONGEST), 0)

    def calls(self, trace, pid):
        found = {}
        for row in analyze(trace, "--events").rows:
            if row["pid"] == pid and row["event"] in ("getppid", "getpgid", "getsid"):
                found[row["event"]] = found.get(row["event"], 0) + 1
        return found

    def test_sets_and_processes_change_while_recording(self):
        trace, first, second = self.file("run.trace"), self.servant(), self.servant()
        self.start_with_config(trace, f"trace = getppid\npid = {first.pid}\n")
        self.ask(first, 3)
        self.ask(second, 3)
        self.assertIn("trace getsid", self.reload(f"# now the other\ntrace = getsid\npid = {second.pid}\n"))
        self.ask(first, 5)
        self.ask(second, 5)
        self.assertIn("trace getpgid", self.reload(f"trace = getpgid\npid = {first.pid},{second.pid}\n"))
        self.ask(first, 7)
        self.ask(second, 7)
        self.finish()
        self.assertEqual(self.calls(trace, first.pid), {"getppid": 3, "getpgid": 7})
        self.assertEqual(self.calls(trace, second.pid), {"getsid": 5, "getpgid": 7})
        self.assertTrue(analyze(trace, "--summary").complete)

    def test_a_bad_file_changes_nothing_and_says_where_it_is_bad(self):
        trace, servant = self.file("run.trace"), self.servant()
        self.start_with_config(trace, f"trace = getppid\npid = {servant.pid}\n")
        for text, place in ((f"pid = {servant.pid}\ntrace = getsid,opnat\n", "config:2:16: unknown system call 'opnat'"),
                            ("pid = 4000000000\n", "there is no process 4000000000"), ("what = this\n", "config:1:1: unknown key 'what'")):
            said = self.reload(text)
            self.assertIn(place, said)
            self.assertIn("nothing has changed", said)
            self.ask(servant)
        os.unlink(self.file("config"))
        self.assertIn("No such file", self.reload(None))
        self.ask(servant)
        self.finish()
        self.assertEqual(self.calls(trace, servant.pid), {"getppid": 4})

    def test_names_come_and_go(self):
        os.symlink(shutil.which("python3"), self.file("servant"))
        trace, servant = self.file("run.trace"), self.servant(self.file("servant"))
        self.start_with_config(trace, "comm = nobody-has-this\ntrace = getppid")
        self.ask(servant)
        self.reload("comm = servant\ntrace = getppid,getsid")
        self.ask(servant)
        self.reload("comm = nobody-has-this\ntrace = getppid")
        self.ask(servant)
        self.finish()
        self.assertEqual(self.calls(trace, servant.pid), {"getppid": 1, "getsid": 1})

    def test_a_command_stays_recorded(self):
        self.write_config("trace = getppid\n")
        trace = self.file("run.trace")
        self.recorder = self.start_recorder(trace, [*PYTHON, SERVANT], ["--config", self.file("config")], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE)
        self.assertEqual(self.recorder.stdout.readline(), b"ready\n")
        self.ask(self.recorder, 2)
        self.write_config("trace = getsid\n")
        self.recorder.send_signal(signal.SIGHUP)
        self.assertIn(b"trace getsid", self.recorder.stderr.readline())
        self.ask(self.recorder, 3)
        self.recorder.stdin.close()
        self.assertEqual(self.recorder.wait(LONGEST), 0)
        self.recorder.stdin = None  # or it is flushed again
        pids = {row["pid"] for row in analyze(trace, "--tree").rows}
        self.assertEqual(len(pids), 1)
        self.assertEqual(self.calls(trace, pids.pop()), {"getppid": 2, "getsid": 3})

    def test_without_a_file_sighup_ends_the_recording(self):
        trace = self.file("run.trace")
        recorder = self.start_recorder(trace, options=["-e", "none"])
        recorder.send_signal(signal.SIGHUP)
        self.assertEqual(recorder.wait(LONGEST), 0)

    def test_a_bad_file_at_the_start(self):
        self.write_config("trace = \n")
        done = self.run_recorded(["true"], ["--config", self.file("config")], status=2)
        self.assertIn("config:1:9: 'trace' has no value", done.stderr)
        self.write_config("trace = open")
        done = self.run_recorded(["true"], ["--config", self.file("config"), "-e", "close"], status=2)
        self.assertIn("not from both", done.stderr)


if __name__ == "__main__":
    main()
