# SPDX-License-Identifier: Apache-2.0
# A recording that goes on: in parts, of calls, files, processes and threads without end. The recorder's memory does not grow
# with what it has seen, its descriptors and threads neither, and each part that is kept is whole. 18 seconds; with LONG, half
# an hour.
import glob
import os
import signal
import subprocess
import sys
import time

sys.path.insert(1, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../live"))
from traced_run import LONG, LONGEST, PYTHON, LiveTest, analyze, main  # noqa: E402

SECONDS = 1800 if LONG else 18
# What may come after the first quarter: blocks that wait for a busy machine's disk, in a queue that is bounded. A leak of
# one file's or process's description, some 200 bytes, would be 100 MiB in the long form.
GROWTH_MIB = 48
MOST_MIB = 320  # as in slow_disk.py

# New files, names, processes, threads and sizes, without end.
BUSY = """
import itertools, os, subprocess, threading
for round in itertools.count():
    name = f"file-{os.getpid()}-{round}"
    for i in range(100):
        with open(f"{name}-{i}", "wb") as file: file.write(bytes(i * 40))
        os.rename(f"{name}-{i}", f"{name}-{i}.renamed")
        os.stat(f"{name}-{i}.renamed")
        os.unlink(f"{name}-{i}.renamed")
    threads = [threading.Thread(target=os.getppid) for i in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    subprocess.run(["/bin/true", name])
    zero = os.open("/dev/zero", os.O_RDONLY)
    for i in range(2000): os.read(zero, 64)
    os.close(zero)
"""


class Soak(LiveTest):
    @staticmethod
    def state_of(pid):
        """Memory of its own in MiB, descriptors, threads. (The rings are the kernel's and shared.)"""
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            own = next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))
        return own >> 10, len(os.listdir(f"/proc/{pid}/fd")), len(os.listdir(f"/proc/{pid}/task"))

    def test_nothing_grows(self):
        busy = self.start([*PYTHON, BUSY], cwd=self.folder, stdout=subprocess.DEVNULL)
        recorder = self.start_recorder(self.file("run.trace"), options=["-p", str(busy.pid), "--rotate", "4s", "--rotate", "20M", "--keep", "3"])
        samples = []
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            samples.append(self.state_of(recorder.pid))
            self.assertIsNone(busy.poll())
            time.sleep(0.25)
        recorder.send_signal(signal.SIGINT)
        self.assertEqual(recorder.wait(LONGEST), 0)
        self.end(busy)

        early, later = samples[:len(samples) // 4], samples[len(samples) // 4:]
        memory = [max(mib for mib, _, _ in part) for part in (early, later)]
        print(f"{memory[0]} MiB at most in the first quarter, {memory[1]} later ... ", end="", flush=True)
        self.assertLess(memory[1], MOST_MIB)
        self.assertLessEqual(memory[1], memory[0] + GROWTH_MIB)
        for name, i in (("descriptors", 1), ("threads", 2)):
            # A part is opened before the one before it is closed, a directory of /proc for a moment.
            self.assertLessEqual(max(sample[i] for sample in later), max(sample[i] for sample in early) + 3, name)

        parts = sorted(glob.glob(self.file("run.*.trace")))
        self.assertEqual(len(parts), 3)
        self.assertGreaterEqual(int(parts[-1].split(".")[-2]), SECONDS // 10, "it was not recorded in parts")
        for part in parts:
            answer = analyze(part, "--summary")
            self.assertEqual((answer.status, answer.complete), (0, True), answer.stderr)
            self.assertEqual(analyze(part, "--verify").status, 0)


if __name__ == "__main__":
    main()
