# SPDX-License-Identifier: Apache-2.0
# Two network namespaces of our own with a veth pair between them: what the network tests record and send. Both are gone
# afterwards, however a test ends.
import os
import signal
import subprocess
import sys
import threading

from traced_run import LONGEST, PATIENCE, RECORDER, SKIPPED, LiveTest, analyze, plain_environment

NEEDED = ("ip", "ethtool", "ping", "tshark", "dumpcap", "capinfos", "nmap", "hping3", "iperf3", "curl", "nginx", "strace")
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
        """A recorder on the observed side, run by `before`; returned once it records. What it says is in self.said."""
        self.trace = self.file("network.trace")
        self.said = []
        process = self.start_inside(self.here, *before, RECORDER, "-v", "-o", self.trace, "--xdp", self.interface, "--flow-interval", "0.5", *options,
                                    *(["--", *command] if command else []), stderr=subprocess.PIPE, bufsize=0, **how)
        for line in process.stderr:
            self.said.append(line.decode())
            if b"recording" in line:
                break
        else:
            self.fail("the recorder did not start: " + "".join(self.said))

        def listen(said):
            for line in process.stderr:
                said.append(line.decode())

        self.listener = threading.Thread(target=listen, args=(self.said,), daemon=True)
        self.listener.start()
        return process

    def wait_for_end(self, recorder, status=0):
        """Until the recorder ended and all that it said is in self.said."""
        self.assertEqual(recorder.wait(LONGEST), status, "".join(self.said))
        self.listener.join(LONGEST)

    def stop(self, recorder, number=signal.SIGINT):
        recorder.send_signal(number)
        self.wait_for_end(recorder)
        return self.trace

    def times_said(self, *words):
        return sum(any(word in line for word in words) for line in self.said)

    def wait_until_said(self, *words, times=1):
        """Until so many lines of the recorder's have one of the words."""
        self.wait_for(lambda: self.times_said(*words) >= times, f"the recorder's words {words}")

    def reload(self, pid):
        """SIGHUP; returns when the rules have been read again, or refused."""
        words = ("are in force now", "stay in force")
        before = self.times_said(*words)
        os.kill(pid, signal.SIGHUP)
        self.wait_until_said(*words, times=before + 1)

    def wait_until_listening(self, space, port):
        """On TCP, at any address there."""
        def listening():
            return any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A"
                       for line in self.inside(space, "cat", "/proc/net/tcp", "/proc/net/tcp6").splitlines())

        self.wait_for(listening, f"a server at port {port}")

    def reaches(self, source=THERE, wait=int(60 * PATIENCE)):
        """That an echo comes back. It is waited for as long as a busy machine may take: returns as soon as it is there."""
        target = HERE6 if ":" in source else HERE
        return subprocess.run(["ip", "netns", "exec", self.there, "ping", "-c", "1", "-W", str(wait), "-I", source, target], capture_output=True,
                              timeout=LONGEST + wait).returncode == 0

    def silent(self, source):
        """That no echo comes back within a second. Where it is dropped, no machine is so busy that one does."""
        return not self.reaches(source, wait=1)

    def events(self, trace, *names):
        """Rows of --security."""
        return [row for row in analyze(trace, "--security").rows if row["event"] in names]

    def attached(self, interface=None):
        return "xdp" in self.inside(self.here, "ip", "link", "show", "dev", interface or self.interface)

    def wait_until_free(self):
        self.wait_for(lambda: not self.attached(), "the program to be gone")


def skip_without_tools():
    missing = [tool for tool in NEEDED if run("which", tool, check=False) == ""]
    if missing:
        print("skipped, because these are missing:", ", ".join(missing))
        sys.exit(SKIPPED)
    if subprocess.run(["ip", "netns", "add", f"ebpf{os.getpid()}probe"], capture_output=True).returncode:
        print("skipped, because network namespaces are not permitted here")
        sys.exit(SKIPPED)
    run("ip", "netns", "del", f"ebpf{os.getpid()}probe")
