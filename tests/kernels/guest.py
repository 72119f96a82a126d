#!/usr/bin/python3 -S
# SPDX-License-Identifier: Apache-2.0
"""The first process of the guest: mounts, runs /plan.json, says each result as a line of JSON on the second serial port,
powers off. Called with the path of a test file, it runs that one and prints what came of it.
"""
import contextlib
import ctypes
import importlib.util
import json
import os
import subprocess
import sys
import time
import traceback
import unittest

MOUNTS = (("proc", "/proc"), ("sysfs", "/sys"), ("devtmpfs", "/dev"), ("devpts", "/dev/pts"), ("tmpfs", "/tmp"),
          ("tracefs", "/sys/kernel/tracing"), ("securityfs", "/sys/kernel/security"), ("cgroup2", "/sys/fs/cgroup"))
FILE_SECONDS = 400  # an emulated CPU is ten times slower and more
LIBC = ctypes.CDLL(None, use_errno=True)
INIT_MODULE = 175
POWER_OFF = 0x4321FEDC


def run_file(path):
    """One test file in this process; {"ok": n, "failed": [[name, why]], "skipped": [[name, why]]}."""
    sys.path.insert(0, os.path.dirname(path))
    if os.path.dirname(path) != "/tests/live":
        sys.path.insert(1, "/tests/live")
    spec = importlib.util.spec_from_file_location(os.path.basename(path)[:-3], path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    suite = unittest.TestLoader().loadTestsFromModule(module)
    with contextlib.redirect_stdout(sys.stderr):  # ours is for the result
        result = unittest.TextTestRunner(stream=sys.stderr, verbosity=2).run(suite)

    def named(cases):
        return [[case.id().split(".", 1)[-1], why] for case, why in cases]

    failed = named(result.failures + result.errors)
    skipped = named(result.skipped)
    not_ok = {getattr(case, "test_case", case).id() for case, _ in result.failures + result.errors + result.skipped}  # not by subtest
    return {"ok": result.testsRun - len(not_ok), "failed": failed, "skipped": skipped}


def run_in_process(path, environment):
    begin = time.monotonic()
    result = {"ok": 0, "failed": [], "skipped": []}
    try:
        done = subprocess.run([sys.executable, "-S", __file__, path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              env={**os.environ, **environment}, timeout=FILE_SECONDS)
        result = json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        result["failed"] = [[os.path.basename(path), f"not done after {FILE_SECONDS} s"]]
    except (IndexError, ValueError):
        result["failed"] = [[os.path.basename(path), f"ended with status {done.returncode} and no result"]]
    return {**result, "seconds": round(time.monotonic() - begin)}


def prepare():
    for kind, place in MOUNTS:
        os.makedirs(place, exist_ok=True)
        subprocess.run(["mount", "-t", kind, kind, place], check=False)
    os.chmod("/tmp", 0o1777)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=False)
    with open("/modules", encoding="ascii") as modules:
        for name in modules.read().split():
            with open(name, "rb") as module:
                content = module.read()
            if LIBC.syscall(INIT_MODULE, content, len(content), b"") != 0:
                print(f"cannot load {name}: {os.strerror(ctypes.get_errno())}")
    with open("/proc/sys/kernel/hostname", "w", encoding="ascii") as name:
        name.write("guest")


def run_plan():
    prepare()
    with open("/plan.json", encoding="utf-8") as file:
        plan = json.load(file)
    with open("/dev/ttyS1", "w", encoding="utf-8") as results:
        def say(**what):
            results.write(json.dumps(what) + "\n")
            results.flush()

        say(release=os.uname().release)
        for backend, path in plan["runs"]:
            if time.monotonic() > plan["seconds"]:  # which counts from boot
                name = os.path.basename(path)
                say(backend=backend, file=name, ok=0, failed=[], skipped=[[name, "no time was left"]], seconds=0)
                continue
            print(f"== {backend}: {path}", flush=True)
            environment = {**plan["environment"], "EBPF_PROBE": backend}
            say(backend=backend, file=os.path.basename(path), **run_in_process(path, environment))
        for words in plan.get("commands", []):
            print(f"== {' '.join(words)}", flush=True)
            words = ["timeout", str(plan["seconds"]), *words]
            done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            say(command=words, status=done.returncode, output=done.stdout.decode(errors="replace"))
        say(done=True)


def main():
    os.environ.update(PATH="/usr/local/bin:/usr/bin:/usr/sbin", HOME="/root", LC_ALL="C", PYTHONDONTWRITEBYTECODE="1")
    try:
        run_plan()
    except Exception:  # a first process that ends is a panic, whose trace hides why
        traceback.print_exc()
    sys.stderr.flush()
    os.sync()
    LIBC.reboot(POWER_OFF)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(run_file(sys.argv[1])))
    else:
        main()
