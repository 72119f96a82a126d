# SPDX-License-Identifier: Apache-2.0
# Whose a flow is, when more than one process had the socket: by who used it then, in the interface's network namespace. The
# programs say themselves who got what.
import os
import unittest

from network_world import HERE, THERE, NetworkTest, run, skip_without_tools
from raw_rows import Rows
from traced_run import LONGEST, PYTHON, analyze, become_root

# A name for the process, and a file that says how far it is: tests wait for these, not for the clock. It is there when it is
# whole: who is killed next may be the one that writes it.
PRELUDE = """
import os, select, socket, subprocess, sys, time
folder = sys.argv[1]
def name(text): open("/proc/self/comm", "w").write(text)
def ready(text):
    path = os.path.join(folder, text)
    with open(path + ".part", "w") as file: file.write(str(os.getpid()))
    os.rename(path + ".part", path)
def wait_for(text):
    while not os.path.exists(os.path.join(folder, text)): time.sleep(0.01)
def udp(address, *options):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for option in options: s.setsockopt(socket.SOL_SOCKET, option, 1)
    s.bind(address)
    return s
def child(text, body):
    pid = os.fork()
    if pid == 0:
        name(text); body(); os._exit(0)
    return pid
"""


class NetworkOwners(NetworkTest):
    def serve(self, program, *options):
        """The recorder, once the program says 'ready'."""
        recorder = self.observe(*options, command=[*PYTHON, PRELUDE + program, self.folder])
        self.wait_until("ready")
        return recorder

    def wait_until(self, text):
        self.wait_for(lambda: os.path.exists(self.file(text)), text)

    def say(self, text):
        with open(self.file(text), "w", encoding="ascii"):
            pass

    def pid(self, text):
        with open(self.file(text), encoding="ascii") as file:
            return int(file.read())

    def end_recorder(self, recorder):
        self.said += recorder.stderr.read().decode().splitlines(keepends=True)
        self.assertEqual(recorder.wait(LONGEST), 0, "".join(self.said))

    def datagram(self, port, source=20001, host=HERE):
        self.send(*PYTHON, f"import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('{THERE}', {source})); s.sendto(b'x', ('{host}', {port}))")

    def owners(self):
        """{what: [(process, pid)]} of flows."""
        answer = analyze(self.trace, "--network")
        self.assertEqual((answer.complete, answer.lost), (True, 0))
        found = {}
        for row in answer.where(by="flow"):
            processes = [(one["process"], one["pid"]) for one in row["processes"] or []]
            self.assertEqual((row["process"], row["pid"]), processes[0] if processes else (None, None))
            found[row["what"]] = processes
        return found

    def test_a_restarted_service(self):
        recorder = self.serve(f"""
for text in ("first", "second"):
    def serve():
        s = udp(({HERE!r}, 7006))
        t = socket.socket(); t.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); t.bind(({HERE!r}, 7007)); t.listen()
        ready(text); ready("ready")
        s.recvfrom(100); c, _ = t.accept(); c.recv(10)
    child(text, serve); os.wait()
""")
        for i, text in enumerate(("first", "second")):
            self.wait_until(text)
            self.datagram(7006, 20001 + i)
            self.send(*PYTHON, f"import socket; s = socket.socket(); s.bind(('{THERE}', {20011 + i})); s.connect(('{HERE}', 7007)); s.send(b'hi'); s.recv(1)")
        self.end_recorder(recorder)
        owners = self.owners()
        for i, text in enumerate(("first", "second")):
            self.assertEqual(owners[f"udp {THERE}:{20001 + i} > {HERE}:7006"], [(text, self.pid(text))])
            self.assertEqual(owners[f"tcp {THERE}:{20011 + i} > {HERE}:7007"], [(text, self.pid(text))])

    def test_a_child_that_inherits_owns_nothing(self):
        for port, how in enumerate(("pass", "s.close()", "os.fstat(s.fileno()); os.dup(s.fileno()); s.getsockname(); s.close()", "os.execv('/bin/sleep', ['sleep', '0'])"), 7001):
            with self.subTest(how):
                for text in ("ready", "network.trace"):
                    if os.path.exists(self.file(text)):
                        os.unlink(self.file(text))
                recorder = self.serve(f"""
s = udp(({HERE!r}, {port}))
pid = child("helper", lambda: exec({how!r}))
os.waitpid(pid, 0)
name("server"); ready("ready")
select.select([s], [], []); s.recvfrom(100, socket.MSG_DONTWAIT)
""")
                self.datagram(port)
                self.end_recorder(recorder)
                self.assertEqual(self.owners()[f"udp {THERE}:20001 > {HERE}:{port}"], [("server", self.pid("ready"))])

    def test_workers_that_share_a_port(self):
        recorder = self.serve(f"""
def serve(text):
    s = udp(({HERE!r}, 7001), socket.SO_REUSEPORT)
    ready(text)
    while True:
        data, source = s.recvfrom(100)
        if source[1] == 29999: break
        ready("got-%d" % source[1])
workers = [child(text, lambda: serve(text)) for text in ("one", "two")]
wait_for("one"); wait_for("two"); ready("ready")
os.wait()  # whichever the last datagram reaches
for pid in workers:
    try: os.kill(pid, 9)
    except ProcessLookupError: pass
""")
        for source in range(20001, 20021):
            self.datagram(7001, source)
            self.wait_until(f"got-{source}")
        self.datagram(7001, 29999)
        self.end_recorder(recorder)
        owners = self.owners()
        for source in range(20001, 20021):
            self.assertEqual([pid for _, pid in owners[f"udp {THERE}:{source} > {HERE}:7001"]], [self.pid(f"got-{source}")])

    def test_the_child_that_serves_a_connection(self):
        recorder = self.serve(f"""
t = socket.socket(); t.bind(({HERE!r}, 7007)); t.listen(); name("inetd"); ready("ready")
c, _ = t.accept()
def serve():
    ready("served"); c.recv(10); c.send(b"x")
pid = child("served", serve); c.close(); os.waitpid(pid, 0)
""")
        self.send(*PYTHON, f"import socket; s = socket.socket(); s.bind(('{THERE}', 20001)); s.connect(('{HERE}', 7007)); s.send(b'hi'); s.recv(1)")
        self.end_recorder(recorder)
        self.assertEqual(self.owners()[f"tcp {THERE}:20001 > {HERE}:7007"], [("served", self.pid("served"))])

    def test_a_connection_that_was_handed_over(self):
        recorder = self.serve(f"""
t = socket.socket(); t.bind(({HERE!r}, 7007)); t.listen()
left, right = socket.socketpair()
def serve():
    left.close(); t.close()
    _, fds, _, _ = socket.recv_fds(right, 10, 1)
    c = socket.socket(fileno=fds[0]); ready("got"); c.recv(10); c.send(b"x")
pid = child("receiver", serve); ready("ready")
c, _ = t.accept(); socket.send_fds(left, [b"x"], [c.fileno()]); c.close(); os.waitpid(pid, 0)
""")
        self.send(*PYTHON, f"import socket; s = socket.socket(); s.bind(('{THERE}', 20001)); s.connect(('{HERE}', 7007)); s.send(b'hi'); s.recv(1)")
        self.end_recorder(recorder)
        self.assertEqual(self.owners()[f"tcp {THERE}:20001 > {HERE}:7007"], [("receiver", self.pid("got"))])

    def test_the_same_address_in_another_namespace(self):
        other = self.here + "x"
        run("ip", "netns", "add", other)
        self.addCleanup(run, "ip", "netns", "del", other, check=False)
        run("ip", "-n", other, "link", "set", "lo", "up")
        run("ip", "-n", other, "addr", "add", HERE + "/24", "dev", "lo")
        recorder = self.serve(f"""
inner = 'import os, socket, sys; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind((sys.argv[3], 7001)); s.sendto(b"x", s.getsockname()); s.recvfrom(9); open(sys.argv[1], "w").write("x"); s.settimeout(0.2)\\nwhile not os.path.exists(sys.argv[2]):\\n try: s.recvfrom(9)\\n except OSError: pass'
other = subprocess.Popen(["ip", "netns", "exec", {other!r}, sys.executable, "-c", inner, os.path.join(folder, "inner"), os.path.join(folder, "enough"), {HERE!r}])
wait_for("inner")
s = udp(({HERE!r}, 7001)); name("outer"); ready("ready"); s.recvfrom(9); ready("got"); s.close()
wait_for("enough"); other.wait()
""")
        self.datagram(7001)
        self.wait_until("got")
        self.datagram(7001, 20002)  # nobody has it here any more
        self.say("enough")
        self.end_recorder(recorder)
        owners = self.owners()
        self.assertEqual(owners[f"udp {THERE}:20001 > {HERE}:7001"], [("outer", self.pid("ready"))])
        self.assertEqual(owners[f"udp {THERE}:20002 > {HERE}:7001"], [])
        rows = Rows(self.trace)
        here = int(self.inside(self.here, "stat", "-Lc", "%i", "/proc/self/ns/net"))
        there = int(self.inside(other, "stat", "-Lc", "%i", "/proc/self/ns/net"))
        self.assertEqual({row["netns"] for row in rows.of["interface"]}, {here})
        self.assertLessEqual({here, there}, {row["netns"] for row in rows.of["file"] if row["path"].startswith(b"socket:[")})

    def test_a_client_that_is_not_connected_and_a_ping(self):
        web = self.start_inside(self.there, *PYTHON, f"""
import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(({THERE!r}, 53)); open({self.file('echo')!r}, 'w').write('x')
data, source = s.recvfrom(9); s.sendto(data, source)""")
        self.wait_until("echo")
        recorder = self.serve(f"""
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); name("client")
s.sendto(b"x", ({THERE!r}, 53)); s.recv(9); ready("ready")
ping = subprocess.Popen(["ping", "-c", "1", {THERE!r}], stdout=subprocess.DEVNULL); ping.wait(); open(os.path.join(folder, "ping"), "w").write(str(ping.pid))
""")
        self.end_recorder(recorder)
        self.assertEqual(web.wait(LONGEST), 0)
        owners = self.owners()
        answer, = [found for what, found in owners.items() if what.startswith(f"udp {THERE}:53 > {HERE}:")]
        self.assertEqual(answer, [("client", self.pid("ready"))])
        reply, = [found for what, found in owners.items() if what.startswith(f"icmp {THERE} > {HERE}")]
        self.assertEqual(reply, [("ping", self.pid("ping"))])

    def test_closed_ports_belong_to_nobody_and_dropped_packets_to_who_waits(self):
        recorder = self.serve(f"""
s = udp(("0.0.0.0", 7001)); pid = child("waiter", lambda: (s.recvfrom(9)))
open(os.path.join(folder, "waiter"), "w").write(str(pid))
name("maker"); ready("ready"); wait_for("enough"); os.kill(pid, 9); os.wait()
""", "--rule", "drop udp port 7001")
        self.wait_until("waiter")
        self.wait_for(lambda: "recvfrom" in self.call_of(self.pid("waiter")), "the waiter")
        self.datagram(7001)
        self.datagram(7002, 7001)  # from a port that is open here
        self.say("enough")
        self.end_recorder(recorder)
        owners = self.owners()
        self.assertEqual([pid for _, pid in owners[f"udp {THERE}:20001 > {HERE}:7001"]], [self.pid("waiter")])
        self.assertEqual(owners[f"udp {THERE}:7001 > {HERE}:7002"], [])
        drop, = self.events(self.trace, "drop")
        self.assertEqual(drop["pid"], self.pid("waiter"))

    def call_of(self, pid):
        with open(f"/proc/{pid}/syscall", encoding="ascii") as file:
            return "recvfrom" if file.read().split()[0] == "45" else ""


if __name__ == "__main__":
    become_root()
    skip_without_tools()
    unittest.main(verbosity=2)
