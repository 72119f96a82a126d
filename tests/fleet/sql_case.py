# SPDX-License-Identifier: Apache-2.0
"""What was loaded, asked in SQL, against what ebpf-analyze says of the same traces: cell by cell, question by question."""
import os
import re
import subprocess

from fleet_case import ANALYZE, SCRIPT_TRACE, analyzed, run, sample

DOCUMENTATION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "fleet.md")
SAMPLES = ("build", "file-io", "network", "losses", "killed")


class SqlCase:
    """Beside a fleet_case.Case that has: database, home, rows(sql with {db}) of all servers, one_server to ask about tables."""

    def traces(self):
        """-> {name: file}"""
        return {name: sample(name + ".trace") for name in SAMPLES} | {"no-latency": self.without_durations(), "moves": self.moves()}

    def compare(self, traces):
        for name, file in traces.items():
            answers = analyzed([file], "--sql", "SELECT recording, count(*) AS n FROM events GROUP BY recording")
            recording = answers[0]["recording"]
            where = f"WHERE recording = '{recording}'"
            for table in self.event_tables():
                self.compare_table(file, table, where)
            self.compare_questions(file, name, where)
            questions = {
                "SELECT syscall, count(*) AS calls, sum(duration_ns) AS total, sum(failed) AS errors FROM syscalls GROUP BY syscall",
                "SELECT process, count(*) AS n, sum(read_bytes) AS r, sum(write_bytes) AS w FROM syscalls WHERE bytes > 0 GROUP BY process",
                "SELECT path, count(*) AS n, max(duration_ns) AS d FROM syscalls WHERE path IS NOT NULL GROUP BY path",
                "SELECT error, process, count(*) AS n FROM syscalls WHERE failed GROUP BY error, process",
                "SELECT pid, tid, process, path, argv FROM execs",
                "SELECT class, count(*) AS n FROM syscalls GROUP BY class",
            }
            for sql in questions:
                own = analyzed([file], "--sql", sql)
                columns = re.findall(r"(?:AS (\w+)|(?:SELECT|,) (\w+)(?=,| FROM))", sql.split(" FROM")[0] + " FROM")
                theirs = self.rows(sql.replace(" FROM ", f" FROM {self.database}.").replace(" GROUP", f" AND recording = '{recording}' GROUP", 1)
                                   if " WHERE " in sql else re.sub(r" FROM (\w+)", rf" FROM {self.database}.\1 {where}", sql))
                keys = [a or b for a, b in columns]
                self.assertEqual(sorted(tuple(plain(row[key]) for key in keys) for row in own), sorted(tuple(unescaped(cell) for cell in row) for row in theirs), sql)

        with self.subTest("the questions of the documentation"):
            with open(DOCUMENTATION, encoding="utf-8") as file:
                questions = [line for line in file.read().split("```sql\n")[1].split("```")[0].splitlines() if line.startswith("SELECT")]
            self.assertGreaterEqual(len(questions), 12)
            for sql in questions:
                self.one_server.ask(re.sub(r"\b(FROM) (\w+)", rf"\1 {self.database}.\2", sql))

    def without_durations(self):
        """What ebpf-record --no-latency records: NULL in the table, no zeros that would count."""
        path = os.path.join(self.home, "no-latency.trace")
        script = "no durations\n" + "".join(f"{10 * i}us cat read fd=3 count=4096 {i} file=/etc/passwd\n" for i in range(1, 200)) + "3ms cat write fd=1 -EPIPE\n"
        with open(path, "wb") as file:
            subprocess.run([SCRIPT_TRACE], input=script.encode(), stdout=file, check=True)
        return path

    def moves(self):
        """Bytes in all directions, and errors with and without a name: what tables compute of other columns."""
        calls = ("a read fd=3 500 file=/in", "a read fd=3 0 file=/in", "a write fd=4 7 file=/out", "a write fd=4 0", "a sendfile out_fd=4 in_fd=3 count=9 7 file=/out file2=/in",
                 "a tee fdin=3 fdout=4 9", "a sendmmsg fd=3 2 moved=70", "a recvfrom fd=3 500 peeked=40", "a recvfrom fd=3 40 moved=0 peeked=40", "a close fd=3 0",
                 "a read fd=3 -EAGAIN", "a read fd=3 -ERESTARTSYS", "a read fd=3 -134", "a read fd=3 -4095", "a read fd=3 -4096", "a read fd=3 unfinished", "a getpid 7")
        path = os.path.join(self.home, "moves.trace")
        with open(path, "wb") as file:
            subprocess.run([SCRIPT_TRACE], input="".join(f"{10 * i + 10}us {call}\n" for i, call in enumerate(calls)).encode(), stdout=file, check=True)
        return path

    def event_tables(self):
        names = [row[0] for row in self.one_server.rows(f"SELECT DISTINCT `table` FROM system.columns WHERE database = '{self.database}' AND name = 'boot_ns'")]
        self.assertLessEqual({"syscalls", "packets", "findings", "markers"}, set(names))
        return names

    def compare_questions(self, file, name, where):
        """The analyzer's own answers, not its SQL."""
        for question, keys, sql in (
                ("--syscalls", ("syscall", "calls", "errors", "total_ns"),
                 "SELECT syscall, count(), sum(failed), sum(duration_ns) FROM {db}.syscalls {where} GROUP BY syscall"),
                ("--errors", ("syscall", "error", "path", "errors", "processes", "total_ns"),
                 "SELECT syscall, error, path, count(), uniqExact(pid), sum(duration_ns) FROM {db}.syscalls {where} AND failed GROUP BY syscall, error, path"),
                ("--top-io", ("pid", "read_bytes", "write_bytes"),
                 "SELECT pid, sum(ifNull(read_bytes, 0)) AS r, sum(ifNull(write_bytes, 0)) AS w FROM {db}.syscalls {where} GROUP BY pid HAVING r + w > 0"),
                ("--slowest", ("duration_ns", "pid", "tid", "process", "syscall", "path", "unfinished"),
                 "SELECT duration_ns, pid, tid, process, syscall, path, unfinished FROM {db}.syscalls {where}")):
            own = analyzed([file], question, "-n", "0")
            if question == "--top-io":
                own = [row for row in own if row["read_bytes"] + row["write_bytes"]]
            if question == "--slowest" and name in ("losses", "no-latency"):
                continue  # more calls than it lists; none that it knows a duration of
            theirs = self.rows(sql.replace("{where}", where))
            self.assertTrue(own, question)
            self.assertEqual(sorted(tuple(plain(row[key]) for key in keys) for row in own), sorted(tuple(unescaped(cell) for cell in row) for row in theirs),
                             (file, question))

    def compare_table(self, file, table, where):
        """All cells of all columns that both have."""
        columns = [row[0] for row in self.one_server.rows(f"SELECT name FROM system.columns WHERE database = '{self.database}' AND table = '{table}'")]
        own = [name for name in columns if name not in ("host", "recording", "part", "frame", "batch", "day", "time", "time_ns", "boot_ns", "clock_ns", "flags")]
        theirs = self.rows(f"SELECT {', '.join(f'`{name}`' for name in own)}, time_ns, boot_ns, toUInt32(time) FROM {{db}}.{table} {where}")
        ours = analyzed([file], "--sql", f"SELECT {', '.join(own)}, time_ns FROM {table}")
        start, start_boot = map(int, self.rows(f"SELECT start_ns, start_boot_ns FROM {{db}}.recordings {where}")[0])
        # Moments, which the analyzer counts from the recording's start, are those of the host's boot clock in a table.
        times = set(re.findall(r"^  (\w+) .* a time ", run(ANALYZE, "--fields", table).stdout, re.M))
        mine = sorted(tuple(plain(row[name] + start_boot if name in times else row[name]) for name in own)
                      + (str(row["time_ns"] + start), str(row["time_ns"] + start_boot), str((row["time_ns"] + start) // 1_000_000_000)) for row in ours)
        self.assertEqual(len(mine), len(theirs), (file, table))
        for one, other in zip(mine, sorted(tuple(unescaped(cell) for cell in row) for row in theirs)):
            self.assertEqual(one, other, (file, table, own))


def plain(value):
    """A cell of the analyzer's JSON as ClickHouse prints it, unescaped."""
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return str(int(value))
    return str(value)


def unescaped(cell):
    if cell == "\\N":
        return cell
    return re.sub(r"\\(.)", lambda found: {"t": "\t", "n": "\n", "0": "\0", "r": "\r", "b": "\b", "f": "\f"}.get(found[1], found[1]), cell)
