# SPDX-License-Identifier: Apache-2.0
# One recording and its answers, for the live tests: record() runs ebpf-record, analyze() asks ebpf-analyze for JSON.
# Both programs come from the environment (EBPF_RECORD, EBPF_ANALYZE); EBPF_PROBE names a back end for all recordings.
# Python's standard library only.
# Every test has its own folder, which is gone afterwards; processes are ended by the id they were started with.
import collections
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

RECORDER = os.environ["EBPF_RECORD"]
ANALYZER = os.environ["EBPF_ANALYZE"]
SKIPPED = 77  # SKIP_RETURN_CODE in CMakeLists.txt
LONG = "LONG" in os.environ  # scripts/test --long: repetitions that need not be made each time
PATIENCE = float(os.environ.get("EBPF_LIVE_PATIENCE", "1"))  # how much slower than usual this machine is
LONGEST = 120 * PATIENCE  # seconds after which a program hangs, or what is waited for won't come
PROBE = ["--probe", os.environ["EBPF_PROBE"]] if os.environ.get("EBPF_PROBE", "tracepoint") != "tracepoint" else []
WORKLOADS = os.environ.get("EBPF_WORKLOADS")  # a folder of compiled workloads, for a machine without a compiler
PYTHON = [sys.executable, "-S", "-c"]  # then a program as text

# Who is started in the background of a shell without job control ignores SIGINT, and so do all that it starts: recorders that are
# to pass it on, and commands that are to end by it.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

Recording = collections.namedtuple("Recording", "trace status stdout stderr")


