# SPDX-License-Identifier: Apache-2.0
"""What a result has to be read with: the machine, and what else slows system calls down on it right now."""

import os
import pathlib
import re

TRACEFS = pathlib.Path("/sys/kernel/tracing")
VULNERABILITIES = pathlib.Path("/sys/devices/system/cpu/vulnerabilities")


def describe() -> str:
    """Mitigations are part of it: they decide what an indirect call and a return cost, and a tracer makes many."""
    model = re.search(r"^model name\s*: (.*)$", _read(pathlib.Path("/proc/cpuinfo")), re.MULTILINE)
    kernel = os.uname()
    return (f"kernel {kernel.release} {kernel.machine}, {model[1] if model else 'unknown CPU'}, "
            f"{len(os.sched_getaffinity(0))} CPUs, load {os.getloadavg()[0]:.2f}\n{_mitigations()}")


def _mitigations() -> str:
    states = {file.name: _read(file).partition(";")[0].strip() for file in sorted(VULNERABILITIES.glob("*"))}
    relevant = [f"{name} ({state})" for name, state in states.items() if state not in ("", "Not affected")]
    return f"vulnerabilities: {', '.join(relevant) or 'none'}"


def disturbances() -> list[str]:
    """Reasons why "untraced" would not be untraced, or not be alone."""
    found = []
    for tracer in [TRACEFS, *sorted(TRACEFS.glob("instances/*"))]:
        for group in ("raw_syscalls", "syscalls"):
            if _read(tracer / "events" / group / "enable").strip() not in ("", "0"):
                found.append(f"somebody traces system calls: {tracer}/events/{group} is enabled")
    load = os.getloadavg()[0]
    if load > 0.3:
        found.append(f"the machine is busy: load average {load:.2f}")
    return found


def _read(path: pathlib.Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
