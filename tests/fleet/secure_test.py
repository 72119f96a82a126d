#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TLS, SASL and passwords; settings that can't be used; and that ebpf-ship reads its spool and nothing else.
usage: secure_test.py SHIP LOAD ANALYZE MOCK_BROKER SIMULATE READ_TOPIC SCRIPT_TRACE SAMPLES"""
import os
import re
import shutil
import tempfile

import fleet_case
import tls_proxy
import world
from fleet_case import LOAD, SHIP, run, sample

PASSWORD = "hush = & <secret>"


class Secure(fleet_case.Case):
    def setUp(self):
        super().setUp()
        shutil.copytree(sample("parts"), self.spool)
        self.position = self.spool + ".position"

    def needs_openssl(self):
        if why := tls_proxy.missing():
            self.skipTest(why)
        self.certificates = tls_proxy.Certificates(os.path.join(self.home, "certificates"))
        proxies, self.proxies = {}, []
        for address in self.brokers.addresses.split(","):
            proxy = tls_proxy.KafkaTlsProxy(self.certificates.for_server(True), int(address.rsplit(":", 1)[1]), proxies, "ebpf", PASSWORD)
            self.addCleanup(proxy.close)
            self.proxies.append(proxy)

    def secure(self, **other):
        settings = {"bootstrap.servers": ",".join(f"127.0.0.1:{proxy.port}" for proxy in self.proxies), "security.protocol": "SASL_SSL",
                    "sasl.mechanism": "PLAIN", "sasl.username": "ebpf", "sasl.password": PASSWORD,
                    "ssl.ca.location": self.certificates.path("ca.pem"), "ssl.certificate.location": self.certificates.path("client.pem"),
                    "ssl.key.location": self.certificates.path("client.key"), "ssl.key.password": self.certificates.KEY_PASSWORD,
                    "ssl.endpoint.identification.algorithm": "https"}
        settings.update({name.replace("_", "."): value for name, value in other.items()})
        return self.config("secure.conf", settings)

    def told_nobody(self, *texts):
        for text in texts:
            self.assertNotIn("hush", text)

    def test_tls_and_sasl_from_the_spool_to_the_table(self):
        self.needs_openssl()
        ship = self.server("ship", [SHIP, self.spool, "--config", self.secure(), "--position", self.position])
        rows = self.rows_of_spool()
        world.until(lambda: self.acknowledged(self.spool)[1] == rows, "all rows are acknowledged")
        with open(f"/proc/{ship.process.pid}/cmdline", "rb") as words, open(f"/proc/{ship.process.pid}/environ", "rb") as variables:
            self.told_nobody(words.read().decode(), variables.read().decode(errors="replace"))
        self.assertEqual(ship.end(60), 0, ship.text())
        self.assertGreater(sum(proxy.admitted for proxy in self.proxies), 0)
        self.told_nobody(ship.text())
        if why := world.missing():
            self.skipTest("of ClickHouse: " + why)
        server = world.ClickHouse(self.home, "clickhouse", 1, 1)
        self.addCleanup(server.kill)
        front = tls_proxy.TlsProxy(self.certificates.for_server(False), server.port)
        self.addCleanup(front.close)
        config = self.secure(**{"clickhouse_url": f"https://127.0.0.1:{front.port}", "clickhouse_ca": self.certificates.path("ca.pem"),
                                "clickhouse_user": "loader", "clickhouse_password": world.ClickHouse.PASSWORD})
        done = run(LOAD, "--kafka", "--once", "--config", config)
        account = run(LOAD, "--audit", "--fail-on-gap", "--config", config)
        self.assertIn("no gaps", account.stdout)
        self.assertEqual(sum(int(line.split()[6]) for line in account.stdout.splitlines() if re.search(r" [0-9a-f]{32} ", line)), rows)
        for one in (done, account):
            self.assertNotIn(world.ClickHouse.PASSWORD, one.stdout + one.stderr)
            self.told_nobody(one.stdout, one.stderr)
        with self.subTest("another authority than ClickHouse's"):
            other = tls_proxy.Certificates(os.path.join(self.home, "other"))
            refused = run(LOAD, "--audit", "--config", self.secure(clickhouse_url=f"https://127.0.0.1:{front.port}", clickhouse_ca=other.path("ca.pem"),
                                                                   clickhouse_user="loader", clickhouse_password=world.ClickHouse.PASSWORD), expect=3)
            self.assertRegex(refused.stderr, rf"https://127.0.0.1:{front.port}: .*certificate")
            self.assertNotIn(world.ClickHouse.PASSWORD, refused.stderr)

    def rows_of_spool(self):
        """Of all blocks, by a shipper without TLS that has a position, and a topic, of its own."""
        position = os.path.join(self.home, "plain")
        run(SHIP, self.spool, "--once", "--config", self.kafka, "--topic", "ebpf.events", "--position", position + ".position")
        return self.acknowledged(position)[1]

    def refused(self, name, config):
        """Nothing is sent; what it says meanwhile."""
        ship = self.server(name, [SHIP, self.spool, "--config", config, "--position", self.position])
        world.until(lambda: "Kafka: " in ship.text(), "it says what Kafka says")
        self.assertEqual(ship.end(60), 3, ship.text())
        self.assertEqual(self.topic("ebpf.frames"), [])
        self.told_nobody(ship.text())
        return ship.text()

    def test_another_authority_or_password_sends_nothing(self):
        self.needs_openssl()
        other = tls_proxy.Certificates(os.path.join(self.home, "other"))
        self.assertIn("certificate verify failed", self.refused("authority", self.secure(ssl_ca_location=other.path("ca.pem"))))
        self.refused("password", self.secure(sasl_password="hush, but another one"))
        self.assertEqual(sum(proxy.admitted for proxy in self.proxies), 0)

    def mistake(self, program, settings, *more):
        done = run(*program, "--config", self.config("bad.conf", {"bootstrap.servers": "127.0.0.1:1", **settings}), *more, expect=1)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.told_nobody(done.stderr)
        return done.stderr

    def test_settings_that_cannot_be_used(self):
        ship = [SHIP, self.spool, "--position", self.position]
        load = [LOAD, "--kafka", "--clickhouse", "http://127.0.0.1:1"]
        for settings, said in (
                ({"acks": "1"}, "'acks=1': it is always all here; take the line out"),
                ({"delivery.report.only.error": "true"}, "'delivery.report.only.error=true': it is always false here; take the line out"),
                ({"transactional.id": "a"}, "'transactional.id=a': it is always unset here; take the line out"),
                ({"security.protocol": "tls"}, "does not take 'security.protocol=tls'; it takes plaintext, ssl, sasl_plaintext, sasl_ssl"),
                ({"linger.ms": "-1"}, "does not take 'linger.ms=-1'; it takes 0 .. 900000"),
                ({"security.protocl": "ssl"}, "knows no setting 'security.protocl'; did you mean 'security.protocol'?"),
                ({"no.such.thing": "1"}, "knows no setting 'no.such.thing'; take the line out"),
                ({"sasl.pasword": "hush"}, "did you mean 'sasl.password'?"),
                ({"security.protocol": "ssl", "ssl.ca.location": "/no/such/ca.pem"}, "'ssl.ca.location=/no/such/ca.pem' can't be read: No such file"),
                ({"security.protocol": "sasl_plaintext", "sasl.mechanism": "NONE", "sasl.password": "hush"}, "NONE")):
            with self.subTest(said):
                self.assertIn(said, self.mistake(ship, settings))
        self.assertIn("'partition.assignment.strategy=cooperative-sticky'", self.mistake(load, {"partition.assignment.strategy": "cooperative-sticky"}))
        self.assertIn("'clickhouse.shard.one'", self.mistake([LOAD, "--audit"], {"clickhouse.shard.one": "http://127.0.0.1:1"}))
        self.assertIn("'clickhouse.pasword'", self.mistake([LOAD, "--audit"], {"clickhouse.pasword": "hush"}))
        with self.subTest("the command line is over the file"):
            run(SHIP, self.spool, "--config", self.config("other.conf", {"bootstrap.servers": "127.0.0.1:1"}), "--position", self.position,
                "--brokers", self.brokers.addresses, "--once")

    def test_it_reads_its_spool_and_nothing_else(self):
        outside = tempfile.mkdtemp(dir=self.folder)  # beside the folder of the position file, which may be read
        shutil.move(os.path.join(self.spool, "run.0003.trace"), outside)
        os.symlink(os.path.join(outside, "run.0003.trace"), os.path.join(self.spool, "run.0003.trace"))
        ship = self.server("ship", self.ship(self.spool))
        world.until(lambda: self.acknowledged(self.spool)[0], "frames are acknowledged")
        if "this kernel has no Landlock" in ship.text():
            self.skipTest("this kernel has no Landlock")
        world.until(lambda: "run.0003.trace' is not shipped" in ship.text(), "the part outside is refused")
        self.assertIn("Permission denied", ship.text())
        self.assertEqual(ship.end(60), 0, ship.text())
        self.assertEqual({record["headers"]["part"] for record in self.topic("ebpf.frames")}, {"1", "2"})


if __name__ == "__main__":
    fleet_case.main()