def plain_environment(**changes):
    """Ours, without what sudo left there (it makes the recorder run the command as another user)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SUDO_")}
    return {**kept, "LC_ALL": "C", **changes}


def recorder_words(trace, command, options=()):
    return [RECORDER, "-q", "-o", trace, *PROBE, *options, *(["--", *command] if command else [])]


def record(trace, command, options=(), **how):
    """Runs the recorder to its end."""
    how = {"env": plain_environment(), "stdin": subprocess.DEVNULL, **how}
    done = subprocess.run(recorder_words(trace, command, options), capture_output=True, timeout=LONGEST, **how)
    return Recording(trace, done.returncode, done.stdout, done.stderr.decode(errors="replace"))


class Answer:
    """What ebpf-analyze said: rows are dictionaries as in its JSON."""

    def __init__(self, done, query):
        self.status = done.returncode
        self.stderr = done.stderr.decode(errors="replace")
        self.complete = self.lost = None
        self.rows = []
        if query == "--events":  # one object per line
            self.rows = [json.loads(line) for line in done.stdout.splitlines() if line]
        elif done.stdout:
            table = json.loads(done.stdout)
            self.complete, self.lost, self.rows = table["complete"], table["lost"], table["rows"]

    def by(self, column):
        return {row[column]: row for row in self.rows}

    def where(self, **values):
        return [row for row in self.rows if all(row[name] == value for name, value in values.items())]


def analyze(trace, query, *options, ancestors=False):
    """ancestors: of --tree, the rows too of processes that are not recorded but lead to those that are."""
    done = subprocess.run([ANALYZER, trace, query, "--format", "json", "-n", "0", *options], capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=LONGEST)
    answer = Answer(done, query)
    if not ancestors:
        answer.rows = [row for row in answer.rows if row.get("role") != "ancestor"]
    return answer


def shown(path):
    """A name as the JSON has it: bytes that are not UTF-8 as the characters U+0080..U+00FF."""
    text, data = "", os.fsencode(path)
    while True:
        try:
            return text + data.decode()
        except UnicodeDecodeError as error:
            bad = data[error.start : error.start + 1]
            text, data = text + data[: error.start].decode() + bad.decode("latin-1"), data[error.start + 1 :]


def possible_cpus():
    with open("/sys/devices/system/cpu/possible", encoding="ascii") as file:
        return int(file.read().rsplit("-", 1)[-1]) + 1


def boot_ns():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class LiveTest(unittest.TestCase):
    """A test with a folder of its own (self.folder) that may start processes."""

    longMessage = True
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="ebpf-live-")
        os.chmod(self.folder, 0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.recordings = 0

    def file(self, name):
        return os.path.join(self.folder, name)

    def start(self, words, **how):
        """A process in the background; ended, if it still runs, when the test ends."""
        how = {"env": plain_environment(), "stdin": subprocess.DEVNULL, **how}
        process = subprocess.Popen(words, **how)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def end_pid(self, pid):
        """Ends a process that is not our child (a command that outlives its recorder)."""
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def start_recorder(self, trace, command=(), options=(), **how):
        """A recorder in the background, returned once it records (its last words before that are on stderr)."""
        words = [word for word in recorder_words(trace, command, options) if word != "-q"]
        process = self.start([words[0], "-v", *words[1:]], stderr=subprocess.PIPE, **how)
        said = b""
        for line in process.stderr:
            if b"recording" in line:
                return process
            said += line
        self.fail(f"the recorder did not start (status {process.wait()}): {said.decode(errors='replace')}")

    def run_recorded(self, command, options=(), status=0, **how):
        """Records the command, in self.folder, into a trace of its own."""
        self.recordings += 1
        recording = record(self.file(f"run{self.recordings}.trace"), command, options, cwd=self.folder, **how)
        self.assertEqual(recording.status, status, recording.stderr)
        return recording

    def recorded(self, command, options=(), status=0, **how):
        """The path of the command's trace."""
        return self.run_recorded(command, options, status, **how).trace

    def python(self, program, *arguments, status=0, **how):
        """Records a Python program given as text; what it printed and the path of its trace."""
        recording = self.run_recorded([*PYTHON, program, *arguments], status=status, **how)
        return recording.stdout, recording.trace

    def compiled(self, name):
        """A static program from workloads/NAME.c: nothing of a dynamic loader is in its trace."""
        program = self.file(name)
        if WORKLOADS:
            return shutil.copy(os.path.join(WORKLOADS, name), program)
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "workloads", f"{name}.c")
        subprocess.run(["cc", "-O2", "-Wall", "-Werror", "-pthread", "-static", "-o", program, source], check=True,
                       timeout=LONGEST)
        return program

    def wait_for(self, condition, what):
        deadline = time.monotonic() + LONGEST
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"waiting for {what}")
            time.sleep(0.005)

    def wait_until_in(self, pid, call, first=None):
        """Until that process sleeps in the system call of this number (with that first argument), as the kernel says."""
        def is_in_it():
            with open(f"/proc/{pid}/syscall", encoding="ascii") as file:
                said = file.read().split()  # "running" if it does not sleep
            return said[0] == str(call) and first in (None, int(said[1], 16))

        self.wait_for(is_in_it, f"process {pid} in call {call}")

    def in_own_mounts(self, script, *arguments):
        """Runs a shell script in a mount namespace of its own: what it mounts goes away with it."""
        words = ["unshare", "--mount", "--propagation", "private", "sh", "-ec", script, "sh", *arguments]
        return subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL, env=plain_environment(),
                              timeout=LONGEST)

    def need_mounts(self):
        if self.in_own_mounts('mount -t tmpfs none "$1"', self.folder).returncode != 0:
            self.skipTest("mounting in an own mount namespace is not permitted here")


def may_record():
    """None if this machine lets us record, else why not."""
    with tempfile.TemporaryDirectory(prefix="ebpf-live-") as folder:
        probe = record(os.path.join(folder, "probe.trace"), ["true"])
    if probe.status in (120, 121, 122):
        return probe.stderr.strip()
    return None


def become_root():
    """Live tests need root; where sudo asks for no password, they take it."""
    if os.geteuid() == 0 or not shutil.which("sudo") or subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode:
        return
    kept = [f"{name}={os.environ[name]}" for name in ("PATH", "EBPF_RECORD", "EBPF_ANALYZE", "PYTHONDONTWRITEBYTECODE", "LONG")
            if name in os.environ]
    os.execvp("sudo", ["sudo", "-n", "env", *kept, sys.executable, *sys.argv])


def main():
    become_root()
    reason = may_record()
    if reason:
        print(f"skipped, because {reason}")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
