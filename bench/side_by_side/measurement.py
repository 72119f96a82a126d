# SPDX-License-Identifier: Apache-2.0
"""Runs workloads untraced and traced in turns. Everything that a run leaves behind is in one scratch directory, and
whatever ends a measurement, its process group is stopped first: SIGINT and time to clean up, then SIGKILL."""

import contextlib
import dataclasses
import os
import pathlib
import re
import resource
import shutil
import signal
import statistics
import subprocess
import tempfile

from side_by_side.tools import Account, Tool, ToolFailure
from side_by_side.workloads import Workload

LONGEST_RUN_S = 900
TIME_TO_CLEAN_UP_S = 20


@dataclasses.dataclass
class Run:
    ns_per_unit: float
    cpu_s: float  # of all processes of the run, the recorder's among them
    stderr: str


@dataclasses.dataclass
class Pair:
    """An untraced run and the traced one right after it: times drift within minutes, so only neighbours compare."""
    untraced_ns: float
    traced_ns: float
    added_cpu_s: float
    file_bytes: int
    account: Account


@dataclasses.dataclass
class Result:
    workload: Workload
    tool: str
    count: int
    pairs: list[Pair] = dataclasses.field(default_factory=list)

    def median(self, value) -> float:
        return statistics.median(value(pair) for pair in self.pairs)

    def added_ns_per_call(self) -> float:
        return self.median(self._added)

    def added_quartiles(self) -> tuple[float, float]:
        added = [self._added(pair) for pair in self.pairs]
        if len(added) < 2:
            return added[0], added[0]
        low, _, high = statistics.quantiles(added, n=4, method="inclusive")
        return low, high

    def calls(self) -> int:
        return self.workload.calls(self.count)

    def _added(self, pair: Pair) -> float:
        return (pair.traced_ns - pair.untraced_ns) / self.workload.calls_per_unit


@contextlib.contextmanager
def scratch_directory(parent: pathlib.Path | None):
    with tempfile.TemporaryDirectory(prefix="ebpf-bench-", dir=parent) as directory:
        file = pathlib.Path(directory) / "4k"
        file.write_bytes(os.urandom(4096))
        yield pathlib.Path(directory)


class Laboratory:
    def __init__(self, workload_program: pathlib.Path, scratch: pathlib.Path):
        self._program, self._scratch = workload_program, scratch
        # A recorder that hands its command back to the user behind sudo would be measured differently from the rest.
        self._environment = {k: v for k, v in os.environ.items() if not k.startswith("SUDO_")} | {"LC_ALL": "C"}

    def pair(self, workload: Workload, count: int, tool: Tool) -> Pair:
        command = workload.command(self._program, count, self._scratch / "4k")
        output = self._scratch / "recording"
        try:
            untraced = self._run(command)
            traced = self._run(tool.command(output, command))
            return Pair(untraced.ns_per_unit, traced.ns_per_unit, traced.cpu_s - untraced.cpu_s, _size(output),
                        tool.account(output, traced.stderr))
        finally:
            _remove(output)

    def warm_up(self, workload: Workload, count: int) -> None:
        self._run(workload.command(self._program, max(1, count // 4), self._scratch / "4k"))

    def _run(self, command: list[str]) -> Run:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, cwd=self._scratch, env=self._environment, text=True,
                                   errors="replace", start_new_session=True)
        try:
            _, stderr = process.communicate(timeout=LONGEST_RUN_S)
        except subprocess.TimeoutExpired:
            raise ToolFailure(f"did not end within {LONGEST_RUN_S} s: {' '.join(command)}") from None
        finally:
            _stop(process)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        said = re.search(r"workload: ([\d.]+) ns per unit", stderr)
        if process.returncode != 0 or not said:
            raise ToolFailure(f"exit status {process.returncode} of {' '.join(command)}: {stderr.strip()[-300:]}")
        return Run(float(said[1]), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, stderr)


def _stop(process: subprocess.Popen) -> None:
    """Ends a process that did not end by itself, and whatever is left of its group."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=TIME_TO_CLEAN_UP_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _size(output: pathlib.Path) -> int:
    files = output.rglob("*") if output.is_dir() else [output] if output.exists() else []
    return sum(file.stat().st_size for file in files)


def _remove(output: pathlib.Path) -> None:
    if output.is_dir():
        shutil.rmtree(output)
    else:
        output.unlink(missing_ok=True)
