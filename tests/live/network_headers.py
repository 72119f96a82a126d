# SPDX-License-Identifier: Apache-2.0
# Rules behind chains of headers, VLAN tags and what can't be followed, on packets on the wire. tshark, which dissects all of it,
# is the witness for what each packet is; an exact rule in words says what has to become of it.
import subprocess
import unittest

from network_world import NetworkTest, run, skip_without_tools
from traced_run import ANALYZER, LONGEST, PYTHON, analyze, become_root

FRAMES = """
import socket, struct, sys
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
raw.bind((sys.argv[1], 0))
ends = b"\\x02" * 6 + b"\\x04" * 6
def ip4(protocol, payload, fragment=0):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 7, fragment, 64, protocol, 0, socket.inet_aton("10.77.9.1"), socket.inet_aton("10.77.0.2"))
    sums = sum(struct.unpack("!10H", head))
    while sums >> 16: sums = (sums >> 16) + (sums & 0xffff)
    return b"\\x08\\x00", head[:10] + struct.pack("!H", ~sums & 0xffff) + head[12:] + payload
def ip6(next, payload):
    return b"\\x86\\xdd", struct.pack("!IHBB", 6 << 28, len(payload), next, 64) + socket.inet_pton(socket.AF_INET6, "fd77::9:1") + socket.inet_pton(socket.AF_INET6, "fd77::2") + payload
def send(packet, tags=0):
    kind, payload = packet
    raw.send(ends + b"".join(b"\\x81\\x00" + struct.pack("!H", i + 1) for i in range(tags)) + kind + payload)
udp = struct.pack("!HHHH", 5555, 7777, 12, 0) + b"data"
other = struct.pack("!HHHH", 5555, 8888, 12, 0) + b"data"
def ah(next): return bytes([next, 4]) + bytes(6) + bytes([0, 0, 0, 1]) + bytes(12)
def options(next): return bytes([next, 0, 1, 4]) + bytes(4)
def part(next, offset, more): return struct.pack("!BBHI", next, 0, offset << 3 | more, 9)
send(ip4(17, udp)); send(ip6(17, udp)); send(ip4(17, other)); send(ip6(17, other))
send(ip4(51, ah(17) + udp)); send(ip6(51, ah(17) + udp)); send(ip4(51, ah(17) + other)); send(ip6(51, ah(17) + other))
send(ip4(51, ah(51) + ah(17) + udp)); send(ip6(60, options(51) + ah(60) + options(17) + udp))
send(ip6(0, options(60) + options(17) + udp))
send(ip4(17, udp, 0x2000)); send(ip6(44, part(17, 0, 1) + udp)); send(ip4(17, b"rest", 5)); send(ip6(44, part(17, 5, 0) + b"rest"))
for tags in range(1, 9): send(ip4(51, ah(17) + udp), tags); send(ip6(17, udp), tags)
for i in range(3): send(ip4(17, udp), 9 + i)
send(ip6(60, options(60) * 9 + options(17) + udp))
send((b"\\x88\\x47", bytes([0, 1, 1, 64]) + ip4(17, udp)[1]))
send((b"\\x88\\xcc", bytes(46)))
"""
UNPARSED = {"too many VLAN tags": 3, "too many extensions": 1, "encapsulated": 1}


class NetworkHeaders(NetworkTest):
    def verdicts(self, *rules):
        """[(what tshark makes of the packet: protocols, UDP port, verdict and what else is noted, as a dictionary)] of all that was sent."""
        recorder = self.observe("--packets=1500", *(word for rule in rules for word in ("--rule", rule)))
        self.send(*PYTHON, FRAMES, self.peer)
        trace = self.stop(recorder)
        answer = analyze(trace, "--network")
        self.assertEqual((answer.complete, answer.lost), (True, 0))
        exported = self.file("packets.pcapng")
        with open(exported, "wb") as out:
            subprocess.run([ANALYZER, trace, "--export", "pcapng"], stdout=out, check=True, timeout=LONGEST)
        lines = run("tshark", "-r", exported, "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-Y", "eth.src==04:04:04:04:04:04", "-T", "fields",
                    "-e", "frame.protocols", "-e", "udp.dstport", "-e", "frame.comment").splitlines()
        packets = [dict(zip(("protocols", "port", "comment"), line.split("\t"))) for line in lines]
        for packet in packets:
            packet["protocols"] = packet["protocols"].split(":")
            packet["dropped"] = packet["comment"].startswith("verdict: drop")
            packet["unparsed"] = any(reason in packet["comment"] for reason in UNPARSED)
        self.assertEqual(len(packets), 37)
        return packets, answer, trace

    def check(self, packets, expected):
        for packet in packets:
            self.assertEqual(packet["dropped"], expected(packet), packet)

    def test_a_header_anywhere_in_the_chain(self):
        packets, answer, trace = self.verdicts("drop ah")
        self.check(packets, lambda packet: "ah" in packet["protocols"])
        self.assertEqual(sum(packet["dropped"] for packet in packets), 14)
        counted = {row["what"]: row["packets"] for row in answer.where(by="header")}
        self.assertEqual((counted["ah over ipv4"], counted["ah over ipv6"]), (11, 3))
        self.assertEqual({row["headers"] for row in answer.where(by="flow") if row["dropped"]}, {"ah", "ah destination-options"})
        # of what can't be followed there is word
        parsed = {row["what"]: row["packets"] for row in answer.where(by="parse")}
        self.assertEqual({name: parsed.get(name) for name in UNPARSED}, UNPARSED)
        told = {row["parse"]: (row["count"], row["verdict"]) for row in self.events(trace, "unparsed")}
        self.assertEqual(told, {name: (count, "pass") for name, count in UNPARSED.items()})

    def test_a_port_behind_every_chain(self):
        packets, *_ = self.verdicts("drop udp port 7777")
        self.check(packets, lambda packet: packet["port"] == "7777" and not packet["unparsed"])
        self.assertEqual(sum(packet["dropped"] for packet in packets), 2 + 2 + 2 + 1 + 2 + 16)

    def test_fragments_of_both_families(self):
        packets, answer, _ = self.verdicts("drop fragment")
        self.assertEqual(sum(packet["dropped"] for packet in packets), 4)
        counted = {row["what"]: row["packets"] for row in answer.where(by="header")}
        self.assertEqual((counted["fragment over ipv4"], counted["fragment over ipv6"]), (2, 2))

    def test_a_rule_for_what_cannot_be_followed(self):
        packets, answer, trace = self.verdicts("drop unparsed")
        self.check(packets, lambda packet: packet["unparsed"])
        self.assertEqual({row["what"]: row["dropped"] for row in answer.where(by="parse") if row["dropped"]}, UNPARSED)
        self.assertEqual({row["parse"] for row in self.events(trace, "drop")}, set(UNPARSED))
        self.assertEqual(self.events(trace, "unparsed"), [])

    def test_the_first_rule_decides_between_headers(self):
        packets, *_ = self.verdicts("pass udp port 8888", "drop ah", "drop other")
        self.check(packets, lambda packet: ("ah" in packet["protocols"] and packet["port"] != "8888")
                   or (not {"ip", "ipv6"} & set(packet["protocols"]) or "mpls" in packet["protocols"]))


if __name__ == "__main__":
    become_root()
    skip_without_tools()
    unittest.main(verbosity=2)
