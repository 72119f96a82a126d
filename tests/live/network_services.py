# SPDX-License-Identifier: Apache-2.0
# Real services behind the observed interface: IPv6 sources, nginx as a busy port, VLANs, and whose process a flow belongs to.
import os
import signal
import subprocess
import unittest

from network_world import HERE, HERE6, THERE, THERE6, NetworkTest, run, skip_without_tools
from traced_run import LONGEST, PYTHON, analyze, become_root

OTHER6, WITHIN6 = "fd77::9", "fd77::5:0:0:9"  # other senders; the second is in fd77::5:0:0:0/80

NGINX = """
daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 80; listen [::]:80; location / {{ return 200 "hello\\n"; }} }}
}}
"""

# Connection attempts as fast as they go, with no one waiting for an answer.
CONNECTS = """
import socket, sys
source, target, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
for i in range(times):
    one = socket.socket(socket.AF_INET6)
    one.setblocking(False)
    one.bind((source, 0))
    one.connect_ex((target, 8080))
    one.close()
"""


# UDP with one tag and with two.
TAGGED = """
import socket, struct, sys
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
raw.bind((sys.argv[1], 0))
def frame(tags, source, port):
    udp = struct.pack("!HHHH", 5000, port, 12, 0) + b"data"
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, socket.inet_aton(source), socket.inet_aton("10.77.0.2"))
    return b"\\x02" * 6 + b"\\x04" * 6 + tags + b"\\x08\\x00" + ip + udp
for i in range(3): raw.send(frame(b"\\x81\\x00\\x00\\x05", "10.77.5.9", 6000))
for i in range(4): raw.send(frame(b"\\x81\\x00\\x00\\x05", "10.77.5.1", 6000))
for i in range(2): raw.send(frame(b"\\x88\\xa8\\x00\\x06\\x81\\x00\\x00\\x07", "10.77.5.1", 7000))
"""


