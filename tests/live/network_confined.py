# SPDX-License-Identifier: Apache-2.0
# What --xdp does while it records, it does without privileges: reads flows, takes ended ones out of the table, reads rules
# again as the user who called sudo, notices an interface that vanishes, detaches. strace is the witness that nothing of it is refused.
import os
import signal
import subprocess
import unittest

import privileges_dropped
from network_world import HERE, THERE, NetworkTest, run, skip_without_tools
from privileges_dropped import GROUP, USER
from traced_run import LONGEST, PYTHON, analyze, become_root, plain_environment

OTHER = "10.77.0.9"  # another sender
AS_SUDO = {"env": plain_environment(SUDO_UID=str(USER), SUDO_GID=str(GROUP))}


class NetworkConfined(NetworkTest):
    def setUp(self):
        super().setUp()
        run("ip", "-n", self.there, "addr", "add", OTHER + "/24", "dev", self.peer)
        os.chown(self.folder, USER, GROUP)  # the trace is the user's
        self.rules = self.file("edge.rules")

    def write_rules(self, text, mode=0o644):
        with open(self.rules, "w", encoding="ascii") as out:
            out.write(text)
        os.chmod(self.rules, mode)

    def reload_with(self, pid, text, mode=0o644):
        self.write_rules(text, mode)
        self.reload(pid)

    def served(self):
        web = self.start_inside(self.here, PYTHON[0], "-m", "http.server", "8000", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_for(lambda: subprocess.run(["ip", "netns", "exec", self.there, "curl", "-s", "-o", "/dev/null", f"http://{HERE}:8000/"],
                                             timeout=LONGEST).returncode == 0, "the server")
        return web

    def add_second_interface(self):
        """name of the observed end"""
        name, peer = self.interface + "b", self.peer + "b"
        run("ip", "link", "add", peer, "netns", self.there, "type", "veth", "peer", "name", name, "netns", self.here)
        for space, link, address in ((self.here, name, "10.78.0.2/24"), (self.there, peer, "10.78.0.1/24")):
            run("ip", "-n", space, "addr", "add", address, "dev", link)
            run("ip", "-n", space, "link", "set", link, "up")
        return name

    def everything(self, pid):
        """All that a recorder of two interfaces is asked for; the second one vanishes."""
        self.served()  # a connection that ends
        self.assertEqual((self.silent(OTHER), self.reaches(THERE)), (True, True))
        self.reload_with(pid, f"block {THERE}\nblock 10.99.0.0/16 for 1s\n")
        self.assertEqual((self.reaches(OTHER), self.silent(THERE)), (True, True))
        self.reload_with(pid, "# nothing\n")
        self.assertTrue(self.reaches(THERE))
        run("ip", "-n", self.here, "link", "del", self.interface + "b")
        self.wait_until_said("ebpf-record: interface gone")
        # FIN, then two seconds, then a sweep: read from the trace while it is written
        self.wait_for(lambda: "ended" in self.states(self.trace), "a flow's end")
        self.assertTrue(self.reaches(THERE))

    @staticmethod
    def states(trace):
        return {row["args"].split("state=")[1].split(",")[0] for row in analyze(trace, "--events").rows if row["event"] == "flow"}

    def check_everything(self, trace):
        answer = analyze(trace, "--security")
        self.assertEqual((answer.status, answer.complete, answer.lost), (0, True, 0), answer.stderr)
        told = [row["event"] for row in answer.rows if row["event"] in ("rules replaced", "interface gone", "rules refused")]
        self.assertEqual(told, ["rules replaced", "rules replaced", "interface gone"])
        gone, = [row for row in answer.rows if row["event"] == "interface gone"]
        self.assertEqual(gone["rule"], f"interface '{self.interface}b' is gone")
        self.assertLessEqual({"active", "ended", "recording ended"}, self.states(trace))
        flows = [row for row in analyze(trace, "--network").where(by="flow") if row["what"].startswith("tcp")]
        self.assertTrue(all(":8000" in row["what"] for row in flows) and flows, flows)

    def test_without_privileges_it_does_all_that_it_should(self):
        second = self.add_second_interface()
        self.write_rules(f"block {OTHER}\n")
        recorder = self.observe("--xdp", second, "--packets", "--rules", self.rules, **AS_SUDO)
        with open(f"/proc/{recorder.pid}/status", encoding="ascii") as file:
            status = {name: value.strip() for name, _, value in (line.partition(":") for line in file)}
        self.assertEqual({int(status[name], 16) for name in privileges_dropped.CAPABILITIES}, {0})
        self.assertEqual((status["Seccomp"], set(status["Uid"].split())), ("2", {str(USER)}))
        self.everything(recorder.pid)
        self.check_everything(self.stop(recorder))
        self.assertFalse(self.attached())

    def test_nothing_of_it_is_refused(self):
        second = self.add_second_interface()
        self.write_rules(f"block {OTHER}\n")
        self.log = self.file("strace")
        strace = self.observe("--xdp", second, "--packets", "--rules", self.rules,
                              before=["strace", "-f", "-qq", "-s", "0", "-e", "signal=!SIGCHLD", "-o", self.log], **AS_SUDO)
        with open(f"/proc/{strace.pid}/task/{strace.pid}/children", encoding="ascii") as children:
            recorder, = (int(pid) for pid in children.read().split())
        self.everything(recorder)
        os.kill(recorder, signal.SIGINT)
        self.wait_for_end(strace)
        self.check_everything(self.trace)
        privileges_dropped.UnderStrace.check_nothing_refused(self)

    def test_rules_that_the_user_may_not_read(self):
        self.write_rules(f"block {OTHER}\n", 0o600)  # root's own: read at the start
        recorder = self.observe("--rules", self.rules, **AS_SUDO)
        self.assertTrue(self.silent(OTHER))
        self.reload_with(recorder.pid, f"block {THERE}\n", 0o600)
        self.assertEqual((self.silent(OTHER), self.reaches(THERE)), (True, True))
        self.reload_with(recorder.pid, f"block {THERE}\n", 0o644)
        self.assertEqual((self.reaches(OTHER), self.silent(THERE)), (True, True))
        trace = self.stop(recorder)
        refused, replaced = self.events(trace, "rules refused", "rules replaced")
        self.assertEqual((refused["event"], replaced["event"]), ("rules refused", "rules replaced"))
        self.assertIn(f"cannot read the rules '{self.rules}': Permission denied; the rules before stay in force", refused["rule"])

    def test_an_interface_that_vanishes_beside_system_calls(self):
        recorder = self.observe(command=["cat"], stdin=subprocess.PIPE)
        self.assertTrue(self.reaches())
        run("ip", "-n", self.here, "link", "del", self.interface)
        self.wait_until_said("ebpf-record: interface gone")
        recorder.stdin.close()
        recorder.stdin = None  # or it is flushed again
        self.wait_for_end(recorder)
        gone, = analyze(self.trace, "--security").rows
        self.assertEqual((gone["event"], gone["severity"]), ("interface gone", "warning"))
        answer = analyze(self.trace, "--tree")
        self.assertEqual((answer.complete, answer.lost, answer.rows[0]["process"]), (True, 0, "cat"))
        flow, = analyze(self.trace, "--network").where(by="flow", what=f"icmp {THERE} > {HERE}")
        self.assertEqual((flow["packets"], flow["interface"]), (1, self.interface))

    def test_moved_to_another_namespace_it_is_let_go_at_the_end(self):
        recorder = self.observe()
        self.assertTrue(self.reaches())
        run("ip", "-n", self.here, "link", "set", self.interface, "netns", self.there)
        self.assertIn("xdp", self.inside(self.there, "ip", "link", "show", "dev", self.interface))
        trace = self.stop(recorder)
        self.assertNotIn("xdp", self.inside(self.there, "ip", "link", "show", "dev", self.interface))
        answer = analyze(trace, "--security")
        self.assertEqual((answer.complete, answer.rows), (True, []))


if __name__ == "__main__":
    become_root()
    skip_without_tools()
    unittest.main(verbosity=2)
