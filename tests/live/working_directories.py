# SPDX-License-Identifier: Apache-2.0
# Relative paths of calls that fail are absolute in the answers, and AT_FDCWD has its directory: against what the program
# itself says of where it is.
import json
import os
import subprocess

from traced_run import LONGEST, PYTHON, LiveTest, analyze, main

# Says [event, what is in its arguments, its path, its second path or null] of calls that it makes.
PREFIX = """
import ctypes, json, os, sys, threading
libc = ctypes.CDLL(None, use_errno=True)
said = []
def expect(event, name, path, path2=None): said.append([event, name, path, path2])
def attempt(call, *arguments, **named):
    try: call(*arguments, **named)
    except OSError: pass
def missing(name, directory=None, **named):
    expect("newfstatat" if "dir_fd" in named else "stat", name, (directory or os.getcwd()) + "/" + name, None)
    attempt(os.stat, name, **named)
"""
SUFFIX = """
os.write(1, json.dumps(said).encode())
"""


class WorkingDirectories(LiveTest):
    def check(self, program, options=()):
        recording = self.run_recorded([*PYTHON, PREFIX + program + SUFFIX], options)
        rows = analyze(recording.trace, "--events").rows
        expected = json.loads(recording.stdout)
        self.assertTrue(expected)
        for event, name, path, path2 in expected:
            found = [row for row in rows if f'"{name}"' in row["args"] and (row["event"] == event or event == "stat" and row["event"] == "newfstatat")]
            self.assertEqual([(row["path"], row.get("path2")) for row in found], [(path, path2)], (event, name))
        return rows, expected

    def test_after_every_kind_of_change(self):
        self.check("""
top = os.getcwd()
os.makedirs("a/b"); os.mkdir("c")
missing("first")
os.chdir("a"); missing("second")
os.chdir("b/../../c"); missing("third")
os.fchdir(os.open("../a", os.O_RDONLY)); missing("fourth")
os.chdir(top + "/c"); missing("fifth")
os.stat(top)
os.rename(top + "/c", top + "/renamed"); missing("sixth")
os.rename(top + "/renamed", top + "/a/deeper"); missing("seventh")
""")

    def test_from_a_directory_descriptor(self):
        self.check("""
top = os.getcwd()
os.mkdir("d")
fd = os.open("d", os.O_RDONLY)
missing("at", top + "/d", dir_fd=fd)
expect("openat", "opened", top + "/d/opened"); attempt(os.open, "opened", os.O_RDONLY, dir_fd=fd)
os.rename("d", "e")
expect("unlinkat", "unlinked", top + "/e/unlinked"); attempt(os.unlink, "unlinked", dir_fd=fd)
""")

    def test_second_paths_and_what_is_no_path(self):
        self.check("""
top = os.getcwd()
expect("rename", "from", top + "/from", top + "/to"); attempt(os.rename, "from", "to")
expect("symlink", "../text", "../text", top + "/link"); os.symlink("../text", "link")
fd = os.open(".", os.O_RDONLY)
os.mkdir("d"); os.chdir("d")
expect("renameat", "here", top + "/d/here", top + "/there"); attempt(os.rename, "here", "there", dst_dir_fd=fd)
expect("symlinkat", "../at", "../at", top + "/link2"); os.symlink("../at", "link2", dir_fd=fd)
expect("openat", "./dots//x/../y", top + "/d/dots/x/../y"); attempt(os.open, "./dots//x/../y", os.O_RDONLY)
""")

    def test_a_child_and_a_thread(self):
        self.check("""
top = os.getcwd()
os.mkdir("a"); os.mkdir("b"); os.mkdir("c")
os.chdir("a")
if os.fork() == 0:
    os.chdir("../b")
    attempt(os.stat, "of child")
    os._exit(0)
os.wait()
expect("stat", "of child", top + "/b/of child")
missing("of parent")
def thread():
    missing("of thread")
    os.chdir("../b"); missing("of thread after")
    libc.unshare(0x200)  # CLONE_FS
    os.chdir("../c"); missing("of thread alone")
other = threading.Thread(target=thread); other.start(); other.join()
missing("of leader", top + "/b")
""")

    def test_a_root_of_its_own(self):
        self.check("""
top = os.getcwd()
os.mkdir("root"); os.mkdir("root/sub")
os.chroot("root"); os.chdir("/sub")
expect("stat", "in root", top + "/root/sub/in root"); attempt(os.stat, "in root")
""")

    def test_when_other_calls_are_left_out(self):
        rows, _ = self.check("""
os.mkdir("a"); os.chdir("a")
path = os.getcwd()
expect("openat", "only", path + "/only"); attempt(os.open, "only", os.O_RDONLY)
""", ["-e", "trace=openat"])
        self.assertNotIn("chdir", {row["event"] for row in rows})

    def test_a_running_process(self):
        waiting = """
import os
os.chdir("where it is")
print(flush=True)
os.read(0, 1)
for name in ("/absolute", "relative", "/absolute after"):
    try: os.open(name, os.O_RDONLY)
    except OSError: pass
"""
        os.mkdir(self.file("where it is"))
        directory = os.path.realpath(self.file("where it is"))
        for options, shown in (([], ["absolute", "relative", "absolute after"]), (["--no-snapshot"], ["relative", "absolute after"])):
            process = self.start([*PYTHON, waiting], cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            process.stdout.readline()
            recorder = self.start_recorder(self.file("run.trace"), options=["-p", str(process.pid), *options])
            process.stdin.write(b"1")
            process.stdin.flush()
            self.assertEqual((process.wait(LONGEST), recorder.wait(LONGEST)), (0, 0))
            rows = [row for row in analyze(self.file("run.trace"), "--events").rows if row["event"] == "openat"]
            self.assertEqual([row["path"] for row in rows], ["/absolute", directory + "/relative", "/absolute after"])
            found = [row["path"].rsplit("/", 1)[1] for row in rows if row["args"].startswith(f"AT_FDCWD<{directory}>, ")]
            self.assertEqual(found, shown)
            os.unlink(self.file("run.trace"))

    def test_where_chdir_led_to(self):
        """chdir's own row: where it began, and where it led to."""
        os.makedirs(self.file("a/b"))
        trace = self.recorded([*PYTHON, 'import os\nfor name in ("a/b", "../missing", ".."):\n try: os.chdir(name)\n except OSError: pass'])
        top = os.path.realpath(self.folder)
        rows = [(row["cwd"], row["path"], row["result"]) for row in analyze(trace, "--events").rows if row["event"] == "chdir"]
        self.assertEqual(rows, [(top, top + "/a/b", 0), (top + "/a/b", top + "/a/b/../missing", -2), (top + "/a/b", top + "/a", 0)])


if __name__ == "__main__":
    main()