class NetworkServices(NetworkTest):
    def setUp(self):
        super().setUp()
        for address in (OTHER6, WITHIN6):
            run("ip", "-n", self.there, "addr", "add", address + "/64", "dev", self.peer, "nodad")

    def nginx(self):
        config = self.file("nginx.conf")
        with open(config, "w", encoding="ascii") as out:
            out.write(NGINX.format(folder=self.folder))
        return ["nginx", "-c", config]

    def wait_until_served(self, host=HERE):
        self.wait_for(lambda: subprocess.run(["ip", "netns", "exec", self.here, "curl", "-s", "-o", "/dev/null", "--max-time", "20", f"http://{host}/"],
                                             timeout=LONGEST).returncode == 0, "nginx")

    def end_recorder(self, recorder):
        """Ends the command, and the recorder with it."""
        recorder.send_signal(signal.SIGINT)
        recorder.wait(LONGEST)
        self.listener.join(LONGEST)

    def test_an_ipv6_prefix_is_blocked(self):
        recorder = self.observe("--rule", "block fd77::5:0:0:0/80")
        self.assertTrue(self.reaches(THERE6))  # neighbours know each other: a blocked source's question for the other is dropped too
        self.assertEqual((self.silent(WITHIN6), self.reaches(THERE6), self.reaches()), (True, True, True))
        trace = self.stop(recorder)
        drops = self.events(trace, "drop")
        self.assertGreater(len(drops), 0)
        self.assertEqual({(row["source"], row["rule"], row["protocol"]) for row in drops}, {(WITHIN6, "block fd77::5:0:0:0/80", "icmpv6")})
        blocked, = analyze(trace, "--network").where(by="source", what=WITHIN6)
        self.assertEqual(blocked["dropped"], blocked["packets"])
        other, = analyze(trace, "--network").where(by="source", what=THERE6)
        self.assertEqual(other["dropped"], 0)

    def test_an_ipv6_flood_blocks_its_source_only_and_releases_it(self):
        recorder = self.observe("--rule", "limit syn 100/s burst 200 block 15s")
        self.assertTrue(self.reaches(OTHER6))  # neighbours know each other
        self.send(*PYTHON, CONNECTS, OTHER6, HERE6, "1500")
        self.assertEqual((self.silent(OTHER6), self.reaches(THERE6)), (True, True))
        self.wait_until_said("ebpf-record: unblock")
        self.assertTrue(self.reaches(OTHER6))
        trace = self.stop(recorder)
        block, = self.events(trace, "block")
        self.assertTrue(block["source"].startswith(f"[{OTHER6}]:"), block)
        self.assertEqual((block["destination"], block["protocol"]), (f"[{HERE6}]:8080", "tcp"))
        release, = self.events(trace, "unblock")
        self.assertEqual(release["source"], OTHER6)
        verdicts = {row["what"]: row["packets"] for row in analyze(trace, "--network").where(by="verdict")}
        self.assertGreater(verdicts["drop"], 0)
        self.assertEqual(release["count"], verdicts["drop"])

    def test_a_busy_nginx_blocks_nobody_and_owns_its_flows(self):
        recorder = self.observe("--rule", "scan 20 ports in 10s", "--rule", "limit syn 1000/s burst 2000", command=self.nginx())
        self.wait_until_served()
        self.send("sh", "-c", f"for i in $(seq 100); do curl -s -o /dev/null http://{HERE}/ && curl -s -o /dev/null 'http://[{HERE6}]/' || exit 1; done")
        self.end_recorder(recorder)
        self.assertEqual(analyze(self.trace, "--security").rows, [])
        answer = analyze(self.trace, "--network")
        self.assertEqual((answer.complete, answer.lost), (True, 0))
        flows = [row for row in answer.where(by="flow") if row["what"].startswith("tcp")]
        self.assertEqual(len(flows), 200)
        self.assertEqual({row["process"] for row in flows}, {"nginx"})
        nginx = {row["pid"] for row in analyze(self.trace, "--tree").rows if row["process"] == "nginx"}
        self.assertLessEqual({row["pid"] for row in flows}, nginx)
        port, = answer.where(by="port", what="tcp 80")
        self.assertEqual(port["packets"], sum(row["packets"] for row in flows))

    def test_answers_belong_to_the_client(self):
        web = self.start_inside(self.there, *self.nginx(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_until_listening(self.there, 80)
        recorder = self.observe("--rule", "drop tcp port 1-79", command=["curl", "-s", "-o", "/dev/null", "-o", "/dev/null", f"http://{THERE}/", f"http://[{THERE6}]/"])
        self.wait_for_end(recorder)
        web.terminate()
        web.wait(LONGEST)
        flows = [row for row in analyze(self.trace, "--network").where(by="flow") if row["what"].startswith("tcp")]
        self.assertEqual(sorted(row["what"].split(" ")[1] for row in flows), [f"{THERE}:80", f"[{THERE6}]:80"])
        tree = analyze(self.trace, "--tree").rows
        self.assertEqual({(row["process"], row["pid"]) for row in flows}, {("curl", tree[0]["pid"])})

    def test_a_finding_names_the_process_and_who_started_it(self):
        recorder = self.observe("--rule", "limit packets 1/s burst 5 report", command=["sh", "-c", " ".join(self.nginx()) + " & trap 'kill $!' INT; wait; wait"])
        self.wait_until_served()
        # Of one request there may be five packets or six; of so many, a machine would have to be slow that there is no flood.
        self.send("curl", "-s", f"http://{HERE}/[1-100]")
        self.end_recorder(recorder)
        finding = self.events(self.trace, "flood")[0]
        self.assertEqual(finding["process"], "nginx")
        self.assertRegex(finding["ancestry"], r"sh\(\d+\) > nginx\(\d+\)( > nginx\(\d+\))?$")
        self.assertTrue(finding["ancestry"].endswith(f"nginx({finding['pid']})"))

    def test_rules_reach_into_vlans(self):
        recorder = self.observe("--rule", "block 10.77.5.9", "--rule", "drop udp port 7000", "--packets")
        self.send(*PYTHON, TAGGED, self.peer)
        trace = self.stop(recorder)
        flows = {row["what"]: (row["interface"], row["packets"], row["dropped"]) for row in analyze(trace, "--network").where(by="flow")}
        tagged, twice = self.interface + ".5", self.interface + ".6.7"
        self.assertEqual(flows["udp 10.77.5.9 > 10.77.0.2:6000"], (tagged, 3, 3))  # of a blocked source: without its port
        self.assertEqual(flows["udp 10.77.5.1:5000 > 10.77.0.2:6000"], (tagged, 4, 0))
        self.assertEqual(flows["udp 10.77.5.1:5000 > 10.77.0.2:7000"], (twice, 2, 2))
        exported = self.file("packets.pcapng")
        with open(exported, "wb") as out:
            subprocess.run([os.environ["EBPF_ANALYZE"], trace, "--export", "pcapng"], stdout=out, check=True, timeout=LONGEST)
        fields = [word for name in ("vlan.id", "ip.src", "udp.dstport", "frame.comment") for word in ("-e", name)]
        seen = run("tshark", "-r", exported, "-Y", "vlan", "-T", "fields", *fields).splitlines()
        self.assertEqual(seen, ["5\t10.77.5.9\t6000\tverdict: drop; rule: block 10.77.5.9"] * 3 + ["5\t10.77.5.1\t6000\tverdict: pass"] * 4
                         + ["7\t10.77.5.1\t7000\tverdict: drop; rule: drop udp port 7000"] * 2)
        said = run("capinfos", "-c", "-t", "-I", exported)
        self.assertIn(f"Name = {self.interface}", said)
        self.assertIn("Time precision = nanoseconds (9)", said)


if __name__ == "__main__":
    become_root()
    skip_without_tools()
    unittest.main(verbosity=2)
