#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hosts -> ebpf-ship -> brokers -> ebpf-load -> ClickHouse, with everything failing meanwhile: every event is there, once, and the
account says so to the row. LONG=1: more of everything. usage:
machines_test.py SHIP LOAD ANALYZE MOCK_BROKER SIMULATE READ_TOPIC SCRIPT_TRACE SAMPLES"""
import collections
import os
import re
import shutil
import time

import fleet_case
import sql_case
import world
from fleet_case import ANALYZE, LOAD, MOCK, SHIP, SIMULATE, TOPICS, events_of, files_of, run, sample

LONG = bool(os.environ.get("LONG"))
HOSTS = 8
# Not quicker: the mock cluster keeps some 5 MB of a partition, and while loaders wait for a session to end it must keep what comes.
REPEAT, PAUSE_MS = (4, 320) if LONG else (2, 320)
TABLES = ("syscalls", "forks", "execs", "exits", "counters")


class Machines(sql_case.SqlCase, fleet_case.Case):
    """One set of servers for all; each test has a database, topics of its own brokers, and folders of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.zookeeper = world.ZooKeeper(cls.folder)
        cls.addClassCleanup(lambda: cls.zookeeper.kill())
        cls.shards = []
        for shard in (1, 2):
            replicas = []
            for replica in (1, 2):
                server = world.ClickHouse(cls.folder, f"clickhouse-{shard}-{replica}", shard, replica, cls.zookeeper)
                cls.addClassCleanup(server.kill)
                replicas.append(server)
            cls.shards.append(replicas)

    def setUp(self):
        super().setUp()
        self.database = self.id().split(".")[-1]
        self.addCleanup(self.drop_database)
        self.config_file = self.config("load.conf", {
            "bootstrap.servers": self.brokers.addresses, "session.timeout.ms": "3000", "heartbeat.interval.ms": "500",
            "clickhouse.shard.1": " ".join(server.url for server in self.shards[0]),
            "clickhouse.shard.2": " ".join(server.url for server in self.shards[1]),
            "clickhouse.database": self.database, "clickhouse.user": "loader", "clickhouse.password": world.ClickHouse.PASSWORD,
            "clickhouse.replicated": f"/clickhouse/{self.database}/{{shard}}/{{table}}"})

    @property
    def one_server(self):
        return self.shards[0][0]

    def drop_database(self):
        """Servers that replicate what no test needs any more are slower in the next one."""
        for replicas in self.shards:
            for server in replicas:
                server.ask(f"DROP DATABASE IF EXISTS {self.database}")

    def load(self, *more):
        return [LOAD, "--kafka", "--config", self.config_file, *more]

    def sum(self, sql):
        """Of both shards, by one replica each."""
        for replicas in self.shards:
            for server in replicas:
                for table in (*TABLES, "frames", "dropped", "ledger", "batches", "recordings", "losses"):
                    server.ask(f"SYSTEM SYNC REPLICA {self.database}.{table}")
        return [sum(column) for column in zip(*([int(cell) for cell in replicas[0].rows(sql)[0]] for replicas in self.shards))]

    def rows(self, sql):
        """Of both shards."""
        return [row for replicas in self.shards for row in replicas[0].rows(sql.replace("{db}", self.database))]

    def audit(self):
        return run(LOAD, "--audit", "--fail-on-gap", "--config", self.config_file).stdout

    def check_counts(self, hosts):
        """hosts: rows of events by recording. Each is there, once."""
        expected = sum(hosts.values())
        found = distinct = 0
        for table in TABLES:
            rows, = self.sum(f"SELECT count() FROM {self.database}.{table}")
            planned, = self.sum(f"SELECT sum(rows) FROM {self.database}.ledger WHERE `table` = '{table}'")
            self.assertEqual(rows, planned, table)
            found += rows
        self.assertEqual(found, expected)
        by_recording = collections.Counter()
        for table in TABLES:
            for recording, count in self.rows(f"SELECT recording, count() FROM {{db}}.{table} GROUP BY recording"):
                by_recording[recording] += int(count)
        self.assertEqual(dict(by_recording), hosts)
        for table in TABLES:
            distinct += self.sum(f"SELECT count() FROM (SELECT recording, part, frame, min(batch) AS a, max(batch) AS b FROM {self.database}.{table} "
                                 "GROUP BY recording, part, frame) WHERE a != b")[0]
        self.assertEqual(distinct, 0, "frames that came in two batches")

    def test_everything_fails_and_every_event_is_there_once(self):
        simulation = self.simulation(HOSTS, 0, REPEAT, 0, PAUSE_MS)
        ships = [self.server(f"ship-{host}", self.ship(os.path.join(self.spool, str(host)))) for host in range(HOSTS)]
        loads = [self.server(f"load-{i}", self.load("--batch-ms", "300", "--batch-rows", "20000")) for i in range(2)]
        batches = lambda: sum(int(row[0]) for row in self.rows("SELECT count() FROM {db}.batches"))
        def some():
            try:
                return batches()
            except AssertionError:  # the tables are being made
                return None
        world.until(some, "batches are taken")

        for _ in range(3 if LONG else 1):
            self.brokers.obey("down 2")
            self.brokers.obey("err 0 NOT_ENOUGH_REPLICAS 5")  # transient
            time.sleep(1)
            ships[0].kill()
            ships[0].start()
            self.brokers.obey("up 2")
            self.brokers.obey("err 0 INVALID_PRODUCER_EPOCH 1")
            self.brokers.obey("err 0 OUT_OF_ORDER_SEQUENCE_NUMBER 1")  # ends an idempotent producer
            self.brokers.obey("err 0 TOPIC_AUTHORIZATION_FAILED 2")  # permanent, for the record
            loads[0].kill()
            joined = loads[0].text().count(": reads ")
            time.sleep(1)
            loads[0].start()
            self.shards[0][0].kill()
            time.sleep(1)
            self.shards[0][0].start()
            self.shards[0][0].wait()
            others = [server for replicas in self.shards for server in replicas if server is not self.shards[0][0]]  # it has hardly begun one
            sessions = [server.sessions_lost() for server in others]
            self.zookeeper.kill()
            time.sleep(2 if not LONG else 8)
            self.zookeeper.start()
            self.zookeeper.wait()
            world.until(lambda: all(server.sessions_lost() > lost for server, lost in zip(others, sessions)), "servers have lost their sessions")
            ships[1].kill()
            # The mock cluster ends itself (rdkafka_mock_cgrp.c: `!member->resp') if a loader loses its connection while it joins: the
            # first one has its partitions by now, and the second one goes when the brokers are back and both have theirs again.
            world.until(lambda: loads[0].text().count(": reads ") > joined, "the loader that was killed has partitions again")
            self.brokers.all("down")
            time.sleep(10)
            before = batches()
            self.brokers.all("up")
            ships[1].start()
            world.until(lambda: self.brokers.process.poll() is not None or batches() > before, "the loaders go on")
            self.assertIsNone(self.brokers.process.poll(), "the mock cluster lives")
            time.sleep(5)
            loads[1].kill()
            time.sleep(1)
            loads[1].start()

        self.assertIsNone(simulation.poll(), "all that happened while hosts recorded")  # they stop when they are told
        self.assertIsNone(self.brokers.process.poll(), "the mock cluster lives")
        hosts = {host.recording: host.events for host in self.simulated(simulation)[0]}
        self.assertEqual(len(hosts), HOSTS)
        for ship in ships:
            self.assertTrue(ship.running(), ship.text())
            self.assertIn(ship.end(60), (0, 3), ship.text())  # 3: not all is acknowledged yet; what is left is sent below
        said = "".join(ship.text() for ship in ships)
        for what in ("fatal error", "a record was not taken: Broker: Topic authorization failed"):
            self.assertRegex(said, f"{what}.*; going back to what is acknowledged", "a producer that had to be made anew")
        self.assertTrue(any("trying again" in load.text() for load in loads), "inserts that had to wait")
        for host in range(HOSTS):  # what is left, if anything
            run(*self.ship(os.path.join(self.spool, str(host)), "--once"))
        for load in loads:
            self.assertTrue(load.running(), load.text())
            self.assertIn(load.end(60), (0, 4), load.text())  # 4: batches wait; the next one makes them
            self.assertNotIn(world.ClickHouse.PASSWORD, load.text())
        run(*self.load("--once"))
        try:
            account = self.audit()
        except AssertionError as gaps:
            first = {}
            for record in self.topic("ebpf.frames"):
                first.setdefault(record["partition"], record["offset"])
            raise AssertionError(f"{gaps}\nfirst offsets that the mock cluster still has, by partition: {first}") from None
        self.check_counts(hosts)
        self.assertIn("no gaps", account)
        for line in account.splitlines():
            if re.match(r"host-\d", line):
                produced, recorded, lost, loaded, pending, dropped, in_table = map(int, line.split()[3:])
                self.assertEqual((produced, recorded, lost, pending, dropped), (loaded, loaded, 0, 0, 0), line)
                self.assertEqual(in_table, loaded, line)

        with self.subTest("the whole topic once more"):
            run(*self.load("--once", "--group", "test"))
            self.check_counts(hosts)
            self.assertEqual(self.audit(), account)
        with self.subTest("a moment of a host comes back"):
            files = files_of(os.path.join(self.spool, "3"))
            back = os.path.join(self.home, "back.trace")
            run(LOAD, "--slice", "host-3", "--config", self.config_file, "-o", back)
            self.assertEqual(events_of([back]), events_of(files))
            run(LOAD, "--slice", "host-3", "--from", "20ms", "--to", "60ms", "--config", self.config_file, "-o", back)
            cut = os.path.join(self.home, "cut.trace")
            run(ANALYZE, *files, "--slice", cut, "--from", "20ms", "--to", "60ms")
            self.assertGreater(len(events_of([cut])), 100)
            self.assertEqual(events_of([back]), events_of([cut]))
        with self.subTest("a gap is named"):
            table = f"{self.database}.ledger"
            victim = self.rows(f"SELECT recording, part, frame, rows FROM {table} WHERE `table` = 'syscalls' AND rows > 10 LIMIT 1")[0]
            shard = next(replicas for replicas in self.shards
                         if replicas[0].number(f"SELECT count() FROM {table} WHERE recording = '{victim[0]}'"))
            shard[0].ask(f"ALTER TABLE {self.database}.syscalls DELETE WHERE recording = '{victim[0]}' AND part = {victim[1]} AND frame = {victim[2]}")
            def noticed():
                return run(LOAD, "--audit", "--fail-on-gap", "--config", self.config_file, expect=None)
            world.until(lambda: noticed().returncode == 5, "the audit finds the gap", pause=1)
            self.assertIn(f"GAP: recording {victim[0]}, part {victim[1]}: table syscalls has 0 rows of the frame at byte {victim[2]}, the ledger says {victim[3]}",
                          noticed().stdout)

    def test_what_a_small_spool_drops_is_counted_exactly(self):
        """The brokers are gone, and come back; or one never does, and its partitions get another leader when the spool has rotated."""
        def all_down():
            self.brokers.all("down")
            return lambda: self.brokers.all("up")

        def one_for_good():
            self.brokers.lead_all(3)
            self.brokers.obey("down 3")
            return lambda: self.brokers.lead_all(2)

        for number, (name, outage) in enumerate((("all down", all_down), ("one for good", one_for_good))):
            with self.subTest(name):
                self.check_drops(os.path.join(self.home, f"spool-{number}"), outage)

    def check_drops(self, spool, outage):
        self.spool = spool
        folder = os.path.join(spool, "0")
        self.simulated(self.simulation(1, 2, 2, 0, 0))
        run(*self.ship(folder, "--once"))  # a recording that is there from the start
        shutil.rmtree(folder)
        over = outage()
        ship = self.server(os.path.basename(spool), self.ship(folder))
        hosts, removed = self.simulated(self.simulation(1, 9, 2, 2, 20))
        self.assertEqual(len(removed), 7)
        recording, all_rows = hosts[0].recording, hosts[0].events
        time.sleep(1)
        ship.kill()  # even what it had read of the first part goes with it: nothing of that was acknowledged
        over()
        run(*self.ship(folder, "--once"))
        run(*self.load("--once"))
        removed = [part[1:] for part in removed]
        dropped_rows = sum(int(part[2]) for part in removed)
        found = self.rows(f"SELECT sum(recorded), max(to_part) FROM {{db}}.dropped WHERE recording = '{recording}'")
        self.assertIn([str(dropped_rows), "8"], found)
        events = all_rows - sum(int(part[1]) for part in removed)
        loaded = sum(int(row[0]) for table in TABLES for row in self.rows(f"SELECT count() FROM {{db}}.{table} WHERE recording = '{recording}'"))
        self.assertEqual(loaded, events)
        account = self.audit()
        line = next(line for line in account.splitlines() if recording in line and " syscall " in line)
        produced, recorded, lost, loaded, pending, dropped, in_table = map(int, line.split()[3:])
        self.assertEqual((recorded, lost, pending), (produced, 0, 0))
        self.assertEqual(loaded + dropped, recorded)
        self.assertEqual(in_table, loaded)
        self.assertIn("no gaps", account)

    def test_a_part_whose_beginning_is_gone_is_loaded_without_it(self):
        """As when a topic keeps hours: the first half of a part went to brokers of before. What is left is loaded, and the loader ends."""
        run(SIMULATE, sample("build.trace"), self.spool, "1", "1", "1", "0", "0")
        spool = os.path.join(self.spool, "0")
        (part,) = files_of(spool)
        with open(part, "rb") as file:
            whole = file.read()
        os.truncate(part, len(whole) // 2)
        run(*self.ship(spool, "--once"))
        frames, rows, *_ = self.acknowledged(spool)
        self.assertGreater(rows, 100)
        with open(part, "wb") as file:
            file.write(whole)
        later = world.Brokers(self.home, MOCK, 1, TOPICS)
        self.addCleanup(later.end)
        run(*self.ship(spool, "--once", "--brokers", later.addresses))
        all_frames, all_rows, *_ = self.acknowledged(spool)
        self.assertGreater(all_rows, rows)
        done = run(*self.load("--once", "--brokers", later.addresses))
        self.assertIn("its beginning is not in the topic any more", done.stderr)
        (loaded,), (planned,) = (self.sum(f"SELECT {what}") for what in (f"count() FROM {self.database}.frames", f"sum(rows) FROM {self.database}.ledger WHERE `table` = 'frames'"))
        self.assertEqual(loaded, planned)
        self.assertEqual(loaded - 1, all_frames - frames)  # and the end mark

    def test_sql_over_the_tables_is_what_the_analyzer_says(self):
        traces = self.traces()
        run(LOAD, *traces.values(), "--config", self.config_file)
        run(LOAD, *traces.values(), "--config", self.config_file)  # once more is nothing more
        self.compare(traces)

    def test_a_batch_without_its_mark_is_made_again_and_found(self):
        """What a crash between the insert and the mark leaves; other hosts' blocks come before it is made again."""
        file = sample("build.trace")
        run(LOAD, file, "--config", self.config_file)
        before = self.sum(f"SELECT count() FROM {self.database}.syscalls")
        self.assertGreater(before[0], 1000)
        for replicas in self.shards:
            replicas[0].ask(f"ALTER TABLE {self.database}.batches DELETE WHERE `table` IN ('syscalls', 'execs')")
        marks = f"SELECT count() FROM {self.database}.batches WHERE `table` IN ('syscalls', 'execs')"
        world.until(lambda: all(server.number(marks) == 0 for replicas in self.shards for server in replicas), "the marks are gone")
        line = next(line for line in run(LOAD, "--audit", "--config", self.config_file).stdout.splitlines() if " syscall " in line)
        produced, recorded, lost, loaded, pending, dropped, in_table = map(int, line.split()[3:])
        self.assertEqual((recorded, loaded, pending), (before[0], 0, before[0]), line)
        others = os.path.join(self.home, "others")
        run(SIMULATE, file, others, *(["8", "6", "4"] if LONG else ["1", "1", "1"]), "0", "0")
        batches = f"SELECT count() FROM {self.database}.batches"
        blocks, = self.sum(batches)
        run(LOAD, *(os.path.join(folder, name) for folder, _, names in sorted(os.walk(others)) for name in sorted(names)), "--batch-rows", "1",
            "--config", self.config_file, seconds=3000)
        blocks = self.sum(batches)[0] - blocks
        self.assertGreaterEqual(blocks, 1000 if LONG else 10)  # servers remember 100 blocks by default
        own = f"recording = '{self.rows(f'SELECT recording FROM {{db}}.syscalls WHERE host NOT LIKE {chr(39)}host-%{chr(39)} LIMIT 1')[0][0]}'"
        done = run(LOAD, file, "--config", self.config_file)
        self.assertIn(" 2 batches made again", done.stderr)
        self.assertEqual(self.sum(f"SELECT count() FROM {self.database}.syscalls WHERE {own}"), before)
        self.assertIn("no gaps", self.audit())

    def test_mistakes_are_named_and_passwords_are_not(self):
        bad = self.config("bad.conf", {"bootstrap.servers": "127.0.0.1:1", "sasl.password": "hush", "acks": "1"})
        done = run(SHIP, self.home, "--config", bad, "--position", os.path.join(self.home, "p"), expect=1)
        self.assertIn("'acks=1': it is always all here", done.stderr)
        self.assertNotIn("hush", done.stderr)
        done = run(LOAD, "--audit", "--clickhouse", "http://user:hush@127.0.0.1:1", expect=1)
        self.assertIn("must not hold a user or password", done.stderr)
        self.assertNotIn("hush", done.stderr)
        done = run(LOAD, "--audit", "--clickhouse", "http://127.0.0.1:1", expect=3)
        self.assertIn("http://127.0.0.1:1", done.stderr)
        run(LOAD, expect=1)
        run(LOAD, sample("README.md"), "--config", self.config_file, expect=2)
        with self.subTest("tables that another version made"):
            self.one_server.ask(f"DROP TABLE {self.database}.exits")
            self.one_server.ask(f"CREATE TABLE {self.database}.exits (host String) ENGINE = Memory")
            done = run(LOAD, sample("build.trace"), "--config", self.config_file, expect=3)
            self.assertRegex(done.stderr, rf"^\S+ ebpf-load: http://\S+: table {self.database}\.exits has no column recording: another version of ebpf-load made it; name another database")
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        with open(os.path.join(self.home, "p"), "w", encoding="utf-8") as file:
            file.write("something else\n")
        self.assertIn("no position file", run(SHIP, self.home, "--brokers", "127.0.0.1:1", "--position", os.path.join(self.home, "p"), expect=2).stderr)


if __name__ == "__main__":
    fleet_case.main(world.missing())
