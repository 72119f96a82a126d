# SPDX-License-Identifier: Apache-2.0
"""What the tests of the fleet share: the programs, and a folder, brokers and configuration files for each test."""
import collections
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import world

SHIP, LOAD, ANALYZE, MOCK, SIMULATE, READ_TOPIC, SCRIPT_TRACE, SAMPLES = sys.argv[1:9]
TOPICS = ["ebpf.frames:8", "ebpf.headers:1", "ebpf.events:4"]


def run(*words, expect=0, seconds=600):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=seconds, check=False)
    if expect is not None and done.returncode != expect:
        raise AssertionError(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done


def analyzed(files, *question):
    done = run(ANALYZE, *files, *question, "--format", "json", expect=None)
    if done.returncode not in (0, 3):  # 3: one has no end
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)["rows"]


def events_of(files, *choice):
    return run(ANALYZE, *files, "--events", "--format", "json", *choice).stdout.splitlines()


def files_of(folder):
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]


def sample(name):
    return os.path.join(SAMPLES, name)


Host = collections.namedtuple("Host", "number recording events folder")


class Case(unittest.TestCase):
    BROKERS = 3
    folders = []

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="fleet-")
        Case.folders.append(cls.folder)
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)

    def setUp(self):
        self.home = os.path.join(self.folder, self.id().split(".")[-1])
        os.makedirs(self.home)
        self.spool = os.path.join(self.home, "spool")
        self.brokers = world.Brokers(self.home, MOCK, self.BROKERS, TOPICS)
        self.addCleanup(self.brokers.end)
        self.kafka = self.config("kafka.conf", {"bootstrap.servers": self.brokers.addresses})

    def config(self, name, settings):
        path = os.path.join(self.home, name)
        with open(path, "w", encoding="utf-8", opener=lambda file, flags: os.open(file, flags, 0o600)) as file:
            file.writelines(f"{key}={value}\n" for key, value in settings.items())
        return path

    def ship(self, spool, *more):
        return [SHIP, spool, "--config", self.kafka, "--position", spool + ".position", *more]

    def server(self, name, command):
        server = world.Server(self.home, name, command)
        self.addCleanup(server.kill)
        return server

    def simulation(self, hosts, parts, repeat, keep, pause_ms, source="build.trace"):
        """A process whose hosts record until its standard input ends, if parts is 0."""
        process = subprocess.Popen([SIMULATE, sample(source), self.spool, *map(str, (hosts, parts, repeat, keep, pause_ms))],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        world.until(lambda: os.path.exists(os.path.join(self.spool, str(hosts - 1))), "hosts record")
        return process

    def simulated(self, process):
        """-> (hosts, lines about parts that were removed), when it has ended"""
        out, _ = process.communicate(timeout=1200)
        self.assertEqual(process.returncode, 0)
        lines = [line.split() for line in out.splitlines()]
        return ([Host(int(line[1]), line[2], int(line[3]), os.path.join(self.spool, line[1])) for line in lines if line[0] == "host"],
                [line[1:] for line in lines if line[0] == "removed"])

    def topic(self, name):
        """Its records, with their values as bytes."""
        records = [json.loads(line) for line in run(READ_TOPIC, self.brokers.addresses, name).stdout.splitlines()]
        for record in records:
            record["value"] = bytes.fromhex(record["value"])
        return records

    def acknowledged(self, spool):
        """Counters of the position file: frames, rows, bytes, dropped, taken back, events."""
        try:
            with open(spool + ".position", encoding="utf-8") as file:
                return list(map(int, file.read().splitlines()[1].split()[1:]))
        except OSError:
            return [0] * 6


def main(missing=""):
    if missing:
        print(f"skipped, because {missing}")
        sys.exit(77)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        unittest.main(argv=[sys.argv[0], *sys.argv[9:]], verbosity=2)
    finally:  # what an interrupted test leaves
        world.Server.kill_all()
        for folder in Case.folders:
            shutil.rmtree(folder, ignore_errors=True)
