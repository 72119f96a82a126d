#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--sql against Python's sqlite3 on the same rows, loaded from --events: fixed statements, then random ones.
usage: sql_test.py EBPF_ANALYZE SEED COUNT TRACE..."""
import json
import random
import sqlite3
import subprocess
import sys

import formats

ANALYZE = sys.argv[1]
RELATIONS = {"syscalls": "syscall", "forks": "fork", "execs": "exec", "exits": "exit", "packets": "packet", "flows": "flow",
             "findings": "security", "traffic": "traffic", "markers": "marker"}
STATEMENTS = [
    "select count(*) from events",
    "select event, count(*) from events group by event",
    "select syscall, count(*), sum(duration_ns), min(duration_ns), max(duration_ns), avg(duration_ns) from syscalls group by syscall",
    "select process, syscall, sum(bytes), count(error) from syscalls where failed = 0 group by 1, 2",
    "select process, count(distinct path) from syscalls group by process",
    "select distinct process from events",
    "select distinct pid, process from events where duration_ns > 1000",
    "select error, count(*) from syscalls group by error having count(*) > 1",
    "select path, duration_ns from syscalls where path like '/ETC/%' order by duration_ns desc, time_ns limit 10",
    "select path from syscalls where path glob '*/lib*.so*'",
    "select count(*) from syscalls where path glob '/u[a-z]r/*'",
    "select time_ns, event from events where time_ns between 1000000 and 5000000",
    "select time_ns, event from events where time_ns >= 1e6 and time_ns < '5000000'",
    "select count(*) from syscalls where error = 'ENOENT' or error is null",
    "select count(*) from syscalls where error in ('ENOENT', 'EINVAL', 'nothing')",
    "select count(*) from syscalls where syscall in (select syscall from syscalls where failed)",
    "select count(*) from syscalls where pid not in (select pid from syscalls where failed and pid is not null)",
    "select count(*) from syscalls where result < 0 and result > -10",
    "select count(*) from syscalls where result != 0",
    "select count(*) from syscalls where bytes is null",
    "select count(*) from events where process = null",
    "select count(*) from events where process != 'make'",
    "select a.process, count(*) from (select distinct process from syscalls) a join (select process from syscalls) b "
    "on a.process = b.process group by 1",
    "with x as materialized (select pid, sum(duration_ns) as ns from syscalls group by pid) select count(*), sum(ns) from x",
    "select exit_code, signal, count(*) from exits group by exit_code, signal",
    "select syscall from syscalls group by syscall order by count(*) desc, syscall limit 3",
    "select syscall, (select count(*) from exits) from syscalls group by syscall",
    "select group_concat(distinct syscall) is not null from syscalls",
    "select max(time_ns) - min(time_ns) from events",
    "select failed, is_32bit, unfinished, count(*) from syscalls group by 1, 2, 3 order by 4 desc",
    "select cpu, count(*), total(duration_ns) from syscalls group by cpu",
    "select duration_ns / 1000 as us, count(*) from syscalls group by us",
    "select lower(process), count(*) from syscalls group by process collate nocase",
    "select time_ns, syscall from syscalls where syscall = 'read' or pid = 1 or error = 'ENOENT' or duration_ns > 100000",
    "select syscall, count(*) filter (where failed) from syscalls group by syscall",
    "select row_number() over (order by time_ns, duration_ns, syscall) as n, time_ns from syscalls order by n limit 5",
    "select 1.5, 'text', null, -1, 9223372036854775807",
    "select process from syscalls union select process from exits",
    "select substr(path, 1, 5), count(*) from syscalls where path is not null group by 1",
    "select \"args.flags\", count(*) from syscalls group by 1",
    "select count(*) from syscalls where \"args.flags\" & 64",
    "select pid, count(*), sum(duration_ns) from syscalls group by pid, pid",
    "select pid, process, count(*) as calls, max(duration_ns) as most from syscalls group by pid, process, pid",
    "select count(*) from (select distinct process, cpu, process from syscalls)",
]
# The order of these is told by the statement: it is compared, too.
ORDERED = [
    "select process, count(*) from syscalls group by process order by process",
    "select process, count(*) from syscalls group by process order by process desc",
    "select result, count(*) from syscalls where result < 1 group by 1 order by 1",
    "select error, count(*) from syscalls group by 1 order by 1 desc",
    "select class, count(*), sum(duration_ns) from syscalls group by class order by class limit 3 offset 1",
    "select pid, error, count(*) from syscalls group by pid, error order by pid desc, error",
    "select pid, error, count(*) from syscalls group by pid, error order by error desc nulls last, pid",
    "select path, read_bytes, count(*) from syscalls group by path, read_bytes order by path, read_bytes desc",
    "select distinct file_type from syscalls order by file_type desc",
    "select distinct cpu, failed from syscalls order by cpu desc, failed limit 3",
    "select exit_code, signal, count(*) from exits group by 1, 2 order by 1, 2 desc",
    "select time_ns / 1000000 as ms, count(*) from syscalls group by ms order by ms desc",
]
REFUSED = {
    "create table x(a)": "only SELECT", "insert into syscalls(pid) values (1)": "", "delete from syscalls": "",
    "update syscalls set pid = 1": "", "attach 'x' as y": "only SELECT", "pragma table_info(syscalls)": "only SELECT",
    "select load_extension('x')": "", "drop table syscalls": "", "select pit from syscalls": "no such column: pit",
    "select * from nowhere": "no such table: nowhere", "select 1; select 2": "one statement", "": "no statement",
    "selec 1": "syntax error", "select \"not a column\" from syscalls": "no such column", "vacuum": "", "begin": "only SELECT",
    "select regexp('(', process) from syscalls": "missing", "select writefile('x', 'y')": "no such function",
}


def ask(trace, statement, *options):
    return json.loads(formats.run(ANALYZE, trace, "--sql", statement, "--format", "json", *options))


def same(value):
    if isinstance(value, float):
        if not value.is_integer() or abs(value) >= 1e15:
            value = float(f"{value:.12g}")
        return int(value) if value.is_integer() else value  # JSON writes both alike
    return value


def in_order(rows):
    return [repr([same(value) for value in row]) for row in rows]


def rows_of(rows):
    return sorted(in_order(rows))


def load(trace):
    """-> a database with a table for each relation, from --events."""
    events = formats.events(ANALYZE, trace)
    database = sqlite3.connect(":memory:")
    database.create_function("regexp", 2, lambda pattern, text: None if text is None else bool(formats.re.search(pattern, text)))
    schema = subprocess.run([ANALYZE, trace, "--sql"], input=b".schema\n", stdout=subprocess.PIPE, check=False).stdout.decode()
    columns, table = {}, None
    for line in schema.splitlines():
        words = line.split()
        if line.startswith("CREATE TABLE"):
            table = columns[words[2]] = []
        elif line.startswith("  ") and not line.startswith("  --"):
            table.append((words[0], words[1].rstrip(",")))
    arguments = sorted({field[5:] for field in ask(trace, "select \"args.flags\" from syscalls limit 0")["columns"][0]["name"].split()})
    assert arguments == ["flags"]
    flags = [row["args.flags"] for row in ask(trace, "select \"args.flags\" from syscalls")["rows"]]
    columns["syscalls"].append(("args.flags", "INTEGER"))
    for name in ("events", *RELATIONS):
        names = [column for column, _ in columns[name]]
        database.execute(f"create table {name} ({', '.join(f'{json.dumps(column)} {kind}' for column, kind in columns[name])})")
        rows = events if name == "events" else [event for event in events if
                                                ("syscall" in event) == (name == "syscalls") and (name == "syscalls" or event["event"] == RELATIONS[name])]
        if name == "syscalls":
            # The rows of --events have no arguments; which row has which is the tables' order in any case.
            shown = ask(trace, "select time_ns, tid, duration_ns, syscall from syscalls")["rows"]
            by_row = {}
            for row, value in zip(shown, flags):
                by_row.setdefault(tuple(row.values()), []).append(value)
            for row in rows:
                row["args.flags"] = by_row[row["time_ns"], row.get("tid"), row["duration_ns"], row["syscall"]].pop(0)
        database.executemany(f"insert into {name} values ({', '.join('?' * len(names))})",
                             [[row.get(column) for column in names] for row in rows])
    return database, columns, events


def check(trace, database, statement, ordered=False):
    expected = database.execute(statement)
    names = [column[0] for column in expected.description]
    answer = ask(trace, statement)
    assert [column["name"] for column in answer["columns"]] == names, statement
    if len(set(names)) != len(names):
        return
    lines = in_order if ordered else rows_of
    got, wanted = lines(row.values() for row in answer["rows"]), lines(expected.fetchall())
    assert got == wanted, f"{statement}\n got {got[:5]} ({len(got)})\n not {wanted[:5]} ({len(wanted)})"


def random_statement(chance, columns, events):
    table = chance.choice(["syscalls"] * 4 + ["events", "exits", "forks"])
    names = [(name, kind) for name, kind in columns[table] if name not in ("recording", "host", "args.flags")]
    with_values = [event for event in events if table == "events" or ("duration_ns" in event) == (table == "syscalls")]

    def condition():
        name, kind = chance.choice(names)
        values = [event[name] for event in with_values if event.get(name) is not None]
        value = chance.choice(values) if values else 1
        value = int(value) if isinstance(value, bool) else value
        if kind == "TEXT" and chance.random() < 0.3:
            text = str(value).replace("'", "''")
            cut = text[:chance.randrange(len(text) + 1)]
            return chance.choice([f"{name} like '{cut.upper()}%'", f"{name} like '_{text[1:]}'"] +
                                 ([f"{name} glob '{cut}*'"] if not set(cut) & set("[*?") else []))
        literal = "'" + str(value).replace("'", "''") + "'" if isinstance(value, str) else str(value)
        if chance.random() < 0.15:
            return f"{name} is {chance.choice(['', 'not '])}null"
        if chance.random() < 0.2:
            others = ", ".join("'" + str(one).replace("'", "''") + "'" if isinstance(one, str) else str(int(one))
                               for one in chance.sample(values, min(3, len(values)))) or "1"
            return f"{name} in ({others})"
        return f"{name} {chance.choice(['=', '!=', '<', '<=', '>', '>=', 'is'])} {literal}"
    where = " where " + chance.choice([" and ", " or "]).join(condition() for _ in range(chance.randint(1, 3)))
    if chance.random() < 0.2:
        where = ""
    keys = chance.sample([name for name, _ in names], chance.randint(1, 3))
    numbers = [name for name, kind in names if kind == "INTEGER"]
    measures = ["count(*)"] + [f"{chance.choice(['sum', 'min', 'max', 'count', 'total'])}({chance.choice(numbers)})"
                               for _ in range(chance.randint(0, 2))]
    ordered = chance.random() < 0.5
    order = " order by " + ", ".join(key + chance.choice(["", " desc"]) for key in keys) if ordered else ""
    if chance.random() < 0.6:
        return f"select {', '.join(keys)}, {', '.join(f'{one} as m{i}' for i, one in enumerate(measures))} from {table}{where} " \
               f"group by {', '.join(keys)}{order}", ordered
    return f"select {chance.choice(['', 'distinct '])}{', '.join(keys)} from {table}{where}{order}", ordered


def check_refusals(trace):
    for statement, message in REFUSED.items():
        done = subprocess.run([ANALYZE, trace, "--sql"] + ([statement] if statement else [";"]), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
        text = done.stderr.decode()
        assert done.returncode == 1 and not done.stdout, (statement, done)
        assert message in text and text.count("--sql:") == 1, (statement, text)
    done = subprocess.run([ANALYZE, trace, "--sql", "select 1", "--filter", "failed"], stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1 and b"--format only" in done.stderr
    # Statements from a pipe, over several lines, with commands between them.
    out = subprocess.run([ANALYZE, trace, "--sql", "--format", "csv"], input=b".tables\nselect\n 1 as a,\n'x;y' as b;\n;\nselect 2 as c",
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    assert b"syscalls" in out.stdout and b"a,b\r\n1,x;y\r\n" in out.stdout, out
    out = formats.run(ANALYZE, trace, "--sql", "select 1 as one, 'a\x1b[31m' as two, '=1+1' as three").decode()
    assert "\x1b" not in out and "one" in out.lower(), out
    out = formats.run(ANALYZE, trace, "--sql", "select '=1+1' as a, 1.0/3 as b", "--format", "csv").decode()
    assert out == "a,b\r\n'=1+1,0.333333333333333\r\n", out


def main():
    seed, count = map(int, sys.argv[2:4])
    for trace in sys.argv[4:]:
        database, columns, events = load(trace)
        for statement in STATEMENTS:
            check(trace, database, statement)
        for statement in ORDERED:
            check(trace, database, statement, ordered=True)
        chance = random.Random(seed)
        for _ in range(count):
            check(trace, database, *random_statement(chance, columns, events))
        rows = ask(trace, "select * from tree")["rows"]
        tree = json.loads(formats.run(ANALYZE, trace, "--tree", "--format", "json", "-n", "0"))["rows"]
        assert len(rows) == len(tree) and [row["pid"] for row in rows] == [row["pid"] for row in tree]
        assert ask(trace, "select count(*) as n from metrics")["rows"] == ask(trace, "select count(*) as n from counters")["rows"]
        check_refusals(trace)
        print(f"ok: {trace}")


main()
