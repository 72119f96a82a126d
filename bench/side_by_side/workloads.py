# SPDX-License-Identifier: Apache-2.0
"""The workloads W1 to W4: what bench/workload is started with, and what one unit of its answer is."""

import dataclasses
import pathlib


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    describes: str  # with {count}
    count: int  # units at --scale 1, in each thread
    calls_per_unit: int
    arguments: tuple[str, ...]  # with {count} and {file}
    threads: int = 1
    single_process: bool = True

    def command(self, program: pathlib.Path, count: int, file: pathlib.Path) -> list[str]:
        return [str(program), *(part.format(count=count, file=file) for part in self.arguments)]

    def calls(self, count: int) -> int:
        """System calls that a run makes, but for the few of starting and ending a process."""
        return count * self.threads * self.calls_per_unit

    def title(self, count: int) -> str:
        return self.describes.format(count=f"{count:,}")


WORKLOADS = (
    Workload("W1", "{count} x read(/dev/zero, 1 byte) in one thread", 2_000_000, 1, ("read", "{count}", "1")),
    Workload("W2", "{count} x read(/dev/zero, 1 byte) in each of two threads", 2_000_000, 1,
             ("read", "{count}", "2"), threads=2),
    Workload("W3", "{count} x (openat + fstat + read 4 KiB + close) of one file", 300_000, 4,
             ("file", "{count}", "{file}")),
    # 33 with glibc 2.36 and Debian 12's true: `strace -fc bench/workload fork 100`
    Workload("W4", "{count} x fork + exec /bin/true + wait (33 calls each)", 3_000, 33, ("fork", "{count}"),
             single_process=False),
)
