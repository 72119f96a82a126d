#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Installs the library into a folder of its own and builds the example with it, twice: by CMake and by pkg-config.
usage: install_test.py BUILD SOURCE COMPILER SANITIZED"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

BUILD, SOURCE, COMPILER = sys.argv[1:4]
FLAGS = "-fsanitize=address,undefined" if sys.argv[4] in ("ON", "TRUE", "1") else ""


def run(*words, **options):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode:
        raise AssertionError(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.prefix = os.path.join(cls.folder.name, "prefix")
        run("cmake", "--install", BUILD, "--component", "library", "--prefix", cls.prefix)

    def check(self, program):
        out = run(program, os.path.join(SOURCE, "samples", "file-io.trace"), os.path.join(SOURCE, "samples", "build.trace"))
        self.assertRegex(out.splitlines()[0], r"^ *[0-9]+ us  .")

    def test_by_cmake(self):
        build = os.path.join(self.folder.name, "by-cmake")
        run("cmake", "-S", os.path.join(SOURCE, "examples"), "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}",
            f"-DCMAKE_CXX_COMPILER={COMPILER}", f"-DCMAKE_CXX_FLAGS={FLAGS}")
        run("cmake", "--build", build)
        self.check(os.path.join(build, "slow_files"))

    def test_by_pkg_config(self):
        libraries = next(os.path.join(at, "pkgconfig") for at, folders, _ in os.walk(self.prefix) if "pkgconfig" in folders)
        found = run("pkg-config", "--static", "--cflags", "--libs", "ebpftrace",
                    env=dict(os.environ, PKG_CONFIG_PATH=libraries))
        program = os.path.join(self.folder.name, "by-pkg-config")
        run(COMPILER, *FLAGS.split(), os.path.join(SOURCE, "examples", "slow_files.cc"), "-o", program, *found.split())
        self.check(program)

    def test_headers_say_nothing_of_what_is_below(self):
        for at, _, names in os.walk(os.path.join(self.prefix, "include")):
            for name in names:
                with open(os.path.join(at, name), encoding="utf-8") as file:
                    for included in re.findall(r'#include [<"]([^>"]+)', file.read()):
                        self.assertTrue("/" not in included or included.startswith("analyzer/api/"), (name, included))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
