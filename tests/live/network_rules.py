# SPDX-License-Identifier: Apache-2.0
# The rules against real tools: a scan by nmap, a flood by hping3, a busy server; release after the time to live; reload.
import subprocess
import unittest

from network_world import HERE, HERE6, THERE, NetworkTest, run, skip_without_tools
from traced_run import LONGEST, PYTHON, analyze, become_root

OTHER = "10.77.0.9"  # another sender


class NetworkRules(NetworkTest):
    def setUp(self):
        super().setUp()
        run("ip", "-n", self.there, "addr", "add", OTHER + "/24", "dev", self.peer)

    def test_a_scan_is_one_finding(self):
        for target, option in ((HERE, ()), (HERE6, ("-6",))):
            with self.subTest(target=target):
                recorder = self.observe("--rule", "scan 20 ports in 10s report")
                self.send("nmap", "-n", "-Pn", *option, "-sS", "-p", "1-1000", target)
                trace = self.stop(recorder)
                finding, = self.events(trace, "scan")
                self.assertEqual((finding["count"], finding["severity"], finding["verdict"]), (20, "alert", "pass"))
                self.assertEqual(self.events(trace, "block", "drop"), [])

    def test_a_flood_blocks_its_source_only_and_releases_it(self):
        recorder = self.observe("--rule", "limit syn 100/s burst 200 block 15s")
        sent = subprocess.run(["ip", "netns", "exec", self.there, "hping3", "-q", "-S", "-p", "80", "-i", "u500", "-c", "2000", "-a", OTHER, HERE],
                              capture_output=True, timeout=LONGEST)
        self.assertIn(b"2000 packets transmitted", sent.stderr)
        self.assertTrue(self.silent(OTHER))
        self.assertTrue(self.reaches(THERE))
        self.wait_until_said("ebpf-record: unblock")
        self.assertTrue(self.reaches(OTHER))
        trace = self.stop(recorder)
        block, = self.events(trace, "block")
        self.assertTrue(block["source"].startswith(OTHER + ":"), block)
        release, = self.events(trace, "unblock")
        self.assertEqual(release["source"], OTHER)
        # when it ends is decided when it begins; the release is told later
        ends = {row["args"].split("what=")[1].split(",")[0]: int(row["args"].split("until_ns=")[1].split(",")[0])
                for row in analyze(trace, "--events").rows if row["event"] == "security" and "until_ns=" in row["args"]}
        self.assertEqual(ends, {"block": block["time_ns"] + 15 * 10**9, "unblock": block["time_ns"] + 15 * 10**9})
        self.assertGreaterEqual(release["time_ns"], ends["block"])
        answer = analyze(trace, "--network")
        verdicts = {row["what"]: row["packets"] for row in answer.where(by="verdict")}
        # what was sent, and an echo while it was blocked and one after; a burst of 200 passed, and what came until it was used up
        source, = answer.where(by="source", what=OTHER)
        self.assertEqual((source["packets"], source["dropped"]), (2002, verdicts["drop"]))
        self.assertGreaterEqual(source["packets"] - source["dropped"], 201)
        self.assertEqual(release["count"], verdicts["drop"])
        told = len(self.events(trace, "drop", "flood", "block"))
        self.assertLess(told, 30)

    def test_a_busy_port_blocks_nobody(self):
        recorder = self.observe("--rule", "scan 20 ports in 10s", "--rule", "limit syn 1000/s burst 2000")
        web = self.start_inside(self.here, PYTHON[0], "-m", "http.server", "8000", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_until_listening(self.here, 8000)
        self.send("sh", "-c", f"for i in $(seq 150); do curl -s -o /dev/null http://{HERE}:8000/ || exit 1; done")
        self.end(web)
        trace = self.stop(recorder)
        self.assertEqual(analyze(trace, "--security").rows, [])

    def test_reloading_while_it_runs(self):
        rules = self.file("edge.rules")

        def write(text):
            with open(rules, "w") as out:
                out.write(text)

        write(f"block {OTHER}\n")
        recorder = self.observe("--rules", rules)
        self.assertEqual((self.silent(OTHER), self.reaches(THERE)), (True, True))
        write(f"block {THERE}\n")
        self.reload(recorder.pid)
        self.assertEqual((self.reaches(OTHER), self.silent(THERE)), (True, True))
        write("blok\n")
        self.reload(recorder.pid)
        self.assertEqual((self.reaches(OTHER), self.silent(THERE)), (True, True))
        write(f"allow {THERE}\nblock {THERE}\n")
        self.reload(recorder.pid)
        self.assertTrue(self.reaches(THERE))
        trace = self.stop(recorder)
        told = self.events(trace, "rules replaced", "rules refused")
        self.assertEqual([row["event"] for row in told], ["rules replaced", "rules refused", "rules replaced"])
        self.assertIn(":1:1: 'blok' is no rule", told[1]["rule"])

    def test_dry_run_drops_nothing(self):
        recorder = self.observe("--dry-run", "--rule", f"block {THERE}", "--rule", "drop icmpv6")
        self.assertTrue(self.reaches(THERE))
        trace = self.stop(recorder)
        self.assertEqual({row["verdict"] for row in self.events(trace, "drop")}, {"would drop"})
        self.assertNotIn("drop", [row["what"] for row in analyze(trace, "--network").where(by="verdict")])


if __name__ == "__main__":
    become_root()
    skip_without_tools()
    unittest.main(verbosity=2)
