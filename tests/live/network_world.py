# SPDX-License-Identifier: Apache-2.0
# Two network namespaces of our own with a veth pair between them: what the network tests record and send. Both are gone
# afterwards, however a test ends.
import os
import signal
import subprocess
import sys
import time

from traced_run import LONGEST, RECORDER, SKIPPED, LiveTest, analyze, plain_environment

NEEDED = ("ip", "ethtool", "ping", "tshark", "nmap", "hping3", "iperf3", "curl", "nginx", "strace")
HERE, THERE = "10.77.0.2", "10.77.0.1"  # the observed side, and the one that sends
HERE6, THERE6 = "fd77::2", "fd77::1"


def run(*words, check=True, **how):
    done = subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL, timeout=LONGEST, **how)
    if check and done.returncode:
        raise RuntimeError(f"{words}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode(errors="replace")


class NetworkTest(LiveTest):
    count = 0

    def setUp(self):
        super().setUp()
        NetworkTest.count += 1
        name = f"ebpf{os.getpid()}n{NetworkTest.count}"
        self.here, self.there = name + "h", name + "t"
        self.interface, self.peer = f"h{os.getpid()}", f"t{os.getpid()}"
        for space in (self.here, self.there):
            run("ip", "netns", "add", space)
            self.addCleanup(run, "ip", "netns", "del", space, check=False)
        run("ip", "link", "add", self.peer, "netns", self.there, "type", "veth", "peer", "name", self.interface, "netns", self.here)
        for space, link, four, six in ((self.here, self.interface, HERE, HERE6), (self.there, self.peer, THERE, THERE6)):
            run("ip", "-n", space, "addr", "add", four + "/24", "dev", link)
            run("ip", "-n", space, "addr", "add", six + "/64", "dev", link, "nodad")
            run("ip", "-n", space, "link", "set", link, "up")
            run("ip", "-n", space, "link", "set", "lo", "up")

    def inside(self, space, *words, **how):
        return run("ip", "netns", "exec", space, *words, **how)

    def send(self, *words, **how):
        """Runs a program on the side that sends."""
        return self.inside(self.there, *words, **how)

    def start_inside(self, space, *words, **how):
        return self.start(["ip", "netns", "exec", space, *words], **how)

    def observe(self, *options, command=(), before=(), **how):
        """A recorder on the observed side, run by `before`; returned once it records. Its stderr is read by stop()."""
        self.trace = self.file("network.trace")
        self.said = []
        process = self.start_inside(self.here, *before, RECORDER, "-v", "-o", self.trace, "--xdp", self.interface, "--flow-interval", "0.5", *options,
                                    *(["--", *command] if command else []), stderr=subprocess.PIPE, bufsize=0, **how)
        for line in process.stderr:
            self.said.append(line.decode())
            if b"recording" in line:
                return process
        self.fail("the recorder did not start: " + "".join(self.said))

    def stop(self, recorder, number=signal.SIGINT):
        recorder.send_signal(number)
        self.said += recorder.stderr.read().decode().splitlines(keepends=True)
        self.assertEqual(recorder.wait(LONGEST), 0, "".join(self.said))
        return self.trace

    def reaches(self, source=THERE, target=None):
        target = target or (HERE6 if ":" in source else HERE)
        return subprocess.run(["ip", "netns", "exec", self.there, "ping", "-c", "1", "-W", "1", "-I", source, target], capture_output=True,
                              timeout=10).returncode == 0

    def events(self, trace, *names):
        """Rows of --security."""
        return [row for row in analyze(trace, "--security").rows if row["event"] in names]

    def attached(self, interface=None):
        return "xdp" in self.inside(self.here, "ip", "link", "show", "dev", interface or self.interface)

    def wait_until_free(self, seconds=1):
        deadline = time.monotonic() + seconds
        while self.attached():
            self.assertLess(time.monotonic(), deadline, "the program is still attached")
            time.sleep(0.01)


def skip_without_tools():
    missing = [tool for tool in NEEDED if run("which", tool, check=False) == ""]
    if missing:
        print("skipped, because these are missing:", ", ".join(missing))
        sys.exit(SKIPPED)
    if subprocess.run(["ip", "netns", "add", f"ebpf{os.getpid()}probe"], capture_output=True).returncode:
        print("skipped, because network namespaces are not permitted here")
        sys.exit(SKIPPED)
    run("ip", "netns", "del", f"ebpf{os.getpid()}probe")
