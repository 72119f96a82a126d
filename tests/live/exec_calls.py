# SPDX-License-Identifier: Apache-2.0
# execve and execveat as they were made, against strace; and beside each what the kernel ran.
import os
import re
import shutil
import subprocess
import unittest

from call_lines import DURATION
from traced_run import ANALYZER, LONGEST, LiveTest, analyze, main, plain_environment, possible_cpus

LIMIT = "4095"  # -s of both
RESUMED = re.compile(r"^<\.\.\. execve(?:at)? resumed>(.*)")
SPLIT = re.compile(r"(?: <unfinished \.\.\.>| <pid changed to \d+ \.\.\.>)$")


def strace_lines(path):
    """The execs in the order in which they were made: the workload makes one at a time."""
    lines = []
    with open(path, encoding="utf-8") as text:
        for line in text:
            call = line.rstrip("\n").split(" ", 1)[1].lstrip()
            resumed = RESUMED.match(call)
            if resumed:
                lines[-1] += resumed[1]
            elif call.startswith("execve"):
                lines.append(SPLIT.sub("", call))
    return [re.sub(r"\) +=", ") =", line) for line in lines]


def our_lines(trace):
    done = subprocess.run([ANALYZER, trace, "--events", "-n", "0"], capture_output=True, check=True, timeout=LONGEST)
    found = (re.search(r" (execve(?:at)?\(.*)", line) for line in done.stdout.decode().splitlines())
    return [DURATION.sub("", match[1]) for match in found if match]


def without_environment(line):
    """strace -v shows it, we its address."""
    return re.sub(r", (?:\[(?:\"[^\"]*\"(?:, )?)*\]|0x[0-9a-f]+)(?=(?:, [A-Z_|0-9]+)?\) = )", ", ENVIRONMENT", line)


