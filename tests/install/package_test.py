#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Debian packages: built by cpack, looked at, and installed by dpkg into a copy of this machine's root (an overlay in a mount
namespace of its own, so that dependencies are really met and nothing of the machine changes); there the installed programs
record, answer and are removed again. What needs a running systemd is in tests/kernels/service.py.
usage: package_test.py BUILD"""
import glob
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "../live"))
from traced_run import LONGEST, SKIPPED, become_root, may_record, plain_environment  # noqa: E402

BUILD = os.path.realpath(sys.argv[1])
IN_OWN_MOUNTS = "EBPF_PACKAGE_TEST_MOUNTS"
PARTS = {"ebpf-trace": "programs", "libebpftrace-dev": "library", "ebpf-view": "view", "ebpf-ship": "ship"}
SERVICE = "ebpf-record.service"
# Of ten, from systemd-analyze(1): what a unit is exposed to. Ours has 2.0; without its restrictions it would be 9.6.
MOST_EXPOSED = 25  # tenths


def run(*words, status=0, **how):
    how = {"stdin": subprocess.DEVNULL, "env": plain_environment(), "timeout": LONGEST, **how}
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **how)
    if status is not None and done.returncode != status:
        raise AssertionError(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


def shared(program):
    """What each program has below /usr/share."""
    return [f"/usr/share/{path}" for path in (
        f"man/man1/{program}.1.gz", f"bash-completion/completions/{program}", f"zsh/vendor-completions/_{program}",
        f"fish/vendor_completions.d/{program}.fish")]


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="ebpf-package-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        packages = os.path.join(cls.folder, "packages")
        run("cpack", "--config", os.path.join(BUILD, "CPackConfig.cmake"), "-G", "DEB", "-B", packages, cwd=cls.folder)
        cls.packages = {os.path.basename(path).split("_")[0]: path for path in glob.glob(os.path.join(packages, "*.deb"))}
        cls.root = os.path.join(cls.folder, "root")
        cls.copy_root()

    @classmethod
    def copy_root(cls):
        """This machine's file system, of which nothing is changed: what is written goes to a tmpfs of our mount namespace."""
        changes = os.path.join(cls.folder, "changes")
        for name in (cls.root, changes):
            os.mkdir(name)
        run("mount", "-t", "tmpfs", "none", changes)
        for name in ("upper", "work"):
            os.mkdir(os.path.join(changes, name))
        said = run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={changes}/upper,workdir={changes}/work", cls.root,
                   status=None)
        if said:
            raise unittest.SkipTest(f"this file system can't be the base of an overlay: {said.strip()}")
        for name in ("proc", "sys", "dev"):
            run("mount", "--rbind", f"/{name}", os.path.join(cls.root, name))
        run("mount", "-t", "tmpfs", "none", os.path.join(cls.root, "tmp"))
        for name in PARTS:  # whatever this machine has of it
            run("chroot", cls.root, "dpkg", "--purge", name, status=None)

    def inside(self, *words, **how):
        return run("chroot", self.root, *words, **how)

    def at(self, path):
        return os.path.join(self.root, path.lstrip("/"))

    def field(self, package, name):
        return run("dpkg-deb", "--field", self.packages[package], name).strip()

    def files(self, package):
        """{path: (mode, owner)}"""
        listed = run("dpkg-deb", "--contents", self.packages[package]).splitlines()
        rows = [line.split(maxsplit=5) for line in listed]
        return {row[5].lstrip("."): (row[0], row[1]) for row in rows if not row[0].startswith("d")}

    def test_1_what_the_packages_say(self):
        self.assertLessEqual({"ebpf-trace", "libebpftrace-dev"}, set(self.packages))
        for package in self.packages:
            with self.subTest(package=package):
                self.assertEqual(self.field(package, "Package"), package)
                self.assertRegex(self.field(package, "Version"), r"^\d+\.\d+\.\d+-1$")
                self.assertEqual(self.field(package, "Maintainer"), "ebpf-trace developers <developers@ebpftrace.invalid>")
                self.assertEqual(self.field(package, "Section"), {"ebpf-trace": "admin", "ebpf-view": "utils", "libebpftrace-dev": "libdevel", "ebpf-ship": "admin"}[package])
                self.assertGreater(len(self.field(package, "Description").splitlines()), 2)
        needs = self.field("ebpf-trace", "Depends")
        for library in ("libc6 (>=", "libbpf", "libcapnp", "libseccomp2", "libcap2", "libzstd1"):
            self.assertIn(library, needs)
        self.assertNotRegex(needs, "(?i)qt|x11")
        if "ebpf-view" in self.packages:
            self.assertIn("libqt6widgets6", self.field("ebpf-view", "Depends"))

    def test_2_what_is_in_them(self):
        programs = set(self.files("ebpf-trace"))
        self.assertEqual(programs, {
            "/etc/ebpf-record.conf", "/usr/bin/ebpf-record", "/usr/bin/ebpf-analyze", "/usr/libexec/ebpf-trace/record-machine",
            f"/usr/lib/systemd/system/{SERVICE}", "/usr/share/doc/ebpf-trace/copyright", "/usr/share/doc/ebpf-trace/changelog.gz",
            "/usr/share/doc/ebpf-trace/examples/network.conf",
            *(path for name in ("ebpf-record", "ebpf-analyze") for path in shared(name))})
        if "ebpf-ship" in self.packages:
            self.assertLessEqual({path for name in ("ebpf-ship", "ebpf-load") for path in (f"/usr/bin/{name}", *shared(name))},
                                 set(self.files("ebpf-ship")))
        if "ebpf-view" in self.packages:
            view = self.files("ebpf-view")
            self.assertLessEqual({"/usr/bin/ebpf-view", "/usr/share/man/man1/ebpf-view.1.gz",
                                  "/usr/share/applications/org.ebpftrace.View.desktop",
                                  "/usr/share/icons/hicolor/scalable/apps/org.ebpftrace.View.svg"}, set(view))
        library = set(self.files("libebpftrace-dev"))
        self.assertIn("/usr/include/ebpftrace/analyzer/api/session.h", library)
        self.assertTrue(any(path.endswith("/libebpftrace.a") for path in library))
        everything = [path for package in self.packages for path in self.files(package)]
        self.assertEqual(len(everything), len(set(everything)), "two packages have the same file")
        for package in self.packages:
            for path, (mode, owner) in self.files(package).items():
                self.assertEqual((owner, mode[5] + mode[8]), ("root/root", "--"), path)

    def test_3_nothing_names_the_machine_that_built_them(self):
        source = os.path.realpath(os.path.join(HERE, "../.."))
        for package, path in self.packages.items():
            unpacked = os.path.join(self.folder, package)
            run("dpkg-deb", "--raw-extract", path, unpacked)
            for at, _, names in os.walk(unpacked):
                for name in names:
                    with open(os.path.join(at, name), "rb") as file:
                        content = file.read()
                    for told in (source, BUILD, self.folder):
                        self.assertEqual(content.count(told.encode()), 0, f"{os.path.join(at, name)} names {told}")

    def test_4_installed_it_works(self):
        for name in PARTS:
            if name in self.packages:
                shutil.copy(self.packages[name], self.at("/tmp"))
        self.inside("sh", "-c", "dpkg -i /tmp/*.deb")
        self.addCleanup(self.check_removal)
        self.assertFalse(glob.glob(self.at("/etc/systemd/system/*/ebpf-record*")), "installing must not enable the service")

        # Not from a PATH where a build could be.
        recorded = self.inside("/usr/bin/ebpf-record", "-o", "/tmp/run.trace", "--", "true")
        self.assertRegex(recorded, r"ebpf-record: [1-9][0-9,]* events, 0 lost")
        self.assertRegex(self.inside("/usr/bin/ebpf-analyze", "/tmp/run.trace", "--tree"), r"(?m)^ *\d+ +\d+ +true\b")
        for name in ("ebpf-record", "ebpf-analyze"):
            version = self.inside(f"/usr/bin/{name}", "--version").split()[-1]
            self.assertEqual(f"{version}-1", self.field("ebpf-trace", "Version"))
            self.assertIn(f"/man1/{name}.1.gz", self.inside("man", "-w", name))
            self.assertIn(f"{name} ", self.inside("man", name, env=plain_environment(MANPAGER="cat", MANWIDTH="100")))
        self.assertIn("ebpf-view", self.inside("ebpf-view", "--version")) if "ebpf-view" in self.packages else None
        self.assertIn("-lebpftrace", self.inside("pkg-config", "--libs", "ebpftrace"))
        self.check_completion()
        self.check_service()
        self.check_parts_of_earlier_recordings()

    def check_completion(self):
        def completes(*words):
            name = os.path.basename(words[0])
            script = (f". /usr/share/bash-completion/completions/{name}; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); "
                      f"_{name.replace('-', '_')}; echo \"${{COMPREPLY[@]}}\"")
            return self.inside("bash", "-c", script, "bash", *words).split()

        ours = ("ebpf-record", "ebpf-analyze", *(("ebpf-ship", "ebpf-load") if "ebpf-ship" in self.packages else ()))
        for name in ours:
            options = set(re.findall(r"(?m)^ {2}(?:-\w,)?(--[a-z][a-z-]*)", self.inside(name, "--help").split("Examples:")[0]))
            self.assertGreater(len(options), 8)
            self.assertLessEqual(options, set(completes(name, "--")))
            for path, form in ((f"zsh/vendor-completions/_{name}", r"'(--[a-z-]+)\["), (f"fish/vendor_completions.d/{name}.fish", r" -l ([a-z-]+) ")):
                with open(self.at(f"/usr/share/{path}"), encoding="utf-8") as file:
                    self.assertLessEqual(options, {f"--{option.lstrip('-')}" for option in re.findall(form, file.read())}, path)
        self.assertEqual(completes("ebpf-analyze", "x", "--top"), ["--top-io", "--top-files"])
        self.assertEqual(completes("ebpf-record", "--probe", "k"), ["kprobe"])
        self.assertEqual(completes("ebpf-record", "--rot"), ["--rotate"])
        if "ebpf-ship" in self.packages:
            self.assertEqual(completes("ebpf-ship", "/var/spool", "--hea"), ["--headers-topic"])
            self.assertIn("/etc/ebpf-record.conf", completes("ebpf-load", "--config", "/etc/ebpf-record."))
            self.assertIn("'csh' is none of", self.inside("ebpf-load", "--completion", "csh", status=1))
        self.assertIn("/etc/ebpf-record.conf", completes("ebpf-record", "--config", "/etc/ebpf-record."))
        # What follows is the command's: its name, then its arguments, of which none are ours.
        self.assertIn("dpkg-deb", completes("ebpf-record", "-o", "x", "--", "dpkg-d"))
        self.assertIn("dpkg-deb", completes("ebpf-record", "-q", "dpkg-d"))
        self.assertEqual(completes("ebpf-record", "-o", "x", "ls", "--rot"), [])

    def check_service(self):
        if not shutil.which("systemd-analyze"):
            print("systemd-analyze is not installed: the unit was not checked ... ", end="", flush=True)
            return
        self.assertEqual(self.inside("systemd-analyze", "verify", f"/usr/lib/systemd/system/{SERVICE}"), "")
        said = self.inside("systemd-analyze", "security", "--offline=yes", f"--threshold={MOST_EXPOSED}", SERVICE)
        print(re.search(r"exposure level.*: (.*?) ", said)[0], "... ", end="", flush=True)

    def check_parts_of_earlier_recordings(self):
        """record-machine as the service calls it, but of one process: beside its own parts it leaves the newest of the earlier ones."""
        folder = self.at("/tmp/state")
        os.mkdir(folder)
        for age in range(6):
            path = os.path.join(folder, f"20200101T00000{age}Z.0001.trace")
            with open(path, "w", encoding="ascii"):
                pass
            os.utime(path, (time.time() - age, time.time() - age))
        with open(os.path.join(folder, "notes"), "w", encoding="ascii"):
            pass
        with subprocess.Popen(["sleep", "3"]) as sleeper:
            with open(self.at("/etc/ebpf-record.conf"), "a", encoding="ascii") as file:
                file.write(f"pid = {sleeper.pid}\n")
            self.inside("/usr/libexec/ebpf-trace/record-machine", "/tmp/state", "2", "--config", "/etc/ebpf-record.conf", "--rotate", "1s")
        left = sorted(os.listdir(folder))
        self.assertEqual([name for name in left if name.startswith("2020")], [f"20200101T00000{age}Z.0001.trace" for age in (0, 1)])
        self.assertIn("notes", left)
        own = [name for name in left if name.endswith(".trace") and not name.startswith("2020")]
        self.assertEqual(len(own), 2)
        for name in own:
            self.assertEqual(stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode), 0o600)
            self.inside("ebpf-analyze", f"/tmp/state/{name}", "--verify")
        for words in (("/nowhere", "2"), ("/tmp/state", "0"), ("/tmp/state", "many"), ()):
            self.assertIn("record-machine: '", self.inside("/usr/libexec/ebpf-trace/record-machine", *words, status=2))

    def check_removal(self):
        self.inside("dpkg", "--purge", *[name for name in PARTS if name in self.packages])
        for package in self.packages:
            self.assertEqual([path for path in self.files(package) if os.path.lexists(self.at(path))], [])


def main():
    for program in ("cpack", "dpkg", "dpkg-shlibdeps", "chroot", "unshare", "man"):
        if not shutil.which(program):
            print(f"skipped, because {program} is not installed")
            sys.exit(SKIPPED)
    become_root()
    reason = may_record()
    if reason:
        print(f"skipped, because {reason}")
        sys.exit(SKIPPED)
    if IN_OWN_MOUNTS not in os.environ:
        words = ["unshare", "--mount", "--propagation", "private", sys.executable, "-B", *sys.argv]
        os.execvpe(words[0], words, {**os.environ, IN_OWN_MOUNTS: "1"})
    unittest.main(argv=sys.argv[:1], verbosity=2)


if __name__ == "__main__":
    main()
