#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What ebpf-ship puts into topics, read back record by record: the files themselves, where parts begin, and events one by one, with brokers
that fail and one that never comes back. usage: topics_test.py SHIP LOAD ANALYZE MOCK_BROKER SIMULATE READ_TOPIC SCRIPT_TRACE SAMPLES"""
import collections
import os
import re
import shutil
import time
import unittest

import fleet_case
import world
from fleet_case import LOAD, events_of, files_of, run, sample

PREAMBLE_BYTES = 24


def place(record):
    headers = record["headers"]
    return headers["recording"], int(headers["part"])


class Topics(fleet_case.Case):
    def parts_of(self, records):
        parts = collections.defaultdict(list)
        for record in records:
            parts[place(record)].append(record)
        return parts

    def check_files(self, hosts, records):
        """The records of each part are its file, to the byte; a record that came twice is the same one."""
        parts = self.parts_of(records)
        files = {(host.recording, number): path for host in hosts for number, path in enumerate(files_of(host.folder), 1)}
        self.assertEqual(sorted(parts), sorted(files))
        for key, path in files.items():
            with open(path, "rb") as file:
                content = file.read()
            self.assertEqual(len({record["partition"] for record in parts[key]}), 1)
            distinct = {}
            for record in parts[key]:
                self.assertIn(record["headers"]["kind"], ("frame", "end"))
                known = distinct.setdefault(int(record["headers"]["offset"]), record)
                self.assertEqual((known["value"], known["headers"]), (record["value"], record["headers"]))
            at = PREAMBLE_BYTES
            for offset in sorted(distinct):
                self.assertEqual(offset, at, path)
                value = distinct[offset]["value"]
                self.assertEqual(content[at:at + len(value)], value, path)
                at += len(value)
            self.assertEqual(at, len(content), path)
            self.assertEqual(distinct[max(distinct)]["headers"]["kind"], "end")

    def test_the_topics_are_the_files_and_headers_say_where_parts_begin(self):
        hosts, _ = self.simulated(self.simulation(3, 3, 1, 0, 0))
        for host in hosts:
            run(*self.ship(host.folder, "--once"))
        frames, headers = self.topic("ebpf.frames"), self.topic("ebpf.headers")
        self.check_files(hosts, frames)
        by_place = {(record["partition"], record["offset"]): record for record in frames}
        self.assertEqual(len(headers), 9)
        self.assertEqual({record["key"] for record in headers}, {f"{host.recording}/{part}" for host in hosts for part in (1, 2, 3)})
        for record in headers:
            own = record["headers"]
            first = by_place[int(own["partition"]), int(own["first"])]
            self.assertEqual(first["key"], f"{own['host']}/{own['boot']}")
            self.assertEqual((first["value"], first["headers"]["offset"]), (record["value"], str(PREAMBLE_BYTES)))
            self.assertEqual({name: own[name] for name in first["headers"]}, first["headers"])
            self.assertEqual(record["key"], f"{own['recording']}/{own['part']}")

    def test_a_broker_never_comes_back(self):
        """Its partitions get another leader; nothing is missing. Until then ebpf-ship says what is not acknowledged when it must end."""
        self.brokers.lead_all(3)
        simulation = self.simulation(2, 0, 1, 0, 20)
        ships = [self.server(f"ship-{host}", self.ship(os.path.join(self.spool, str(host)))) for host in range(2)]
        world.until(lambda: all(self.acknowledged(os.path.join(self.spool, str(host)))[0] for host in range(2)), "frames are acknowledged")
        self.brokers.obey("down 3")
        before = [self.acknowledged(os.path.join(self.spool, str(host)))[0] for host in range(2)]
        hosts, _ = self.simulated(simulation)
        world.until(lambda: "Kafka has acknowledged nothing" in ships[0].text(), "it has read what nobody takes")
        self.assertEqual(ships[0].end(60), 3, ships[0].text())
        said = re.search(r"not acknowledged: (\d+) frames", ships[0].text())
        self.assertGreater(int(said[1]), 0)
        self.assertTrue(ships[1].running())
        self.brokers.lead_all(1)
        run(*self.ship(hosts[0].folder, "--once"))
        world.until(lambda: self.acknowledged(hosts[1].folder)[0] == self.acknowledged(hosts[0].folder)[0], "the other one goes on by itself")
        self.assertEqual(ships[1].end(60), 0, ships[1].text())
        self.assertGreater(self.acknowledged(hosts[1].folder)[0], before[1])
        self.check_files(hosts, self.topic("ebpf.frames"))

    def test_a_topic_that_is_waited_for_is_named(self):
        """The frames are taken, and of the headers' topic nobody is left: no acknowledgement comes, and nothing fails either."""
        hosts, _ = self.simulated(self.simulation(2, 1, 1, 0, 0))
        self.brokers.lead_all(1)
        self.brokers.obey("leader 3 ebpf.headers 0")
        self.brokers.obey("down 3")
        waits = self.server("waits", self.ship(hosts[0].folder, "--once"))
        ends = run(*self.ship(hosts[1].folder, "--once", "--give-up", "2s"), expect=3)
        said = re.search(r"it has yet to take .*: (\d+) frames, (\d+) rows, 0 events wait for that; given up", ends.stderr)
        self.assertIn(f"not acknowledged: {said[1]} frames, {said[2]} rows", ends.stderr)
        world.until(lambda: "it has yet to take 1 records of 'ebpf.headers'" in waits.text(), "the one that waits says for what")
        self.assertTrue(waits.running())
        self.brokers.lead_all(1)
        self.assertEqual(waits.process.wait(world.WAIT), 0, waits.text())
        self.assertEqual(list(map(int, said.groups())), self.acknowledged(hosts[0].folder)[:2])  # both hosts have recorded the same
        run(*self.ship(hosts[1].folder, "--once", "--give-up", "10min"))
        self.check_files(hosts, self.topic("ebpf.frames"))
        self.assertEqual(len(self.topic("ebpf.headers")), 2)

    def test_a_broker_that_takes_no_large_batches_gets_single_records(self):
        hosts, _ = self.simulated(self.simulation(1, 1, 1, 0, 0))
        self.brokers.obey("err 0 MSG_SIZE_TOO_LARGE 1")
        done = run(*self.ship(hosts[0].folder, "--once"))
        self.assertIn("does not take batches that large", done.stderr)
        self.assertIn("dropped: 0 rows", done.stderr)
        self.check_files(hosts, self.topic("ebpf.frames"))

    def audit_of_events(self, expect=0):
        return run(LOAD, "--audit", "--events", "ebpf.events", "--fail-on-gap", "--config", self.kafka, expect=expect).stdout

    def check_events(self, files_by_part, records, *choice):
        """Each event that the analyzer tells is there under one number; what came twice is the same."""
        parts = self.parts_of(records)
        self.assertEqual(sorted(parts), sorted(files_by_part))
        for key, path in files_by_part.items():
            events, stretches = {}, {}
            for record in parts[key]:
                headers = record["headers"]
                if headers["kind"] == "event":
                    number = int(headers["offset"]), int(headers["rows"])
                    self.assertEqual(events.setdefault(number, record["value"]), record["value"])
                elif headers["kind"] == "stretch":
                    self.assertEqual(stretches.setdefault(int(headers["offset"]), headers["rows"]), headers["rows"])
            self.assertEqual(sorted(events), [(offset, number) for offset in sorted(stretches) for number in range(int(stretches[offset]))])
            self.assertEqual(sorted(value.decode() for value in events.values()), sorted(events_of([path], *choice)), path)

    def test_each_event_as_json_once_whatever_fails(self):
        simulation = self.simulation(1, 0, 1, 0, 300, "network.trace")  # little, as the mock cluster keeps little
        folder = os.path.join(self.spool, "0")
        ship = self.server("ship", self.ship(folder, "--events", "ebpf.events"))
        world.until(lambda: self.acknowledged(folder)[5], "events are acknowledged")
        self.brokers.all("down")
        time.sleep(3)  # several stretches wait
        ship.kill()
        ship.start()
        self.brokers.all("up")
        self.brokers.obey("err 0 OUT_OF_ORDER_SEQUENCE_NUMBER 1")
        self.brokers.obey("err 0 TOPIC_AUTHORIZATION_FAILED 1")
        before = self.acknowledged(folder)[5]
        world.until(lambda: self.acknowledged(folder)[5] > before, "it goes on")
        ship.kill()
        hosts, _ = self.simulated(simulation)
        run(*self.ship(folder, "--once", "--events", "ebpf.events"))
        self.assertIn("going back to what is acknowledged", ship.text())
        records = self.topic("ebpf.events")
        self.check_events({(hosts[0].recording, number): path for number, path in enumerate(files_of(folder), 1)}, records)
        account = self.audit_of_events()
        self.assertIn("no gaps", account)
        told = sum(len(events_of([path])) for path in files_of(folder))  # of counters there are no events
        self.assertIn(f": {told} events are in the topic", account)
        for line in account.splitlines():
            if hosts[0].recording in line.split()[1:2]:
                produced, recorded, lost, told, pending, dropped, _ = map(int, line.split()[3:])
                self.assertEqual((produced, recorded, lost, pending, dropped), (told, told, 0, 0, 0), line)

    def test_a_filter_and_what_rotation_removed(self):
        shutil.copytree(sample("parts"), self.spool)
        files = files_of(self.spool)
        done = run(*self.ship(self.spool, "--once", "--events", "ebpf.events", "--filter", "failed"))
        number = len(events_of(files, "--filter", "failed"))
        self.assertIn(f" {number} events;", done.stderr)
        again = run(*self.ship(self.spool, "--once", "--events", "ebpf.events", "--filter", "failed"))
        self.assertIn(f" {number} events;", again.stderr)
        records = self.topic("ebpf.events")
        recording = records[0]["headers"]["recording"]
        self.check_events({(recording, part): path for part, path in enumerate(files, 1)}, records, "--filter", "failed")
        self.assertIn(f"{number} events are in the topic", self.audit_of_events())
        with self.subTest("another shipper comes when the first part is gone"):
            os.remove(files[0])
            os.remove(self.spool + ".position")
            run(*self.ship(self.spool, "--once", "--events", "ebpf.frames"))  # any topic
            account = run(LOAD, "--audit", "--events", "ebpf.frames", "--fail-on-gap", "--config", self.kafka).stdout
            dropped = sum(int(line.split()[8]) for line in account.splitlines() if recording in line.split()[1:2])
            first = sum(int(record["headers"]["rows"]) for record in self.topic("ebpf.frames") if record["headers"]["kind"] == "dropped")
            self.assertGreater(first, 0)
            self.assertEqual(dropped, first)
            self.assertIn("no gaps", account)

    def test_a_topic_that_lost_events_has_gaps_that_are_named(self):
        """The mock cluster keeps some 5 MB of a partition: what goes in beyond that pushes the oldest out."""
        hosts, _ = self.simulated(self.simulation(1, 12, 2, 0, 0))
        self.kafka = self.config("kafka.conf", {"bootstrap.servers": self.brokers.addresses, "compression.type": "none"})
        run(*self.ship(hosts[0].folder, "--once", "--events", "ebpf.events"))
        account = self.audit_of_events(expect=5)
        self.assertRegex(account, rf"GAP: recording {hosts[0].recording}(: nothing tells of the parts before part \d+|, part \d+: \d+ of \d+ events)")

    def test_it_ends_when_it_is_told_to_with_its_queue_full(self):
        self.kafka = self.config("kafka.conf", {"bootstrap.servers": self.brokers.addresses, "queue.buffering.max.messages": "10"})
        self.brokers.all("down")
        shutil.copytree(sample("parts"), self.spool)
        ship = self.server("ship", self.ship(self.spool, "--events", "ebpf.events"))
        world.until(lambda: "Kafka takes no more" in ship.text(), "its queue is full")
        self.assertEqual(ship.end(120), 3, ship.text())
        self.assertRegex(ship.text(), r"not acknowledged: \d+ frames, \d+ rows, [1-9]\d* events")
        ends = run(*self.ship(self.spool, "--events", "ebpf.events", "--give-up", "1s"), expect=3)
        self.assertRegex(ends.stderr, r"it has yet to take \d+ records of 'ebpf.events': .* given up")
        self.brokers.all("up")
        run(*self.ship(self.spool, "--once", "--events", "ebpf.events"))
        self.assertIn("no gaps", self.audit_of_events())


if __name__ == "__main__":
    fleet_case.main()
