# SPDX-License-Identifier: Apache-2.0
"""Servers of a small fleet on 127.0.0.1: mock brokers, ZooKeeper, ClickHouse shards and replicas. All of them are this process's children
on ports that were free, with their data in one folder; they are ended by their process ids."""
import os
import random
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

ZOOKEEPER_JAR = "/usr/share/java/zookeeper.jar"
WAIT = 300  # seconds until something that must happen is believed not to: machines may be very busy


def missing():
    """What this machine lacks for it; empty: nothing."""
    for program in ("clickhouse-server", "java"):
        if not shutil.which(program):
            return f"{program} is not installed (scripts/install-packages fleet)"
    return "" if os.path.exists(ZOOKEEPER_JAR) else "zookeeper is not installed (scripts/install-packages fleet)"


def free_port():
    """Below those that outgoing connections get: a server that is down for a while finds its own free again."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        end = int(file.read().split()[0])
    while True:
        port = random.randrange(max(2048, end - 16384), end)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def until(true, what, seconds=WAIT, pause=0.1):
    end = time.monotonic() + seconds
    while not (found := true()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(pause)
    return found


class Server:
    """A process that may be killed and started again as it was."""
    started = []

    def __init__(self, folder, name, command, **options):
        self.log = os.path.join(folder, name + ".log")
        self.command, self.options, self.process = command, options, None
        Server.started.append(self)
        self.start()

    @staticmethod
    def kill_all():
        for server in Server.started:
            server.kill()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, **self.options)

    def running(self):
        return self.process.poll() is None

    def kill(self):
        if self.running():
            self.process.kill()
        self.process.wait()

    def end(self, seconds=20):
        if self.running():
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()


class Brokers:
    """Ends with its standard input, so with this process."""

    def __init__(self, folder, program, count, topics):
        self.process = subprocess.Popen([program, str(count), *topics], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addresses = self.process.stdout.readline().strip()
        self.count = count
        self.partitions = [(topic, number) for topic, partitions in (name.split(":") for name in topics) for number in range(int(partitions))]

    def obey(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if answer != "ok":
            raise AssertionError(f"{line}: {answer}")

    def lead_all(self, broker):
        """It leads each partition of each topic from now on. Who leads them at first is drawn by lot (librdkafka's rdkafka_mock.c,
        rd_kafka_mock_partition_assign_replicas), and a broker that goes down goes on leading what it led (rd_kafka_mock_broker_set_down
        closes its connections, nothing else): where one is down for good, each topic that is used needs another leader, by this."""
        for topic, partition in self.partitions:
            self.obey(f"leader {broker} {topic} {partition}")

    def all(self, what):
        for broker in range(1, self.count + 1):
            self.obey(f"{what} {broker}")

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class ZooKeeper(Server):
    def __init__(self, folder):
        self.port = free_port()
        data = os.path.join(folder, "zookeeper")
        os.makedirs(data)
        config = os.path.join(folder, "zoo.cfg")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"tickTime=1000\ndataDir={data}\nclientPort={self.port}\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n")
        super().__init__(folder, "zookeeper", ["java", "-Xmx256m", "-cp", ZOOKEEPER_JAR, "org.apache.zookeeper.server.quorum.QuorumPeerMain", config])
        self.wait()

    def wait(self):
        def answers():
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1):
                    return True
            except OSError:
                return False
        until(answers, "ZooKeeper answers")


class HttpServer(Server):
    """Something with ClickHouse's HTTP interface at self.port."""

    def why_ended(self):
        return self.text()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def ask(self, sql):
        request = urllib.request.Request(self.url + "/", data=sql.encode())
        try:
            with urllib.request.urlopen(request, timeout=WAIT) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{sql}: {error.read().decode()}") from None

    def rows(self, sql):
        return [line.split("\t") for line in self.ask(sql).splitlines()]

    def number(self, sql):
        return int(self.ask(sql))

    def wait(self):
        def answers():
            try:
                return self.ask("SELECT 1") == "1\n"
            except OSError:
                if not self.running():
                    raise AssertionError("ClickHouse ended: " + self.why_ended()) from None
                return False
        until(answers, "ClickHouse answers")


class ClickHouse(HttpServer):
    """One server; user `loader` with a password."""
    PASSWORD = "not & <secret>"

    def why_ended(self):
        with open(os.path.join(self.home, "error.log"), encoding="utf-8", errors="replace") as log:
            return self.text() + log.read()[-2000:]

    def __init__(self, folder, name, shard, replica, zookeeper=None, old_parts_lifetime=5):
        """old_parts_lifetime: seconds that files of merged parts stay; None: as the server has it (8 minutes)."""
        self.port = free_port()
        self.home = home = os.path.join(folder, name)
        os.makedirs(home)
        merges = "" if old_parts_lifetime is None else f"<merge_tree><old_parts_lifetime>{old_parts_lifetime}</old_parts_lifetime></merge_tree>"
        coordination = f"<zookeeper><node><host>127.0.0.1</host><port>{zookeeper.port}</port></node><session_timeout_ms>20000</session_timeout_ms></zookeeper>" if zookeeper else ""
        with open(os.path.join(home, "config.xml"), "w", encoding="utf-8") as file:
            file.write(f"""<yandex><logger><level>warning</level><log>{home}/server.log</log><errorlog>{home}/error.log</errorlog></logger>
<http_port>{self.port}</http_port><tcp_port>{free_port()}</tcp_port><interserver_http_port>{free_port()}</interserver_http_port>
<interserver_http_host>127.0.0.1</interserver_http_host><listen_host>127.0.0.1</listen_host>
<path>{home}/data/</path><tmp_path>{home}/tmp/</tmp_path><users_config>{home}/users.xml</users_config>
<default_profile>default</default_profile><default_database>default</default_database><mark_cache_size>50000000</mark_cache_size>
<timezone>UTC</timezone>{merges}{coordination}<macros><shard>{shard}</shard><replica>{replica}</replica></macros></yandex>""")
        password = self.PASSWORD.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        with open(os.path.join(home, "users.xml"), "w", encoding="utf-8") as file:
            file.write(f"""<yandex><profiles><default><max_memory_usage>2000000000</max_memory_usage></default></profiles><quotas><default/></quotas>
<users><default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default>
<loader><password>{password}</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></loader></users></yandex>""")
        super().__init__(folder, name, ["clickhouse-server", "--config-file=" + os.path.join(home, "config.xml")])
        self.wait()

    def sessions_lost(self):
        """How often a table has noticed that ZooKeeper had forgotten its server."""
        with open(os.path.join(self.home, "server.log"), encoding="utf-8", errors="replace") as log:
            return log.read().count("ZooKeeper session has expired")
