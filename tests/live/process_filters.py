# SPDX-License-Identifier: Apache-2.0
# --comm, -u, --cgroup, -p and --no-follow, alone and together: who is in the trace is who /proc says fits.
import collections
import os
import shutil
import signal
import subprocess
import unittest

from traced_run import LONGEST, PYTHON, LiveTest, analyze, main

# For each line on standard input: writes that many bytes to the file "out-PID", by itself and by a child that execs dd.
SERVANT = """
import os, sys
def serve(name=None):
    out = os.open(f"out-{os.getpid()}", os.O_WRONLY | os.O_CREAT, 0o666)
    for line in iter(lambda: os.read(0, 1), b""):
        os.write(out, b"x" * 10)
        child = os.fork()
        if not child: os.execv("/bin/dd", ["dd", "if=/dev/zero", f"of=out-child-{os.getppid()}", "bs=100", "count=1", "status=none"])
        os.waitpid(child, 0)
        os.write(1, b"done\\n")
if len(sys.argv) > 1: os.setuid(int(sys.argv[1]))
os.write(1, b"ready\\n")
serve()
"""
NOBODY = 65534


class ProcessFilters(LiveTest):
    def setUp(self):
        super().setUp()
        os.chmod(self.folder, 0o777)

    def servant(self, name=None, user=None, before=None):
        """A process with this name that works when asked to."""
        how = {"cwd": self.folder, "stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "preexec_fn": before}
        words = [*PYTHON, SERVANT, *([str(user)] if user is not None else [])]
        if name:
            words[0] = self.file(name)
            if not os.path.exists(words[0]):
                os.symlink(shutil.which("python3"), words[0])
        process = self.start(words, **how)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        return process

    def ask(self, *servants):
        for servant in servants:
            servant.stdin.write(b"1")
            servant.stdin.flush()
            self.assertEqual(servant.stdout.readline(), b"done\n")

    def stop(self, recorder):
        recorder.send_signal(signal.SIGINT)
        self.assertEqual(recorder.wait(LONGEST), 0)

    def written(self, trace):
        """{pid of a servant: (bytes it wrote itself, bytes its children wrote)}, as the trace has it."""
        found = {}
        for row in analyze(trace, "--top-files").rows:
            name = os.path.basename(row["path"])
            if os.path.dirname(row["path"]) != os.path.realpath(self.folder) or not name.startswith("out-"):
                continue
            pid = int(name.rpartition("-")[2])
            own, children = found.get(pid, (0, 0))
            found[pid] = (own, children + row["write_bytes"]) if "child" in name else (own + row["write_bytes"], children)
        return found

    def record_asking(self, options, servants):
        trace = self.file("run.trace")
        recorder = self.start_recorder(trace, options=options)
        self.ask(*servants)
        self.stop(recorder)
        self.assertTrue(analyze(trace, "--summary").complete)
        return self.written(trace)

    def test_a_name_and_descendants(self):
        wanted, other = self.servant("wanted"), self.servant("other")
        with open(f"/proc/{wanted.pid}/comm", encoding="ascii") as comm:
            self.assertEqual(comm.read(), "wanted\n")
        self.assertEqual(self.record_asking(["--comm", "wanted"], [wanted, other]), {wanted.pid: (10, 100)})

    def test_without_descendants(self):
        wanted, other = self.servant("wanted"), self.servant("other")
        self.assertEqual(self.record_asking(["--comm", "wanted", "--no-follow"], [wanted, other]), {wanted.pid: (10, 0)})

    def test_several_names_and_one_that_the_kernel_cuts(self):
        servants = [self.servant(name) for name in ("first", "a-name-of-more-than-15-bytes", "third")]
        self.assertEqual(self.record_asking(["--comm", "first,a-name-of-more-than-15-bytes"], servants),
                         {servant.pid: (10, 100) for servant in servants[:2]})

    def test_a_name_that_a_child_gets_by_exec(self):
        servant = self.servant("servant")
        self.assertEqual(self.record_asking(["--comm", "dd"], [servant]), {servant.pid: (0, 100)})

    def test_a_name_that_is_set_while_recording(self):
        program = """
import ctypes, os
for name in (b"before", b"during", b"after"):
    ctypes.CDLL(None).prctl(15, name)
    os.write(os.open("out", os.O_WRONLY | os.O_CREAT | os.O_APPEND), name)
"""
        trace = self.recorded([*PYTHON, program], ["--comm", "during", "-e", "write"])
        self.assertEqual([row["result"] for row in analyze(trace, "--events").rows if row["event"] == "write"], [len("during")])

    def test_a_name_that_another_thread_gives_the_process(self):
        program = """
import os, threading
def rename():
    with open(f"/proc/self/task/{os.getpid()}/comm", "w") as comm: comm.write("renamed")
out = os.open("out", os.O_WRONLY | os.O_CREAT)
os.write(out, b"1")
thread = threading.Thread(target=rename); thread.start(); thread.join()
os.write(out, b"22")
"""
        trace = self.recorded([*PYTHON, program], ["--comm", "renamed", "-e", "write"])
        self.assertEqual([row["result"] for row in analyze(trace, "--events").rows if row["event"] == "write"], [2])

    def test_a_user_before_and_after_setuid(self):
        nobody, root = self.servant(user=NOBODY), self.servant()
        self.assertEqual(self.record_asking(["-u", str(NOBODY)], [nobody, root]), {nobody.pid: (10, 100)})
        program = f"import os\nos.write(1, b'1')\nos.setuid({NOBODY})\nos.write(1, b'22')"
        for user, expected in (("nobody", [2]), ("root", [1]), ("root,nobody", [1, 2])):
            trace = self.recorded([*PYTHON, program], ["-u", user, "-e", "write"])
            self.assertEqual([row["result"] for row in analyze(trace, "--events").rows if row["event"] == "write"], expected, user)

    def test_who_was_seen_on_every_cpu_before_it_is_chosen(self):
        """Each CPU keeps the thread that is not recorded which it saw last (bpf/thread_state.h): no longer than it is none."""
        calls, cpus = 50, os.sched_getaffinity(0)
        everywhere = f"""
import ctypes, os, sys
def everywhere():
    for cpu in {sorted(cpus)}:
        os.sched_setaffinity(0, [cpu])
        for i in range({calls}): os.getppid()
everywhere()
"""
        become = {"exec": f"os.execv({self.python_named('chosen')!r}, ['chosen', '-I', '-S', '-c', sys.argv[1]])",
                  "prctl": "ctypes.CDLL(None).prctl(15, b'chosen'); everywhere(); ctypes.CDLL(None).prctl(15, b'other'); everywhere()",
                  "setuid": f"os.setuid({NOBODY}); everywhere()"}
        for way, options in (("exec", ["--comm", "chosen"]), ("prctl", ["--comm", "chosen"]), ("setuid", ["-u", str(NOBODY)]),
                             ("exec", ["--comm", "chosen", "-u", "root"])):
            trace = self.recorded([*PYTHON, everywhere + become[way], everywhere], [*options, "-e", "getppid"])
            names = [row["event"] for row in analyze(trace, "--events").rows]
            self.assertEqual(names.count("getppid"), calls * len(cpus), (way, options))

    @unittest.skipUnless(len(os.sched_getaffinity(0)) > 1, "needs two CPUs")
    def test_the_address_of_one_that_has_ended_comes_back(self):
        """Children of two processes by turns, alone on a CPU; of one of the two they are recorded. Most have the address that the
        one before them, of the other process, had: it was freed a moment ago on the CPU where the next is made."""
        here, there = sorted(os.sched_getaffinity(0))[:2]
        children, calls = 25, 5
        program = f"""
import os, sys, time
mine, other = map(int, sys.argv[1:])
for i in range({children}):
    os.read(mine, 1)
    child = os.fork()
    if not child:
        os.sched_setaffinity(0, [{there}])
        for j in range({calls}): os.getppid()
        os._exit(0)
    os.waitpid(child, 0)
    time.sleep(0.06)  # a grace period of RCU
    os.write(other, b"1")
"""
        def stay_here():
            os.sched_setaffinity(0, [here])

        first, second = os.pipe(), os.pipe()
        for end in (*first, *second):
            self.addCleanup(os.close, end)
        chosen, other = [self.start([*PYTHON, program, str(mine[0]), str(its[1])], pass_fds=[mine[0], its[1]], preexec_fn=stay_here)
                         for mine, its in ((first, second), (second, first))]
        trace = self.file("run.trace")
        recorder = self.start_recorder(trace, options=["-p", str(chosen.pid), "-e", "getppid"], preexec_fn=stay_here)
        os.write(first[1], b"1")
        for process in (chosen, other):
            self.assertEqual(process.wait(LONGEST), 0)
        self.stop(recorder)
        counts = collections.Counter(row["pid"] for row in analyze(trace, "--events").rows if row["event"] == "getppid")
        self.assertEqual(list(counts.values()), [calls] * children)

    def test_children_that_are_chosen_among_many_that_are_not(self):
        children, calls = 300, 5
        program = f"""
import os, sys
for i in range({children}):
    child = os.fork()
    if not child:
        for j in range({calls}): os.getppid()
        if i % 3 == 0: open("/proc/self/comm", "w").write("chosen")
        for j in range({calls}): os.getppid()
        os._exit(0)
    if i % 2: os.waitpid(child, 0)
try:
    while True: os.wait()
except ChildProcessError: pass
"""
        trace = self.recorded([*PYTHON, program], ["--comm", "chosen", "-e", "getppid"])
        counts = collections.Counter(row["pid"] for row in analyze(trace, "--events").rows if row["event"] == "getppid")
        self.assertEqual(len(counts), children // 3)
        self.assertEqual(set(counts.values()), {calls})

    def test_kinds_must_all_fit(self):
        servants = [self.servant("wanted", user=NOBODY), self.servant("wanted"), self.servant("other", user=NOBODY)]
        self.assertEqual(self.record_asking(["--comm", "wanted", "-u", "nobody"], servants), {servants[0].pid: (10, 100)})
        pids = f"{servants[1].pid},{servants[2].pid}"
        self.assertEqual(self.record_asking(["--comm", "wanted", "-p", pids], servants), {servants[1].pid: (10, 100)})

    def test_processes_without_descendants(self):
        wanted, other = self.servant(), self.servant()
        self.assertEqual(self.record_asking(["-p", str(wanted.pid), "--no-follow"], [wanted, other]), {wanted.pid: (10, 0)})

    def test_of_a_command_only_processes_that_fit(self):
        script = "cat /etc/passwd >/dev/null; head -1 /etc/passwd >/dev/null; sh -c 'cat /etc/passwd; :' >/dev/null"
        trace = self.recorded(["sh", "-c", script], ["--comm", "cat"])
        self.assertEqual({row["process"] for row in analyze(trace, "--events").rows if row["event"] == "read"}, {"cat"})
        reads = [row for row in analyze(trace, "--top-files").rows if row["path"] == "/etc/passwd"]
        self.assertEqual(reads[0]["read_bytes"], 2 * os.path.getsize("/etc/passwd"))

    def test_descendants_that_run_already(self):
        # The servant is a child of `parent`, which has the name.
        parent = self.start([self.python_named("parent"), *PYTHON[1:], "import subprocess, sys\nsubprocess.run(sys.argv[1:])",
                             *PYTHON, SERVANT], cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(parent.stdout.readline(), b"ready\n")
        self.assertEqual(list(self.record_asking(["--comm", "parent"], [parent]).values()), [(10, 100)])
        self.assertEqual(self.record_asking(["--comm", "parent", "--no-follow"], [parent]), {})
        parent.stdin.close()
        parent.wait(LONGEST)
        parent.stdin = None  # or it is flushed again

    def python_named(self, name):
        os.symlink(shutil.which("python3"), self.file(name))
        return self.file(name)

    def control_group(self, name, parent=None):
        with open("/proc/mounts", encoding="utf-8") as mounts:
            unified = [line.split()[1] for line in mounts if line.split()[2] == "cgroup2"]
        if not unified:
            self.skipTest("no unified hierarchy is mounted here")
        path = os.path.join(parent or unified[0], name)
        try:
            os.mkdir(path)
        except OSError as error:
            self.skipTest(f"no control group can be made here: {error}")
        self.addCleanup(os.rmdir, path)
        return path

    def test_a_control_group_and_those_below_and_who_moves_in(self):
        top = self.control_group(f"ebpf-live-{os.getpid()}")
        below = self.control_group("below", top)

        def enter(path):
            def move():
                with open(os.path.join(path, "cgroup.procs"), "w", encoding="ascii") as procs:
                    procs.write(str(os.getpid()))
            return move

        inside, deeper, outside = self.servant(before=enter(top)), self.servant(before=enter(below)), self.servant()
        trace = self.file("run.trace")
        recorder = self.start_recorder(trace, options=["--cgroup", top])
        self.ask(inside, deeper, outside)
        with open(os.path.join(below, "cgroup.procs"), "w", encoding="ascii") as procs:
            procs.write(str(outside.pid))
        self.ask(outside)
        self.stop(recorder)
        self.assertEqual(self.written(trace), {process.pid: (10, 100) for process in (inside, deeper, outside)})
        for process in (inside, deeper, outside):
            self.end(process)

    def test_what_does_not_exist_is_refused(self):
        for options, said in ((["-u", "no-such-user"], "there is no user 'no-such-user'"),
                              (["--cgroup", "/no/such"], "'/no/such' is no control group"),
                              (["--comm", "/bin/ls"], "is a path"), (["--min-duration", "5"], "'5' is not a duration")):
            self.assertIn(said, self.run_recorded(["true"], options, status=2).stderr)


if __name__ == "__main__":
    main()
