# SPDX-License-Identifier: Apache-2.0
# A socket's description has the addresses that getsockname and getpeername give, from the first I/O after it got them.
import json
import os
import socket
import struct
import unittest

from raw_rows import Rows
from traced_run import LiveTest, main

PROGRAM = """
import json, os, socket
def ends(s):
    try: return [s.getsockname(), s.getpeername()]
    except OSError: return [s.getsockname(), None]
facts = {}
server = socket.socket(); server.bind(("127.0.0.1", 0)); server.listen()
client = socket.socket(); client.connect(server.getsockname()); accepted, _ = server.accept()
client.send(b"1"); accepted.recv(10)
facts["tcp"] = ends(client)
near = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); near.bind(("::1", 0))
far = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); far.connect(near.getsockname()); far.send(b"2"); near.recv(10)
facts["udp6"] = ends(far)
unix = socket.socket(socket.AF_UNIX); unix.bind("here"); unix.listen()
caller = socket.socket(socket.AF_UNIX); caller.connect("here"); answerer, _ = unix.accept()
caller.send(b"3"); answerer.recv(10)
hidden = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); hidden.bind("\\0hidden-%d" % os.getpid())
sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); sender.connect(hidden.getsockname()); sender.send(b"4"); hidden.recv(10)
facts["abstract"] = hidden.getsockname().decode()
link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); link.bind((0, 0)); link.send(bytes([16, 0, 0, 0, 1]) + bytes(11))
facts["netlink"] = link.getsockname()[0]
print(json.dumps(facts))
"""


def inet(name):
    return struct.pack("<H", socket.AF_INET) + struct.pack(">H", name[1]) + socket.inet_aton(name[0]) + bytes(8)


def inet6(name):
    return (struct.pack("<H", socket.AF_INET6) + struct.pack(">HI", name[1], 0) +
            socket.inet_pton(socket.AF_INET6, name[0]) + bytes(4))


class SocketAddresses(LiveTest):
    def test_every_family(self):
        out, trace = self.python(PROGRAM)
        facts, rows = json.loads(out), Rows(trace)

        def moved(*names):
            """(type, protocol, local, remote) of the sockets behind these calls that moved a byte."""
            files = [rows.files[call["file"]] for call in rows.calls(*names) if call["file"] in rows.files]
            return [(row["socketType"], row["protocol"], row["local"], row["remote"]) for row in files]

        sent, received = moved("sendto"), moved("recvfrom")
        here, there = (inet(name) for name in facts["tcp"])
        self.assertIn((socket.SOCK_STREAM, socket.IPPROTO_TCP, here, there), sent)
        self.assertIn((socket.SOCK_STREAM, socket.IPPROTO_TCP, there, here), received)
        here, there = (inet6(name) for name in facts["udp6"])
        self.assertIn((socket.SOCK_DGRAM, socket.IPPROTO_UDP, here, there), sent)
        self.assertIn((socket.SOCK_DGRAM, socket.IPPROTO_UDP, there, b""), received)
        path = struct.pack("<H", socket.AF_UNIX) + b"here\0"
        self.assertIn((socket.SOCK_STREAM, 0, b"\x01\x00", path), sent)
        self.assertIn((socket.SOCK_STREAM, 0, path, b""), received)
        hidden = struct.pack("<H", socket.AF_UNIX) + os.fsencode(facts["abstract"])
        self.assertIn((socket.SOCK_DGRAM, 0, b"\x01\x00", hidden), sent)
        self.assertIn((socket.SOCK_DGRAM, 0, hidden, b""), received)
        port = struct.pack("<HHII", socket.AF_NETLINK, 0, facts["netlink"], 0)
        self.assertIn((socket.SOCK_RAW, 0, port, b""), sent)

    def test_every_socket_has_its_network_namespace(self):
        out, trace = self.python("""
import os, socket
print(os.readlink("/proc/self/ns/net")[5:-1], flush=True)
for family, kind in ((socket.AF_INET, socket.SOCK_STREAM), (socket.AF_INET6, socket.SOCK_DGRAM), (socket.AF_UNIX, socket.SOCK_DGRAM)):
    s = socket.socket(family, kind); s.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE)
open("/dev/null").read(1)
""")
        number = int(out)
        files = Rows(trace).of["file"]
        sockets = [row["netns"] for row in files if row["path"].startswith(b"socket:[")]
        self.assertGreaterEqual(len(sockets), 3)
        self.assertEqual(set(sockets), {number})
        self.assertEqual({row["netns"] for row in files if row["path"] == b"/dev/null"}, {0})

    def test_a_socket_that_keeps_its_addresses_is_described_once(self):
        _, trace = self.python("""
import socket
left, right = socket.socketpair()
for i in range(1000): left.send(b"x"); right.recv(1)
""")
        sockets = [row for row in Rows(trace).of["file"] if row["path"].startswith(b"socket:[")]
        self.assertEqual(len(sockets), 2)

    def test_a_new_connection_is_a_new_description(self):
        out, trace = self.python("""
import json, socket
receivers = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3)]
for receiver in receivers: receiver.bind(("127.0.0.1", 0))
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for receiver in receivers: sender.connect(receiver.getsockname()); sender.send(b"x")
print(json.dumps([receiver.getsockname() for receiver in receivers]))
""")
        rows = Rows(trace)
        remotes = [rows.files[call["file"]]["remote"] for call in rows.calls("sendto")]
        self.assertEqual(remotes, [inet(name) for name in json.loads(out)])


if __name__ == "__main__":
    main()
