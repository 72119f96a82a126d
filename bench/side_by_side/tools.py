# SPDX-License-Identifier: Apache-2.0
"""The recorders that are compared: how each is started, and how it is asked what it recorded and what it lost."""

import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess


class ToolFailure(Exception):
    """A tool did not run, or its answer cannot be read. The message is for the report."""


@dataclasses.dataclass
class Account:
    """What a recorder says of one run, in system calls: a tool that writes two events per call counts halves."""
    recorded: float
    lost: float
    consumer_ns: float | None = None  # CPU time per record in the reading thread, where it is told


class Tool:
    """One row of the table. `available` raises ToolFailure; `account` may, too."""
    name: str
    default = True     # measured if no tools are named
    count_divisor = 1  # for tools that are so slow that fewer units say the same

    def available(self) -> None:
        raise NotImplementedError

    def fits(self, workload) -> bool:
        return True

    def command(self, output: pathlib.Path, workload: list[str]) -> list[str]:
        raise NotImplementedError

    def account(self, output: pathlib.Path, stderr: str) -> Account:
        raise NotImplementedError


def _need_program(path: pathlib.Path) -> None:
    if not os.access(path, os.X_OK) or not path.is_file():
        raise ToolFailure(f"{path} is missing or cannot be executed; build it first")


def _need_on_path(name: str) -> None:
    if not shutil.which(name):
        raise ToolFailure(f"{name} is not installed")


def _ask(*command: str | os.PathLike) -> str:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    if done.returncode != 0:
        raise ToolFailure(f"{pathlib.Path(command[0]).name} failed on the recording: {done.stderr.strip()[-300:]}")
    return done.stdout


def _printed(pattern: str, stderr: str) -> re.Match:
    found = re.search(pattern, stderr)
    if not found:
        raise ToolFailure(f"unexpected output: {stderr.strip()[-300:]}")
    return found


class EbpfRecord(Tool):
    name = "ebpf-record"

    def __init__(self, recorder: pathlib.Path, analyzer: pathlib.Path, probe: str | None = None):
        self._recorder, self._analyzer = recorder, analyzer
        self._options = ["--probe", probe] if probe else []
        if probe:  # a back end by name is measured only when asked for: not every kernel has each
            self.name, self.default = f"ebpf-record-{probe}", False

    def available(self):
        _need_program(self._recorder)
        _need_program(self._analyzer)
        if self._options:
            done = subprocess.run([self._recorder, "-q", *self._options, "-o", "-", "--", "true"], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
            if done.returncode != 0:
                raise ToolFailure(done.stderr.strip()[-300:])

    def command(self, output, workload):
        return [str(self._recorder), "-q", *self._options, "-o", str(output), "--", *workload]

    def account(self, output, stderr):
        answer = _ask(self._analyzer, output, "--format", "json")
        try:
            rows = json.loads(answer)["rows"]
            return Account(sum(row["events"] for row in rows), sum(row["lost"] for row in rows))
        except (ValueError, KeyError, TypeError) as error:
            raise ToolFailure(f"ebpf-analyze printed no summary with events and lost: {error!r}") from error


class EbpfRecordReturns(EbpfRecord):
    """Calls are looked at when they return only."""
    name = "ebpf-record-no-latency"

    def __init__(self, recorder: pathlib.Path, analyzer: pathlib.Path):
        super().__init__(recorder, analyzer)
        self._options = ["--no-latency"]


class EbpfRecordOthers(EbpfRecord):
    """The workload runs while others are recorded: nobody has this name."""
    name = "ebpf-record-others"

    def __init__(self, recorder: pathlib.Path, analyzer: pathlib.Path):
        super().__init__(recorder, analyzer)
        self._options = ["--comm", "(nobody)"]

    def available(self):
        _need_program(self._recorder)
        _need_program(self._analyzer)


class Perf(Tool):
    """16 MiB of buffer per CPU, as the others; the default loses 40 % of W2."""
    name = "perf"

    def available(self):
        _need_on_path("perf")

    def command(self, output, workload):
        events = "raw_syscalls:sys_enter,raw_syscalls:sys_exit"
        return ["perf", "record", "-q", "-m", "16M", "-e", events, "-o", str(output), "--", *workload]

    def account(self, output, stderr):
        # Per event, LOST_SAMPLES counts samples (PERF_FORMAT_LOST); in the part above it counts records about them.
        statistics = _ask("perf", "report", "--stats", "-i", output).partition("raw_syscalls:")[2]
        if not statistics:
            raise ToolFailure("perf report --stats says nothing of raw_syscalls")

        def total(kind):
            return sum(int(n) for n in re.findall(rf"\b{kind} events:\s+(\d+)", statistics))
        return Account(total("SAMPLE") / 2, total("LOST_SAMPLES") / 2)


class Ftrace(Tool):
    """What trace-cmd records of raw_syscalls; 16 MiB of buffer per CPU."""
    name = "ftrace"

    def __init__(self, programs: pathlib.Path):
        self._program = programs / "ftrace_record"

    def available(self):
        _need_program(self._program)

    def command(self, output, workload):
        output.mkdir()
        return [str(self._program), str(output), "--", *workload]

    def account(self, output, stderr):
        said = _printed(r"ftrace_record: events=(\d+) lost=(\d+)", stderr)
        return Account(int(said[1]) / 2, int(said[2]) / 2)


class Strace(Tool):
    name = "strace"
    default = False
    count_divisor = 50  # 100 times slower than not traced

    def available(self):
        _need_on_path("strace")

    def command(self, output, workload):
        return ["strace", "-f", "-o", str(output), "--", *workload]

    def account(self, output, stderr):
        # The kernel waits for strace, so nothing is lost. "resumed" is the second line of a call.
        with output.open(errors="replace") as lines:
            return Account(sum(1 for line in lines if "(" in line and "resumed>" not in line), 0)


class Floor(Tool):
    """A reference program of floor.bpf.c; only for workloads of one process."""

    def __init__(self, programs: pathlib.Path, mode: str, transport: str):
        self.name = f"floor-{mode}-{transport}"
        self._program, self._arguments = programs / "floor", [mode, transport]

    def available(self):
        _need_program(self._program)

    def fits(self, workload):
        return workload.single_process

    def command(self, output, workload):
        return [str(self._program), *self._arguments, "--", *workload]

    def account(self, output, stderr):
        said = _printed(r"floor: events=(\d+) lost=(\d+) consumer_ns=([\d.]+)", stderr)
        return Account(int(said[1]), int(said[2]), float(said[3]))


def all_tools(build: pathlib.Path, recorder: pathlib.Path, analyzer: pathlib.Path) -> list[Tool]:
    """In the order of a round: those that a bar compares run next to each other, and strace is the last."""
    programs = build / "bench"
    return [
        Floor(programs, "storage64", "own"),
        EbpfRecord(recorder, analyzer),
        *(EbpfRecord(recorder, analyzer, probe) for probe in ("tracepoint", "kprobe", "fentry")),
        Ftrace(programs),
        Floor(programs, "empty", "own"),
        EbpfRecordOthers(recorder, analyzer),
        Floor(programs, "storage64", "ringbuf"),
        Floor(programs, "exit64", "own"),
        EbpfRecordReturns(recorder, analyzer),
        Floor(programs, "exit64", "ringbuf"),
        Perf(),
        Strace(),
    ]
