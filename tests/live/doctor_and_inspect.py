# SPDX-License-Identifier: Apache-2.0
# --doctor, --inspect and --btf: what they say against what the machine itself says (uname, /sys, /proc, bpftool).
import collections
import contextlib
import glob
import json
import os
import re
import shutil
import signal
import subprocess

from traced_run import LONGEST, RECORDER, LiveTest, analyze, main, plain_environment, possible_cpus

BTF = "/sys/kernel/btf/vmlinux"
OTHER_BACK_END = re.compile(r"on_k(?:ret)?probe$|on_sys_return$|exec_by_kprobe$|(?:call|all|effect)_f(?:entry|exit)_\d+$")  # than the tracepoint, or without durations
with open(BTF, "rb") as _btf:  # tracefs need not be mounted
    # Programs whose hook this kernel does not have (sched_prepare_exec: Linux 6.9).
    WITHOUT_HOOK = set() if b"\0btf_trace_sched_prepare_exec\0" in _btf.read() else {"prepare_exec"}
KERNEL_NAME = 15  # characters of a name that the kernel keeps (BPF_OBJ_NAME_LEN - 1)
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]


def run(*words, **how):
    how = {"env": plain_environment(), "stdin": subprocess.DEVNULL, "text": True, **how}
    return subprocess.run(words, capture_output=True, timeout=LONGEST, **how)


class Doctor(LiveTest):
    def lines(self, said):
        """{term: (mark, text)}, continued lines joined."""
        found, term = {}, None
        for line in said.splitlines():
            if match := re.match(r"(ok|no|!!|-) +(\S+(?: \S+)*) {1,}(.*)", line[:26].ljust(26) + line[26:]):
                term = line[4:26].strip()
                found[term] = (match[1], line[26:])
            elif term and line.startswith(" " * 26):
                found[term] = (found[term][0], f"{found[term][1]} {line.strip()}")
        return found

    def test_where_recording_works(self):
        done = run(RECORDER, "--doctor")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertTrue(done.stdout.endswith("\nRecording works here.\n"))
        self.assertNotIn("\n!!", done.stdout)
        lines = self.lines(done.stdout)
        self.assertEqual(lines["release"], ("ok", f"{os.uname().release} {os.uname().machine}"))
        self.assertEqual(lines["BTF"], ("ok", f"{os.stat(BTF).st_size >> 10} KiB from {BTF}"))
        self.assertEqual(lines["tracepoint"], ("ok", "works"))
        if not os.path.exists("/sys/bus/event_source/devices/kprobe"):
            self.assertEqual(lines["kprobe"][0], "no")
        self.assertIn(f"{os.cpu_count()} online", lines["CPUs"][1])
        self.assertFalse(os.path.exists(self.file("run.trace")))

    def test_it_fits_80_columns(self):
        done = run(RECORDER, "--doctor")
        self.assertEqual([line for line in done.stdout.splitlines() if len(line) > 80], [])

    def test_without_privilege(self):
        if not shutil.which("setpriv"):
            self.skipTest("setpriv is not installed")
        recorder = shutil.copy(RECORDER, self.file("ebpf-record"))
        done = run(*NOBODY, recorder, "--doctor", cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (120, ""), done.stdout)
        lines = self.lines(done.stdout)
        for term in ("CAP_BPF", "CAP_PERFMON", "tracepoint", "load and attach"):
            self.assertEqual(lines[term][0], "!!", done.stdout)
        self.assertIn("CAP_BPF", lines["tracepoint"][1])
        self.assertIn("Recording will not work here", done.stdout)

    def test_rings_that_do_not_fit(self):
        def available_mib():
            with open("/proc/meminfo", encoding="ascii") as file:
                return int(re.search(r"MemAvailable: +(\d+)", file.read())[1]) >> 10

        available = [available_mib()]
        done = run(RECORDER, "--doctor", "--ring-size", "1024")
        available.append(available_mib())
        cpus = possible_cpus()
        mark, text = self.lines(done.stdout)["ring memory"]
        self.assertIn(f"{1024 * cpus} MiB", text)
        marks = {"!!" if 2048 * cpus > mib else "ok" for mib in available}
        self.assertTrue(mark in marks or abs(2048 * cpus - available[0]) <= 200, (mark, available))  # it changes while we ask


