# SPDX-License-Identifier: Apache-2.0
"""A guest: another kernel with our programs and tests, in a virtual machine without hardware support."""
import json
import os
import shutil
import subprocess

from root_file_system import Root

HERE = os.path.dirname(os.path.realpath(__file__))
LIVE = os.path.join(HERE, "..", "live")
FAULTS = os.path.join(HERE, "..", "faults")  # what it makes of a trace's counts
FORMAT = os.path.join(HERE, "..", "format")  # the reader that some of them use
MODULES = ("veth", "loop", "quota_v2")
MEMORY_MIB = 1024
# Both of the guest's CPUs on one thread: on two, QEMU before 8.1 (commit deba78709a7c, Launchpad bug 2051965) may run half an
# instruction that another CPU is changing. Whoever attaches to tracepoints changes the kernel's code: "Oops: int3" in
# __schedule and CPUs that were stuck for good were the result. As two guests run at a time, it costs little.
ACCELERATOR = "tcg,thread=single"
# Else the kernel distrusts the emulated counter and takes the HPET: each reading of the clock then is a system call of the
# program and microseconds of emulation, in BPF programs as well.
CLOCK = "tsc=reliable clocksource=tsc"


def make_guest(kernel, build, work):
    """What the guest does is for the caller to write: /plan.json, see guest.py."""
    root = Root(os.path.join(work, "root"))
    root.add_programs()
    root.add_python()
    root.add_modules(kernel, MODULES)
    for program in ("recorder/ebpf-record", "analyzer/ebpf-analyze", "tests/recorder/network_program_tests"):
        root.copy(os.path.join(build, program), f"/usr/local/bin/{os.path.basename(program)}", strip=True)
    for folder in (LIVE, FAULTS, FORMAT, HERE):
        shutil.copytree(folder, root.path(f"/tests/{os.path.basename(os.path.realpath(folder))}"),
                        ignore=shutil.ignore_patterns("__pycache__"))
    os.mkdir(root.path("/tests/workloads"))
    workloads = os.path.join(LIVE, "workloads")
    for source in sorted(os.listdir(workloads)):
        subprocess.run(["cc", "-O2", "-pthread", "-static", "-o", root.path(f"/tests/workloads/{source[:-2]}"),
                        os.path.join(workloads, source)], check=True, timeout=120)
    root.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n")
    root.write("/etc/group", "root:x:0:\nnogroup:x:65534:\n")
    shutil.copy2(os.path.join(HERE, "guest.py"), root.path("/init"))
    os.chmod(root.path("/init"), 0o755)
    return root


def boot(kernel, initramfs, work, seconds, cpus=2):
    """Runs the guest to its end; its results, and the end of its console if it did not get there."""
    console, results = os.path.join(work, "console"), os.path.join(work, "results")
    words = ["qemu-system-x86_64", "-accel", ACCELERATOR, "-cpu", "max", "-smp", str(cpus), "-m", str(MEMORY_MIB), "-display", "none",
             "-no-reboot", "-nic", "none", "-kernel", kernel.image, "-initrd", initramfs,
             "-append", f"console=ttyS0 quiet panic=-1 {CLOCK}", "-serial", f"file:{console}", "-serial", f"file:{results}"]
    try:
        subprocess.run(words, stdin=subprocess.DEVNULL, timeout=seconds, check=False)
        why = "the guest ended before its plan did"
    except subprocess.TimeoutExpired:
        why = f"the guest was not done after {seconds} s"
    with open(results, encoding="utf-8", errors="replace") as file:
        said = [json.loads(line) for line in file if line.endswith("\n")]
    return said, None if said and said[-1].get("done") else f"{why}; its console is {console}"
