# SPDX-License-Identifier: Apache-2.0
# What --xdp counts against what the sender's kernel counted and what a capture saw leave it; packets and flows in the trace;
# and that nothing stays attached however the recorder ends.
import collections
import os
import re
import signal
import subprocess
import unittest

from network_world import HERE, HERE6, THERE, NetworkTest, run, skip_without_tools
from traced_run import ANALYZER, LONG, LONGEST, PYTHON, RECORDER, analyze, become_root

RAW_FRAMES = """
import socket, struct, sys
link, = sys.argv[1:]
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
raw.bind((link, 0))
def ip(protocol, payload, fragment=0):
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, fragment, 64, protocol, 0,
                       socket.inet_aton("10.77.0.1"), socket.inet_aton("10.77.0.2")) + payload
ethernet = b"\\x02" * 6 + b"\\x04" * 6
udp = struct.pack("!HHHH", 5000, 6000, 12, 0) + b"data"
for i in range(7): raw.send(ethernet + b"\\x08\\x00" + ip(132, struct.pack("!HHII", 1, 2, 3, 4)))
for i in range(5): raw.send(ethernet + b"\\x08\\x00" + ip(47, b"\\x00\\x00\\x08\\x00" + ip(17, udp)))
for i in range(9): raw.send(ethernet + b"\\x81\\x00\\x00\\x05\\x08\\x00" + ip(17, udp))
for i in range(4): raw.send(ethernet + b"\\x88\\xa8\\x00\\x06\\x81\\x00\\x00\\x07\\x08\\x00" + ip(17, udp))
for i in range(3): raw.send(ethernet + b"\\x08\\x00" + ip(17, b"rest of it", 0x0010))
for i in range(2): raw.send(ethernet + b"\\x08\\x00" + ip(6, b"short"))
"""

# The last packet of all: what was sent before it is in a capture that has it.
MARK = b"the last packet of all"
SEND_MARK = """
import socket, sys
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
raw.bind((sys.argv[1], 0))
raw.send(b"\\x02" * 6 + b"\\x04" * 6 + b"\\x88\\xb5" + sys.argv[2].encode() + b"." * 46)
"""


