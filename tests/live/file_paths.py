# SPDX-License-Identifier: Apache-2.0
# Paths in --top-files are absolute and those of the files that the bytes really went to. Each test moves a number of
# bytes that nothing else moves, and knows by itself under which name they must show up.
import os

from traced_run import LONGEST, PYTHON, RECORDER, LiveTest, analyze, main, shown


class FilePaths(LiveTest):
    def setUp(self):
        super().setUp()
        self.folder = os.path.realpath(self.folder)

    def bytes_of(self, trace):
        """{path: (bytes read, bytes written)}; of files that are deleted, the path goes on with "<deleted>"."""
        answer = analyze(trace, "--top-files")
        self.assertEqual((answer.complete, answer.lost), (True, 0))
        found = {row["path"] + "<deleted>" * row["path_deleted"]: (row["read_bytes"], row["write_bytes"]) for row in answer.rows}
        self.assertEqual(len(found), len(answer.rows), "two rows for one file")
        calls = [row for row in analyze(trace, "--events").rows if "arguments" in row]
        self.assertEqual([row["time_ns"] for row in analyze(trace, "--events", "--filter", "path_deleted").rows],
                         [row["time_ns"] for row in calls if row.get("path_deleted")])
        return found

    def bytes_under(self, trace, folder=None):
        under = (folder or self.folder) + "/"
        return {path[len(under):]: moved for path, moved in self.bytes_of(trace).items() if path.startswith(under)}

    def test_relative_after_chdir_and_dot_dot(self):
        os.makedirs(self.file("one/two"))
        _, trace = self.python("""
import os
os.chdir("one/two")
os.write(os.open("here", os.O_WRONLY | os.O_CREAT), b"1" * 11)
os.write(os.open("../above", os.O_WRONLY | os.O_CREAT), b"2" * 22)
os.write(os.open("../../one/./two/.././../top", os.O_WRONLY | os.O_CREAT), b"3" * 33)
folder = os.open("..", os.O_RDONLY)
os.write(os.open("at", os.O_WRONLY | os.O_CREAT, dir_fd=folder), b"4" * 44)
""")
        found = self.bytes_under(trace)
        self.assertEqual({path: written for path, (_, written) in found.items() if written},
                         {"one/two/here": 11, "one/above": 22, "top": 33, "one/at": 44})

    def test_through_a_symbolic_link_it_is_the_file(self):
        os.symlink("target", self.file("link"))
        _, trace = self.python('import os; os.write(os.open("link", os.O_WRONLY | os.O_CREAT), b"x" * 55)')
        self.assertEqual(self.bytes_under(trace)["target"], (0, 55))

    def test_inherited_descriptors_opened_before_recording(self):
        with open(self.file("in"), "wb") as data:
            data.write(b"x" * 6666)
        with open(self.file("in"), "rb") as stdin, open(self.file("out"), "wb") as out:
            # The recorder gives the command its own standard input; a third descriptor shows that any is inherited.
            trace = self.recorded(["sh", "-c", f"dd bs=6666 count=1 status=none >&{out.fileno()}"], stdin=stdin,
                                  pass_fds=[out.fileno()])
        found = self.bytes_under(trace)
        self.assertEqual((found["in"], found["out"]), ((6666, 0), (0, 6666)))
        opens = {row["path"]: row["opens"] for row in analyze(trace, "--top-files").rows}
        self.assertEqual((opens[self.file("in")], opens[self.file("out")]), (0, 0))

    def test_a_running_process_with_open_files(self):
        program = """
import os, sys
data = os.open("data", os.O_WRONLY | os.O_CREAT)
sys.stdin.readline()
os.write(data, b"x" * 777)
"""
        writer = self.start([*PYTHON, program], cwd=self.folder, stdin=-1)
        self.wait_for(lambda: os.path.exists(self.file("data")), "the file")
        recorder = self.start_recorder(self.file("run.trace"), options=["-p", str(writer.pid)])
        writer.stdin.write(b"\n")
        writer.stdin.flush()
        self.assertEqual((writer.wait(LONGEST), recorder.wait(LONGEST)), (0, 0))
        self.assertEqual(self.bytes_under(self.file("run.trace"))["data"], (0, 777))

    def test_bind_mount(self):
        self.need_mounts()
        os.makedirs(self.file("real"))
        os.makedirs(self.file("bound"))
        with open(self.file("real/data"), "wb") as data:
            data.write(b"x" * 888)
        done = self.in_own_mounts('mount --bind "$1/real" "$1/bound"; "$2" -q -o "$1/run.trace" -- cat "$1/bound/data" "$1/real/data"',
                                  self.folder, RECORDER)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = self.bytes_under(self.file("run.trace"))
        self.assertEqual((found["bound/data"], found["real/data"]), ((888, 0), (888, 0)))

    def test_mounted_file_systems(self):
        self.need_mounts()
        os.makedirs(self.file("a/inner"))
        done = self.in_own_mounts("""mount -t tmpfs none "$1/a"; mkdir "$1/a/b"; mount -t tmpfs none "$1/a/b"; cd "$1/a/b"
            "$2" -q -o "$1/run.trace" -- dd if=/dev/zero of=data bs=999 count=1 status=none""", self.folder, RECORDER)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.bytes_under(self.file("run.trace"))["a/b/data"], (0, 999))

    def test_renamed_while_open(self):
        _, trace = self.python("""
import os
data = os.open("old", os.O_WRONLY | os.O_CREAT)
os.write(data, b"x" * 10); os.rename("old", "new"); os.write(data, b"x" * 20)
os.rename("new", "newer"); os.rename("newer", "old"); os.write(data, b"x" * 30)
""")
        self.assertEqual(self.bytes_under(trace), {"old": (0, 40), "new": (0, 20)})

    def test_a_directory_above_is_renamed(self):
        os.makedirs(self.file("a/b/c"))
        _, trace = self.python("""
import os
data = os.open("a/b/c/data", os.O_WRONLY | os.O_CREAT)
os.write(data, b"x" * 10); os.rename("a", "z"); os.write(data, b"x" * 20)
os.mkdir("y"); os.rename("z/b", "y/moved"); os.write(data, b"x" * 30)
""")
        found = {path: moved for path, moved in self.bytes_under(trace).items() if moved != (0, 0)}
        self.assertEqual(found, {"a/b/c/data": (0, 10), "z/b/c/data": (0, 20), "y/moved/c/data": (0, 30)})

    def test_renamed_by_a_process_that_is_not_recorded(self):
        program = """
import os, sys
data = os.open("old", os.O_WRONLY | os.O_CREAT)
os.write(data, b"x" * 10)
print(flush=True)
sys.stdin.readline()
os.write(data, b"x" * 20)
"""
        trace = self.file("run.trace")
        recorder = self.start([RECORDER, "-q", "-o", trace, "--", *PYTHON, program], cwd=self.folder,
                              stdin=-1, stdout=-1)
        recorder.stdout.readline()
        os.rename(self.file("old"), self.file("new"))
        recorder.stdin.write(b"\n")
        recorder.stdin.flush()
        self.assertEqual(recorder.wait(LONGEST), 0)
        found = self.bytes_under(trace)
        self.assertEqual((found["old"], found["new"]), ((0, 10), (0, 20)))

    def test_unlinked(self):
        _, trace = self.python("""
import os
data = os.open("gone", os.O_WRONLY | os.O_CREAT)
os.write(data, b"x" * 10); os.unlink("gone"); os.write(data, b"x" * 20)
""")
        self.assertEqual(self.bytes_under(trace), {"gone": (0, 10), "gone<deleted>": (0, 20)})
        args = [row["args"] for row in analyze(trace, "--events").where(event="write")]
        self.assertEqual([text[text.index("<"):text.index(",")] for text in args],
                         [f"<{self.file('gone')}>", f"<{self.file('gone')}>(deleted)"])

    def test_deleted_is_not_a_matter_of_the_name(self):
        _, trace = self.python("""
import os
for name in ("x", "x (deleted)"):
    data = os.open(name, os.O_WRONLY | os.O_CREAT)
    os.write(data, b"x" * 10); os.unlink(name); os.write(data, b"x" * 20)
""")
        self.assertEqual(self.bytes_under(trace), {"x": (0, 10), "x<deleted>": (0, 20), "x (deleted)": (0, 10), "x (deleted)<deleted>": (0, 20)})
        writes = analyze(trace, "--events").where(event="write")
        self.assertEqual([(os.path.basename(row["path"]), row.get("path_deleted", False)) for row in writes],
                         [("x", False), ("x", True), ("x (deleted)", False), ("x (deleted)", True)])

    def test_open_files_that_are_deleted(self):
        with open(self.file("gone (deleted)"), "wb") as gone, open(self.file("there (deleted)"), "wb") as there:
            os.unlink(self.file("gone (deleted)"))
            trace = self.recorded(["true"], pass_fds=[gone.fileno(), there.fileno()])
            found = {row["fd"]: (row["path"], row["path_deleted"]) for row in analyze(trace, "--open-files").rows}
            self.assertEqual((found[gone.fileno()], found[there.fileno()]),
                             ((self.file("gone (deleted)"), True), (self.file("there (deleted)"), False)))

    def test_unlinked_before_recording(self):
        with open(self.file("gone"), "wb") as out:
            os.unlink(self.file("gone"))
            trace = self.recorded(["sh", "-c", f"echo three >&{out.fileno()}"], pass_fds=[out.fileno()])
        self.assertEqual(self.bytes_under(trace), {"gone<deleted>": (0, 6)})

    def test_hard_links_each_under_the_name_they_were_opened_by(self):
        with open(self.file("first"), "wb"):
            os.link(self.file("first"), self.file("second"))
        _, trace = self.python("""
import os
first, second = os.open("first", os.O_WRONLY), os.open("second", os.O_WRONLY)
os.write(first, b"x" * 10); os.write(second, b"x" * 20); os.write(first, b"x" * 30)
""")
        self.assertEqual(self.bytes_under(trace), {"first": (0, 40), "second": (0, 20)})

    def test_a_descriptor_number_used_again(self):
        _, trace = self.python("""
import os
for i in range(1, 101):
    data = os.open(f"kept{i}", os.O_WRONLY | os.O_CREAT)
    os.write(data, b"x" * i)
    os.close(data)
for i in range(1, 101):
    data = os.open(f"gone{i}", os.O_WRONLY | os.O_CREAT)
    os.write(data, b"x" * 1000 * i)
    os.close(data)
    os.unlink(f"gone{i}")  # inode, dentry and file are soon given out again, at the same addresses
one, two = os.open("one", os.O_WRONLY | os.O_CREAT), os.open("two", os.O_WRONLY | os.O_CREAT)
os.write(one, b"x" * 7); os.dup2(two, one); os.write(one, b"x" * 70)
""")
        expected = {f"kept{i}": (0, i) for i in range(1, 101)} | {f"gone{i}": (0, 1000 * i) for i in range(1, 101)}
        self.assertEqual(self.bytes_under(trace), expected | {"one": (0, 7), "two": (0, 70)})

    def test_both_files_of_a_copy_inside_the_kernel(self):
        _, trace = self.python("""
import os
a, b, c = (os.open(name, os.O_RDWR | os.O_CREAT) for name in "abc")
os.write(a, b"x" * 5000); os.lseek(a, 0, 0)
os.copy_file_range(a, b, 2000); os.sendfile(c, a, 0, 3000)
""")
        self.assertEqual(self.bytes_under(trace), {"a": (5000, 5000), "b": (0, 2000), "c": (0, 3000)})

    def test_pipes_sockets_and_what_has_no_path(self):
        said, trace = self.python("""
import os, socket
inode = lambda fd: os.fstat(fd).st_ino
r, w = os.pipe(); os.write(w, b"x" * 111); os.read(r, 1000)
left, right = socket.socketpair(); left.send(b"x" * 222); right.recv(1000)
memory = os.memfd_create("scratch"); os.write(memory, b"x" * 333)
event = os.eventfd(0); os.eventfd_write(event, 1)
print(inode(r), inode(left.fileno()), inode(right.fileno()))
""")
        pipe, left, right = said.decode().split()
        found = self.bytes_of(trace)
        self.assertEqual(found[f"pipe:[{pipe}]"], (111, 111))
        self.assertEqual((found[f"UNIX-STREAM:[{left}]"], found[f"UNIX-STREAM:[{right}]"]), ((0, 222), (222, 0)))
        self.assertEqual(found["/memfd:scratch<deleted>"], (0, 333))
        self.assertEqual(found["anon_inode:[eventfd]"], (0, 8))

    def test_proc_and_sys(self):
        _, trace = self.python('print(len(open("/proc/self/maps").read()), len(open("/sys/kernel/mm/transparent_hugepage/enabled").read()))'
                               if os.path.exists("/sys/kernel/mm/transparent_hugepage/enabled") else 'open("/proc/self/maps").read()')
        maps = [path for path in self.bytes_of(trace) if path.startswith("/proc/") and path.endswith("/maps")]
        self.assertRegex(maps[0], r"^/proc/\d+/maps$")

    def test_names_that_are_not_utf8(self):
        names = [b"caf\xe9", b"\xff\xfe", "späť".encode(), b"new\nline", b'quo"te\\', b"\x1b[31m", b"space ", b"\xe2\x80\xae"]
        for size, name in enumerate(names, 1):
            with open(os.path.join(os.fsencode(self.folder), name), "wb") as data:
                data.write(b"x" * size)
        trace = self.recorded(["sh", "-c", 'cat "$0"/*', self.folder])
        found = {path: read for path, (read, _) in self.bytes_under(trace).items()}
        expected = {shown(name): size for size, name in enumerate(names, 1)}
        self.assertEqual({path: read for path, read in found.items() if path in expected}, expected)

    def deep(self, component, count):
        """Records a write of 7 bytes at the end of that many directories; the path of the file, and what was found."""
        _, trace = self.python("""
import os, sys
name, count = sys.argv[1], int(sys.argv[2])
for _ in range(count):
    os.mkdir(name); os.chdir(name)
os.write(os.open("leaf", os.O_WRONLY | os.O_CREAT), b"x" * 7)
""", component, str(count))
        path = self.folder + f"/{component}" * count + "/leaf"
        return path, [found for found, moved in self.bytes_of(trace).items() if moved == (0, 7)]

    def test_a_component_of_255_bytes(self):
        path, found = self.deep("n" * 255, 1)
        self.assertEqual(found, [path])

    def test_a_path_close_to_the_limit(self):
        count = (4095 - len(self.folder) - len("/leaf")) // 251
        path, found = self.deep("d" * 250, count)
        self.assertGreater(len(path), 4096 - 255)
        self.assertEqual(found, [path])

    def test_many_directories(self):
        path, found = self.deep("d", 480)
        self.assertEqual(found, [path])

    def test_an_empty_path_is_empty(self):
        _, trace = self.python("""
import os
try: os.open("", os.O_RDONLY)
except FileNotFoundError: pass
""")
        calls = [row["args"] for row in analyze(trace, "--events").where(event="openat") if row["result"] == -2]
        self.assertEqual(1, sum(args.startswith("AT_FDCWD</") and args.endswith('>, "", O_RDONLY|O_CLOEXEC') for args in calls), calls)

    def test_a_path_past_the_limit_is_marked_as_cut(self):
        path, found = self.deep("d" * 250, 20)
        self.assertEqual(len(found), 1)
        self.assertTrue(found[0].startswith("..."), found[0][:80])
        self.assertTrue(path.endswith(found[0][3:]))
        self.assertGreater(len(found[0]), 3800)

    def test_more_directories_than_are_walked_is_marked_as_cut(self):
        path, found = self.deep("d", 700)
        self.assertEqual(len(found), 1)
        self.assertTrue(found[0].startswith("..."), found[0][:80])
        self.assertTrue(path.endswith(found[0][3:]))


if __name__ == "__main__":
    main()