class ExecCalls(LiveTest):
    def setUp(self):
        super().setUp()
        os.mkdir(self.file("sub"))
        for program in ("job", "sub/inner"):
            shutil.copy("/bin/true", self.file(program))
        self.script("script.sh", "#!/bin/sh -e\nexit 3\n")
        self.script("sub/tool.sh", "#!/bin/sh\nexit 4\n")
        self.script("nested.sh", f"#!{self.file('script.sh')} given\n")
        os.symlink("job", self.file("link"))

    def script(self, name, text):
        with open(self.file(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.file(name), 0o755)

    def test_more_execs_than_there_are_slots_for(self):
        """One after the other: what is noted of an exec on its way is given up when it is there (bpf/exec_calls.h)."""
        execs = 3 * (64 + 8 * os.cpu_count())
        trace = self.recorded(["sh", "-c", f'i=0; while [ $i -lt {execs} ]; do "$0"; i=$((i + 1)); done', self.file("job")])
        job = f'execve("{self.file("job")}", ["{self.file("job")}"], '
        self.assertEqual(sum(line.startswith(job) and line.endswith(" = 0") for line in our_lines(trace)), execs)

    def test_more_execs_at_once_than_there_are_slots_for(self):
        """All are recorded; of those that found no slot what the kernel ran is shown, without the registers. Then all is as before."""
        slots = 1 << (64 + 8 * possible_cpus() - 1).bit_length()
        processes, job = slots + 20, self.file("job")
        trace = self.recorded([self.compiled("execs_at_once"), str(processes), job])
        calls = [line for line in our_lines(trace) if line.startswith("execve(") and line.endswith(" = 0")][1:]
        self.assertEqual(len(calls), 2 * processes + 1)
        form = re.compile(rf'execve\("{job}", \["{job}", "\d+"\], (0x[0-9a-f]+|\.\.\.)\) = 0')
        environments = [form.fullmatch(line)[1] for line in calls]
        self.assertEqual([i for i, environment in enumerate(environments) if environment == "..."], [*range(slots, processes)])
        rows = [row for row in analyze(trace, "--events").rows if row["event"] == "exec"][1:]
        self.assertEqual([re.search(r'argv=\["[^"]*", "(\d+)"', row["args"])[1] for row in rows],
                         [str(i) for i in [*range(processes), *range(processes + 1)]])

    def recorded_execs(self):
        return self.recorded([self.compiled("execs"), self.folder], ["-s", LIMIT])

    @unittest.skipUnless(shutil.which("strace"), "strace is not installed")
    def test_calls_are_what_strace_shows(self):
        program = self.compiled("execs")
        subprocess.run(["strace", "-f", "-y", "-v", "-s", LIMIT, "-e", "trace=execve,execveat", "-o", self.file("strace"), program,
                        self.folder], cwd=self.folder, env=plain_environment(), check=True, timeout=LONGEST)
        theirs = [without_environment(line) for line in strace_lines(self.file("strace"))]
        ours = [without_environment(line) for line in our_lines(self.recorded_execs())]
        self.assertEqual(ours, theirs)
        self.assertEqual(len(ours), 20)

    def test_what_ran(self):
        rows = analyze(self.recorded_execs(), "--events").rows
        execs = [row for row in rows if row["event"] == "exec"]
        real = os.path.realpath
        top, sh, job, script = real(self.folder), real("/bin/sh"), real(self.file("job")), real(self.file("script.sh"))

        def of(first):
            """The exec after the call with that first argument, by the same thread."""
            call, = [row for row in rows if row["event"].startswith("execve") and row["result"] == 0 and f'["{first}"' in row["args"]]
            return next(row for row in execs if row["time_ns"] >= call["time_ns"] and row["pid"] == call["pid"]), call

        for first, exe, program, named in (("./job", job, None, top + "/job"), ("renamed", job, None, top + "/sub/../job"),
                                           ("as called", sh, None, script), ("nested", sh, None, top + "/nested.sh"),
                                           ("inner", real(self.file("sub/inner")), None, None), ("empty path", job, job, job),
                                           ("script", sh, script, script), ("tool", sh, None, None), ("of a thread", job, None, job)):
            row, call = of(first)
            self.assertEqual((row["exe"], row.get("program"), row["cwd"]), (exe, program, top), first)
            if named:
                self.assertEqual(row["path"], named, first)
                self.assertEqual(call["path"], named, first)
        self.assertEqual(of("inner")[1]["path"], top + "/sub/inner")
        self.assertEqual(of("tool")[1]["path"], top + "/sub/tool.sh")
        self.assertTrue(of("memory")[0]["exe"].startswith("/memfd:prog"))
        self.assertEqual(of("memory")[0]["exe"], of("memory")[0]["program"])
        for first, arguments in (("as called", '["/bin/sh", "-e", "script.sh", "x"]'),
                                 ("nested", f'["/bin/sh", "-e", "{self.file("script.sh")}", "given", "./nested.sh"]'),
                                 ("script", '["/bin/sh", "-e", "/dev/fd/5", "z"]'), ("tool", '["/bin/sh", "/dev/fd/3/tool.sh"]')):
            self.assertIn(f"argv={arguments}", of(first)[0]["args"])

    def test_failed_execs_have_absolute_paths(self):
        rows = analyze(self.recorded_execs(), "--events").rows
        failed = [(row["path"], row["result"]) for row in rows if row["event"].startswith("execve") and row["result"]]
        top = os.path.realpath(self.folder)
        self.assertEqual(failed, [(top + "/missing", -2), (top + "/sub/missing", -2), (top + "/job", -2), (top + "/link", -40)])

    def test_the_tree_says_which_file_ran(self):
        for name, source in (("a", "/bin/true"), ("b", "/bin/false")):
            os.mkdir(self.file(name))
            shutil.copy(source, self.file(f"{name}/same"))
        trace = self.recorded(["sh", "-c", "cd a; ./same one; cd ../b; ./same two; (cat settings.conf); exit 0"])
        rows = analyze(trace, "--tree").by("command")
        top = os.path.realpath(self.folder)
        for command, folder, code in (("./same one", "a", 0), ("./same two", "b", 1)):
            row = rows[command]
            self.assertEqual((row["exe"], row["cwd"], row["exit_code"]), (f"{top}/{folder}/same", f"{top}/{folder}", code))
        self.assertEqual(rows["cat settings.conf"]["cwd"], top + "/b")
        shown = subprocess.run([ANALYZER, trace, "--tree"], capture_output=True, check=True, timeout=LONGEST).stdout.decode()
        self.assertIn(f"./same<{top}/a/same> one", shown)
        self.assertIn(" cat settings.conf ", shown)


if __name__ == "__main__":
    main()
