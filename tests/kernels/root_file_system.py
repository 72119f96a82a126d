# SPDX-License-Identifier: Apache-2.0
"""The machine's user land in the guest: programs of this machine with their libraries, as an initramfs."""
import glob
import lzma
import os
import re
import shutil
import subprocess

# What the tests record or compare with. Packages, because a test may name any of their programs.
PACKAGES = ("coreutils", "findutils", "util-linux", "mount", "tar", "grep", "sed", "dash", "bash", "strace", "procps",
            "diffutils", "iproute2", "gzip", "zstd", "make", "mawk", "libc-bin", "bpftool", "libcap2-bin", "e2fsprogs")
TREES = ("/usr/include/linux",)  # many small files to read
PYTHON = "/usr/bin/python3"  # Debian's, whatever else is in PATH
NOT_OF_PYTHON = ("test", "tests", "idlelib", "ensurepip", "tkinter", "lib2to3", "pydoc_data", "distutils", "config-*", "dist-packages")
FOLDERS = ("proc", "sys", "dev", "tmp", "run", "root", "var/tmp", "etc", "usr/local/bin")
LIBRARY = re.compile(r"(/\S+) \(0x")


def libraries(file):
    """The shared libraries that the file is loaded with; none for a static one or a script."""
    said = subprocess.run(["ldd", file], capture_output=True, text=True, timeout=60)
    return LIBRARY.findall(said.stdout)


class Root:
    """A folder that becomes the guest's /."""

    def __init__(self, folder):
        self.folder = folder
        for name in FOLDERS:
            os.makedirs(os.path.join(folder, name), exist_ok=True)
        os.chmod(os.path.join(folder, "tmp"), 0o1777)
        for name in ("bin", "sbin", "lib", "lib64"):  # merged into usr, as Debian has it
            os.makedirs(os.path.join(folder, "usr", name), exist_ok=True)
            os.symlink(f"usr/{name}", os.path.join(folder, name))

    def path(self, name):
        return os.path.join(self.folder, name.lstrip("/"))

    def copy(self, source, name=None, strip=False):
        """A file with its libraries; a symbolic link becomes what it leads to."""
        target = self.path(name or source)
        if os.path.exists(target):
            return
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy2(os.path.realpath(source), target)
        if strip:
            subprocess.run(["strip", target], check=True, timeout=60)
        for library in libraries(source):
            self.copy(library)

    def write(self, name, text, mode=0o644):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(name), mode)

    def add_programs(self):
        for package in PACKAGES:
            listed = subprocess.run(["dpkg", "-L", package], capture_output=True, text=True, timeout=60).stdout.split("\n")
            for file in listed:
                if re.fullmatch(r"(/usr)?/s?bin/[^/]+", file) and os.path.isfile(file):
                    self.copy(file)
        for tree in TREES:
            shutil.copytree(tree, self.path(tree), dirs_exist_ok=True)
        for link, program in (("sh", "dash"), ("awk", "mawk")):
            if os.path.exists(self.path(f"usr/bin/{program}")) and not os.path.exists(self.path(f"usr/bin/{link}")):
                os.symlink(program, self.path(f"usr/bin/{link}"))

    def add_python(self):
        self.copy(PYTHON)
        stdlib = subprocess.run([PYTHON, "-c", "import os; print(os.path.dirname(os.__file__))"], capture_output=True, text=True,
                                check=True, timeout=60).stdout.strip()
        shutil.copytree(stdlib, self.path(stdlib), ignore=shutil.ignore_patterns(*NOT_OF_PYTHON), symlinks=False,
                        ignore_dangling_symlinks=True)
        for module in glob.glob(os.path.join(stdlib, "lib-dynload", "*.so")):
            for library in libraries(module):
                self.copy(library)

    def add_modules(self, kernel, names):
        """Kernel modules and what they depend on, in the order of loading, listed in /modules."""
        loaded = {}  # name: content, in the order of loading

        def add(name):
            if name in loaded:
                return
            tree = os.path.join(kernel.folder, "lib/modules", kernel.release, "kernel/**")
            file, = glob.glob(os.path.join(tree, f"{name}.ko"), recursive=True) + glob.glob(os.path.join(tree, f"{name}.ko.xz"), recursive=True)
            with (lzma.open if file.endswith(".xz") else open)(file, "rb") as module:
                content = module.read()
            needed = re.search(rb"\0depends=([^\0]*)\0", content)
            for other in needed[1].decode().split(",") if needed else ():
                if other:
                    add(other)
            loaded[name] = content

        for name in names:
            add(name)
        os.mkdir(self.path("/modules.d"))
        for name, content in loaded.items():
            with open(self.path(f"/modules.d/{name}.ko"), "wb") as module:
                module.write(content)
        self.write("/modules", "".join(f"/modules.d/{name}.ko\n" for name in loaded))

    def pack(self, image):
        """Not compressed: unpacking takes an emulated CPU longer than reading."""
        with open(image, "wb") as to:
            find = subprocess.Popen(["find", ".", "-print0"], cwd=self.folder, stdout=subprocess.PIPE)
            subprocess.run(["cpio", "--quiet", "-0", "-o", "-H", "newc", "-R", "0:0"], cwd=self.folder, stdin=find.stdout, stdout=to,
                           check=True, timeout=300)
            find.stdout.close()
            find.wait()