class Inspect(LiveTest):
    def tables(self, said):
        """{title: [words of each row]}, titles without what is in parentheses."""
        tables = {}
        for block in said.split("\n\n"):
            title, *rows = block.splitlines()
            tables.setdefault(title.split(" (")[0], []).append([row.split() for row in rows[1:]])
        return tables

    def test_what_it_shows(self):
        done = run(RECORDER, "--inspect")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual([line for line in done.stdout.splitlines() if len(line) > 100], [])
        tables = self.tables(done.stdout)
        sections = {row[0] for row in tables["ELF sections"][0]}
        for section in ("tp_btf/sys_enter", "tp_btf/sys_exit", ".maps", ".BTF", ".BTF.ext"):
            self.assertIn(section, sections)
        programs, loaded = tables["Programs"]
        self.assertEqual([row[0] for row in programs], [row[0] for row in loaded])
        # Loaded are those of one back end.
        other_back_ends = {name for name, *_, verified, _, jited in loaded if verified == "-"}
        self.assertEqual({name for name in other_back_ends if not OTHER_BACK_END.match(name)}, WITHOUT_HOOK)
        for name, *_, verified, xlated, jited in loaded:
            if name not in other_back_ends:
                self.assertGreater(int(verified), 1, name)
                self.assertGreater(int(xlated), 16, f"{name} is what program_loader.cc puts in its place")
                self.assertGreater(int(jited), 1, name)
        kinds = {" ".join(row[:-1]): int(row[-1]) for row in tables["CO-RE relocations"][0]}
        self.assertEqual(kinds.pop("all"), sum(kinds.values()))
        self.assertGreater(kinds["field offset"], 50)

    def test_every_relocation(self):
        done = run(RECORDER, "--inspect", "-v")
        self.assertRegex(done.stdout, r"(?m)^task_struct\.real_parent +field offset +\S")
        self.assertRegex(done.stdout, r"(?m)^inode\.i_ino +field offset +\S")

    def test_the_object_is_shown_without_privilege(self):
        if not shutil.which("setpriv"):
            self.skipTest("setpriv is not installed")
        recorder = shutil.copy(RECORDER, self.file("ebpf-record"))
        done = run(*NOBODY, recorder, "--inspect", cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("on_sys_enter", done.stdout)
        self.assertIn("CAP_BPF", done.stdout)

    def test_names_stay_whole_and_bpftool_shows_them(self):
        tables = self.tables(run(RECORDER, "--inspect").stdout)
        programs = {row[0] for row in tables["Programs"][0]}
        maps = {row[0] for row in tables["Maps"][0]}
        self.assertEqual({name for name in programs | maps if len(name) > KERNEL_NAME}, set(), "the kernel would cut them")
        bpftool = shutil.which("bpftool", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if not bpftool:
            self.skipTest("bpftool is not installed")
        recorder = self.start_recorder(self.file("run.trace"), ["sleep", "60"])
        # Of all that the machine has, what this recorder has descriptors of: other recorders have the same names.
        ids = collections.defaultdict(set)
        for info in glob.glob(f"/proc/{recorder.pid}/fdinfo/*"):
            with contextlib.suppress(FileNotFoundError), open(info, encoding="ascii") as lines:
                for kind, number in re.findall(r"^(prog|map)_id:\s*(\d+)$", lines.read(), re.MULTILINE):
                    ids[kind].add(int(number))
        shown = {what: {entry["name"] for entry in json.loads(run(bpftool, "-j", what, "show").stdout)
                        if entry["id"] in ids[what] and "name" in entry} for what in ("prog", "map")}
        recorder.send_signal(signal.SIGINT)
        recorder.wait(LONGEST)
        # Before COMMAND nobody is recorded, so there is nobody to introduce.
        self.assertEqual({name for name in programs - shown["prog"] if not OTHER_BACK_END.match(name)},
                         {"running_threads"} | WITHOUT_HOOK)
        self.assertEqual(maps - shown["map"], set())


    def test_relocations_come_out_as_with_libbpf_alone(self):
        def tags(*options):
            _, loaded = self.tables(run(RECORDER, "--inspect", *options).stdout)["Programs"]
            return {row[0]: row[4] for row in loaded}
        ours, libbpfs = tags(), tags("--btf", BTF)  # of a named file nothing is settled before libbpf sees the object
        self.assertGreater(sum(tag != "-" for tag in ours.values()), 10)
        self.assertEqual(ours, libbpfs)


class Btf(LiveTest):
    def setUp(self):
        super().setUp()
        self.copy = shutil.copy(BTF, self.file("btf"))

    def hidden(self, *options, before=()):
        """Records where /sys/kernel/btf is empty."""
        self.need_mounts()
        return self.in_own_mounts('mount -t tmpfs none /sys/kernel/btf; exec "$@"', *before, RECORDER, "-q", "-o",
                                  self.file("run.trace"), *options, "--", "cat", "/etc/passwd")

    def check_recorded(self, done):
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        answer = analyze(self.file("run.trace"), "--top-files")
        self.assertEqual((answer.status, answer.complete, answer.lost), (0, True, 0))
        self.assertIn("/etc/passwd", answer.by("path"))

    def check_refused(self, done, *words):
        self.assertEqual(done.returncode, 121, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        for word in words:
            self.assertIn(word.encode(), done.stderr)

    def test_a_copy_where_sys_is_hidden(self):
        self.check_recorded(self.hidden("--btf", self.copy))

    def test_a_copy_where_it_is_not_needed(self):
        self.check_recorded(run(RECORDER, "-q", "-o", self.file("run.trace"), "--btf", self.copy, "--", "cat", "/etc/passwd", text=False))

    def test_the_kernel_is_asked_where_sys_is_hidden(self):
        self.check_recorded(self.hidden())

    def test_hidden_and_not_to_be_asked(self):
        if not shutil.which("setpriv"):
            self.skipTest("setpriv is not installed")
        less = ("setpriv", "--bounding-set=-sys_admin", "--inh-caps=-all")
        self.check_refused(self.hidden(before=less), BTF, "--btf")
        self.check_recorded(self.hidden("--btf", self.copy, before=less))

    def test_a_file_that_is_not_btf(self):
        for name, why in (("missing", "No such file"), ("text", "not BTF"), (".", "--btf")):
            with self.subTest(name=name):
                if name == "text":
                    with open(self.file(name), "w", encoding="ascii") as file:
                        file.write("no types here\n" * 1000)
                self.check_refused(run(RECORDER, "-o", self.file("run.trace"), "--btf", self.file(name), "--", "true", text=False),
                                   self.file(name), why)

    def test_half_a_file(self):
        os.truncate(self.copy, os.path.getsize(self.copy) // 2)
        self.check_refused(run(RECORDER, "-o", self.file("run.trace"), "--btf", self.copy, "--", "true", text=False), self.copy, "BTF")

    def test_another_kernels(self):
        with open(self.copy, "r+b") as file:
            content = file.read()
            at = content.rindex(b"\0task_struct\0")
            file.seek(at)
            file.write(b"\0tusk_struct\0")
        self.check_refused(run(RECORDER, "-o", self.file("run.trace"), "--btf", self.copy, "--", "true", text=False), self.copy,
                           "another kernel")


if __name__ == "__main__":
    main()
