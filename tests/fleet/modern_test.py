#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ebpf-load into a ClickHouse of today, where Debian has one of 2018: the same tables, blocks and SQL, and blocks that are sent twice are
known by their tokens without replication. Needs libchdb.so (scripts/fetch-chdb); $LIBCHDB says where it is. Arguments as of machines_test.py."""
import os
import urllib.request

import fleet_case
import sql_case
import world
from fleet_case import LOAD, SIMULATE, run, sample

LIBRARY = os.environ.get("LIBCHDB", "")
SERVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "chdb_server.py")


class ModernClickHouse(world.HttpServer):
    def __init__(self, folder, name, *options):
        self.port = world.free_port()
        super().__init__(folder, name, ["python3", "-B", SERVER, LIBRARY, os.path.join(folder, name), str(self.port), *options])
        self.wait()

    def came(self):
        """INSERTs, those with a token, answers that were lost."""
        with urllib.request.urlopen(self.url, timeout=world.WAIT) as answer:
            return list(map(int, answer.read().split()))


class Modern(sql_case.SqlCase, fleet_case.Case):
    BROKERS = 1
    database = "ebpf"

    def serve(self, *options):
        self.one_server = ModernClickHouse(self.home, "chdb", *options)
        self.addCleanup(self.one_server.kill)
        self.assertGreaterEqual(int(self.one_server.ask("SELECT version()").split(".")[0]), 22)

    def rows(self, sql):
        return self.one_server.rows(sql.replace("{db}", self.database))

    def test_sql_over_the_tables_is_what_the_analyzer_says(self):
        self.serve()
        traces = self.traces()
        for _ in range(2):  # once more is nothing more
            run(LOAD, *traces.values(), "--clickhouse", self.one_server.url)
        self.compare(traces)

    def test_what_comes_twice_is_there_once(self):
        """Of the server: a copy of each INSERT, and every third answer lost, so that the loader asks and sends again."""
        self.serve("--twice", "--lose", "3")
        spool = os.path.join(self.home, "hosts")
        run(SIMULATE, sample("build.trace"), spool, "2", "2", "2", "0", "0")
        files = [os.path.join(folder, name) for folder, _, names in sorted(os.walk(spool)) for name in sorted(names)]
        run(LOAD, *files, "--clickhouse", self.one_server.url, "--batch-rows", "5000")
        inserts, tokens, lost = self.one_server.came()
        self.assertEqual(inserts, tokens)
        self.assertGreater(lost, 10)
        for table in ("syscalls", "forks", "execs", "exits"):
            (rows,), = self.rows(f"SELECT count() FROM {{db}}.{table}")
            (planned,), = self.rows(f"SELECT sum(rows) FROM {{db}}.ledger WHERE `table` = '{table}'")
            self.assertEqual(rows, planned, table)
            self.assertGreater(int(rows), 0, table)
        self.assertIn("no gaps", run(LOAD, "--audit", "--fail-on-gap", "--clickhouse", self.one_server.url).stdout)


if __name__ == "__main__":
    fleet_case.main("" if os.path.exists(LIBRARY) else "libchdb.so is not there (scripts/fetch-chdb; LIBCHDB=FILE)")