class NetworkEdge(NetworkTest):
    def test_counts_equal_those_of_tshark(self):
        capture = self.start_capture()
        recorder = self.observe("--packets")
        before = self.kernel_counts()
        server = self.start_inside(self.here, "iperf3", "-s", stdout=subprocess.DEVNULL)
        web = self.start_inside(self.here, *PYTHON[:1], "-m", "http.server", "8000", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for port in (5201, 8000):
            self.wait_until_listening(self.here, port)
        self.send("ping", "-c", "5", "-i", "0.1", HERE)
        self.send("ping", "-c", "4", "-i", "0.1", HERE6)
        self.send("iperf3", "-c", HERE, "-n", "3M")
        self.send("iperf3", "-c", HERE6, "-n", "1M")
        self.send("iperf3", "-c", HERE, "-u", "-b", "4M", "-t", "1")
        self.send("curl", "-s", f"http://{HERE}:8000/")
        self.send(*PYTHON, RAW_FRAMES, self.peer)
        for process in (server, web):
            self.end(process)
        self.wait_for_quiet()
        sent_by_kernel = {name: count - before[name] for name, count in self.kernel_counts().items()}
        self.send(*PYTHON, SEND_MARK, self.peer, MARK.decode())
        trace = self.stop(recorder)
        self.stop_capture()

        mac = self.send("cat", f"/sys/class/net/{self.peer}/address").strip()
        sent = collections.Counter()
        for line in run("tshark", "-r", capture, "-Y", f"eth.src=={mac} || eth.src==04:04:04:04:04:04", "-T", "fields", "-E", "occurrence=f", "-e", "ip.proto",
                        "-e", "ipv6.nxt").splitlines():
            four, six = (line.split("\t") + [""])[:2]
            if four:
                sent[int(four)] += 1
            elif six not in ("", "0"):  # listener reports have a hop-by-hop header, and go on after the capture
                sent[256 + int(six)] += 1
        names = {6: "tcp over ipv4", 17: "udp over ipv4", 1: "icmp over ipv4", 132: "sctp over ipv4", 47: "gre over ipv4", 256 + 6: "tcp over ipv6"}
        answer = analyze(trace, "--network")
        self.assertEqual((answer.complete, answer.lost), (True, 0))
        counted = {row["what"]: row["packets"] for row in answer.where(by="protocol")}
        self.assertEqual({name: counted.get(name, 0) for name in names.values()}, {name: sent[key] for key, name in names.items()})
        self.assertEqual((counted["sctp over ipv4"], counted["gre over ipv4"], counted["icmp over ipv4"]), (7, 5, 5))
        # the sender's kernel, which no capture can mislead; it knows nothing of the raw frames
        raw = {"tcp": 2, "udp": 9 + 4 + 3}
        self.assertEqual(counted["tcp over ipv4"] + counted["tcp over ipv6"] - raw["tcp"], sent_by_kernel["tcp"])
        self.assertEqual(counted["udp over ipv4"] - raw["udp"], sent_by_kernel["udp"])
        self.assertEqual((sent_by_kernel["echoes"], sent_by_kernel["tx_dropped"]), (5, 0))
        parsed = {row["what"]: row["packets"] for row in answer.where(by="parse")}
        self.assertEqual((parsed["fragment"], parsed["short TCP"]), (3, 2))
        flows = answer.where(by="flow")
        for interface, packets in ((self.interface + ".5", 9), (self.interface + ".6.7", 4)):
            row, = [row for row in flows if row["interface"] == interface]
            self.assertEqual(row["packets"], packets)
        # all of it is in some flow, packet by packet in the export, and nothing was dropped
        self.assertEqual(sum(row["packets"] for row in flows), sum(parsed[name] for name in ("parsed", "fragment", "unknown transport") if name in parsed))
        self.assertEqual([row["what"] for row in answer.where(by="verdict")], ["pass"])
        exported = self.file("packets.pcapng")
        with open(exported, "wb") as out:
            subprocess.run([ANALYZER, trace, "--export", "pcapng"], stdout=out, check=True, timeout=LONGEST)
        lines = run("tshark", "-r", exported, "-T", "fields", "-e", "frame.comment").splitlines()
        self.assertEqual(len(lines), sum(counted.values()))
        self.assertTrue(all(line.startswith("verdict: pass") for line in lines))

    def start_capture(self):
        """dumpcap on the sender's side, capturing when this returns, with a buffer for all of it."""
        self.capture = self.file("sent.pcapng")
        self.dumpcap = self.start_inside(self.there, "dumpcap", "-q", "-B", "64", "-i", self.peer, "-w", self.capture, stderr=subprocess.PIPE)
        for line in self.dumpcap.stderr:
            if line.startswith(b"File:"):
                return self.capture
        self.fail("dumpcap did not start")

    def stop_capture(self):
        """Once it has all that was sent; by its own account it dropped nothing."""
        def has_mark():
            with open(self.capture, "rb") as file:
                return MARK in file.read()

        self.wait_for(has_mark, "the last packet in the capture")
        self.dumpcap.send_signal(signal.SIGINT)
        said = self.dumpcap.stderr.read().decode()
        self.assertEqual(self.dumpcap.wait(LONGEST), 0, said)
        received, dropped = map(int, re.search(r"received/dropped on interface .*: (\d+)/(\d+) ", said).groups())
        self.assertEqual(dropped, 0, said)
        self.assertEqual(int(re.search(r"Number of packets:\s+(\d+)", run("capinfos", "-c", "-M", self.capture))[1]), received, said)

    def kernel_counts(self):
        """What the sender's kernel has sent, of its own account (/proc/net/snmp, and the interface)."""
        lines = [line.split() for line in self.send("cat", "/proc/net/snmp").splitlines()]
        snmp = {names[0] + name: int(value) for names, values in zip(lines[::2], lines[1::2]) for name, value in zip(names[1:], values[1:])}
        return {"tcp": snmp["Tcp:OutSegs"] + snmp["Tcp:RetransSegs"], "udp": snmp["Udp:OutDatagrams"], "echoes": snmp["Icmp:OutEchos"],
                "tx_dropped": int(self.send("cat", f"/sys/class/net/{self.peer}/statistics/tx_dropped"))}

    def wait_for_quiet(self):
        """Until no connection has anything left to send."""
        def quiet():
            sockets = [line.split() for line in self.send("cat", "/proc/net/tcp", "/proc/net/tcp6").splitlines() if ":" in line.split()[1]]
            return all(fields[3] in ("06", "0A") for fields in sockets)  # TIME_WAIT, LISTEN

        self.wait_for(quiet, "the connections' ends")

    def test_a_flow_leads_to_the_process_behind_its_socket(self):
        recorder = self.observe("--rule", "drop udp port 8000", command=["sh", "-c", f"exec {PYTHON[0]} -m http.server 8000 >/dev/null 2>&1"])
        self.wait_until_listening(self.here, 8000)
        self.send("curl", "-s", f"http://{HERE}:8000/")
        self.send("nping", "-c", "1", "--udp", "-p", "8000", HERE)
        self.wait_until_said("ebpf-record: drop")
        recorder.send_signal(signal.SIGINT)
        recorder.wait(LONGEST)
        self.listener.join(LONGEST)
        tcp, = [row for row in analyze(self.trace, "--network").where(by="flow") if row["what"].startswith("tcp") and ":8000" in row["what"]]
        self.assertTrue((tcp["process"] or "").startswith("python"), tcp)
        self.assertEqual(tcp["pid"], analyze(self.trace, "--tree").rows[0]["pid"])

    def test_nothing_stays_attached_however_it_ends(self):
        def pins():
            return run("sh", "-c", "find /sys/fs/bpf -type f 2>/dev/null | sort")

        before = pins()
        for i in range(200 if LONG else 8):
            recorder = self.observe("--rule", "limit syn 100/s")
            self.assertTrue(self.attached())
            recorder.send_signal((signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGABRT)[i % 4])
            recorder.wait(LONGEST)
            self.wait_until_free()
        self.assertEqual(pins(), before)

    def test_another_program_is_not_displaced(self):
        first = self.observe()
        done = subprocess.run(["ip", "netns", "exec", self.here, RECORDER, "-o", self.file("second"), "--xdp", self.interface],
                              capture_output=True, timeout=LONGEST)
        self.assertEqual(done.returncode, 122)
        number = self.inside(self.here, "ip", "link", "show", "dev", self.interface).split("prog/xdp id ")[1].split()[0]
        self.assertIn(f"id {number} ('on_packet')", done.stderr.decode())
        self.assertTrue(self.attached())
        self.stop(first)

    def test_generic_mode_and_an_interface_that_vanishes(self):
        recorder = self.observe("--xdp-mode", "generic")
        self.assertIn("(generic)", "".join(self.said))
        self.assertIn("xdpgeneric", self.inside(self.here, "ip", "link", "show", "dev", self.interface))
        self.send("ping", "-c", "2", "-i", "0.1", HERE)
        run("ip", "-n", self.there, "link", "del", self.peer)
        self.wait_for_end(recorder)
        answer = analyze(self.trace, "--security")
        self.assertEqual([row["event"] for row in answer.rows], ["interface gone"])
        self.assertEqual((answer.complete, answer.lost), (True, 0))
        counted = {row["what"]: row["packets"] for row in analyze(self.trace, "--network").where(by="protocol")}
        self.assertEqual(counted["icmp over ipv4"], 2)

    def test_errors_have_one_message_and_a_status(self):
        for options, status, text in ((["--xdp", "nosuch0"], 122, "no network interface 'nosuch0'"),
                                      (["--xdp", self.interface, "--rule", "drop tpc"], 2, "--rule:1:6: 'tpc' is no protocol"),
                                      (["--xdp", self.interface, "--rules", "/nonexistent"], 2, "cannot read the rules '/nonexistent'"),
                                      (["--rules", "x"], 2, "--xdp")):
            done = subprocess.run(["ip", "netns", "exec", self.here, RECORDER, "-o", self.file("x.trace"), *options], capture_output=True, timeout=LONGEST)
            self.assertEqual((done.returncode, text in done.stderr.decode()), (status, True), done.stderr)


if __name__ == "__main__":
    become_root()
    skip_without_tools()
    unittest.main(verbosity=2)
