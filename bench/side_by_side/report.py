# SPDX-License-Identifier: Apache-2.0
"""Turns results into tables, bars and JSON. Computes nothing but the ratios that it prints."""

import dataclasses

from side_by_side.measurement import Result

OURS = "ebpf-record"
OTHERS = "ebpf-record-others"  # of a process that is not recorded
RETURNS = "ebpf-record-no-latency"


@dataclasses.dataclass
class Bar:
    """A promise: ours costs at most (or less than) `limit` times what `reference` costs, in added ns per call."""
    workload: str
    ours: str
    reference: str
    limit: float
    strict: bool
    ratio: float | None = None  # None: not measured

    def met(self) -> bool | None:
        if self.ratio is None:
            return None
        return self.ratio < self.limit if self.strict else self.ratio <= self.limit


RECORDS_NOTHING = (OTHERS, "floor-empty-own")


def bars(results: list[Result], workloads: list[str]) -> list[Bar]:
    """The bars of those workloads that were asked for, measured or not."""
    added = {(r.workload.name, r.tool): r.added_ns_per_call() for r in results if r.pairs}
    found = []
    for workload in (name for name in ("W1", "W2") if name in workloads):
        for bar in (Bar(workload, OURS, "floor-storage64-own", 1.5, False), Bar(workload, OURS, "ftrace", 1, True),
                    Bar(workload, OTHERS, "floor-empty-own", 1.5, False),
                    *([Bar(workload, RETURNS, "floor-exit64-own", 1.35, False)] if workload == "W1" else [])):
            ours, reference = added.get((workload, bar.ours)), added.get((workload, bar.reference))
            if ours is not None and reference is not None and reference > 0:
                bar.ratio = ours / reference
            found.append(bar)
    return found


COLUMNS = ("tool", "runs", "untraced", "traced", "added ns/call", "(quartiles)", "ratio", "lost", "recorded", "B/call",
           "cpu ns/call", "drain ns")


def _row(result: Result) -> tuple[str, ...]:
    calls = result.calls()
    low, high = result.added_quartiles()
    recorded = sum(p.account.recorded for p in result.pairs)
    lost = sum(p.account.lost for p in result.pairs)
    drains = [p.account.consumer_ns for p in result.pairs if p.account.consumer_ns is not None]
    file_bytes = result.median(lambda p: p.file_bytes)
    return (
        result.tool,
        str(len(result.pairs)),
        f"{result.median(lambda p: p.untraced_ns):,.1f}",
        f"{result.median(lambda p: p.traced_ns):,.1f}",
        f"{result.added_ns_per_call():,.1f}",
        f"({low:,.0f}..{high:,.0f})",
        f"{result.median(lambda p: p.traced_ns / p.untraced_ns):.2f}",
        "0" if lost == 0 else f"{lost:,.0f} ({100 * lost / (lost + recorded):.2f} %)",
        f"{100 * recorded / (calls * len(result.pairs)):.2f} %",
        f"{file_bytes / calls:.1f}" if file_bytes else "-",
        f"{result.median(lambda p: p.added_cpu_s) * 1e9 / calls:,.0f}",
        f"{sorted(drains)[len(drains) // 2]:.1f}" if drains else "-",
    )


def table(results: list[Result]) -> str:
    """One workload's results."""
    largest = max(results, key=lambda r: r.count)
    lines = [f"{largest.workload.name}: {largest.workload.title(largest.count)}; times in ns per unit"]
    rows = [COLUMNS, *(_row(r) for r in results)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    for row in rows:
        lines.append("  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:]))]))
    for result in results:
        if result.count != largest.count:
            lines.append(f"  {result.tool} ran with {result.count:,} units")
        if result.tool in RECORDS_NOTHING:
            continue
        missing = missing_share(result)
        if missing > 0.001:
            lines.append(f"  {result.tool}: {100 * missing:.2f} % of calls are neither recorded nor counted as lost")
        elif missing < -0.001:
            lines.append(f"  {result.tool}: recorded or lost {-100 * missing:.2f} % more calls than were made")
    return "\n".join(lines)


def missing_share(result: Result) -> float:
    """Calls that a tool is silent about; for one process only, as else the number of calls is a rule of thumb."""
    if not result.workload.single_process:
        return 0.0
    accounted = sum(p.account.recorded + p.account.lost for p in result.pairs)
    start_and_end = 200 * len(result.pairs)  # loading and leaving a dynamic C++ program: some 60 calls
    expected = result.calls() * len(result.pairs)
    if expected <= accounted <= expected + start_and_end:
        return 0.0
    return 1 - accounted / expected


def bars_text(found: list[Bar]) -> str:
    lines = ["bars (added ns per call, divided by the other's)"]
    for bar in found:
        sign = "<" if bar.strict else "<="
        verdict = {True: "met", False: "MISSED", None: "not measured"}[bar.met()]
        ratio = "   -" if bar.ratio is None else f"{bar.ratio:4.2f}"
        lines.append(f"  {bar.workload}  {bar.ours:18s} / {bar.reference:20s} {ratio}  bar {sign:>2s} {bar.limit:<4g} {verdict}")
    return "\n".join(lines)


def as_json(machine: str, disturbances: list[str], results: list[Result], found: list[Bar],
            not_run: list[str]) -> dict:
    return {
        "machine": machine,
        "disturbances": disturbances,
        "results": [
            {
                "workload": r.workload.name,
                "tool": r.tool,
                "units": r.count,
                "calls": r.calls(),
                "untraced_ns_per_unit": r.median(lambda p: p.untraced_ns),
                "traced_ns_per_unit": r.median(lambda p: p.traced_ns),
                "added_ns_per_call": r.added_ns_per_call(),
                "added_ns_per_call_quartiles": r.added_quartiles(),
                "ratio": r.median(lambda p: p.traced_ns / p.untraced_ns),
                "lost_calls": sum(p.account.lost for p in r.pairs),
                "recorded_calls": sum(p.account.recorded for p in r.pairs),
                "pairs": [dataclasses.asdict(p) for p in r.pairs],
            } for r in results
        ],
        "bars": [dataclasses.asdict(bar) | {"met": bar.met()} for bar in found],
        "not_run": not_run,
    }
