#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Several files, pipes, and files that grow while they are asked. usage: files_test.py ANALYZE SAMPLES"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

ANALYZE, SAMPLES = sys.argv[1:3]
PARTS = sorted(os.path.join(SAMPLES, "parts", name) for name in os.listdir(os.path.join(SAMPLES, "parts")))
LONGEST = 120  # seconds, of anything


def sample(name):
    return os.path.join(SAMPLES, name + ".trace")


def run(*arguments, given=None, status=0):
    done = subprocess.run([ANALYZE, *arguments], input=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LONGEST, check=False)
    if done.returncode != status:
        raise AssertionError(f"{arguments}: exit {done.returncode}: {done.stderr.decode()}")
    return done


def rows(*arguments):
    return json.loads(run(*arguments, "--format", "json", "-n", "0").stdout)["rows"]


class Parts(unittest.TestCase):
    def test_are_one_recording(self):
        whole = rows(*PARTS, "--syscalls")
        self.assertEqual(rows(os.path.join(SAMPLES, "parts", "*"), "--syscalls"), whole)
        self.assertEqual(rows(*reversed(PARTS), "--syscalls"), whole)
        calls = {}
        for part in PARTS:
            for row in rows(part, "--syscalls"):
                calls[row["syscall"]] = calls.get(row["syscall"], 0) + row["calls"]
        self.assertEqual({row["syscall"]: row["calls"] for row in whole}, calls)
        self.assertEqual(rows(*PARTS, "--syscalls", "--no-summaries"), whole)

    def test_a_missing_one_is_a_shortfall(self):
        done = run(PARTS[0], PARTS[2], "--top-io", "--format", "json")
        answer = json.loads(done.stdout)
        self.assertTrue(answer["complete"])
        self.assertIn("part 2 of the recording is not here", " ".join(answer["shortfalls"]))


class Recordings(unittest.TestCase):
    def test_stand_side_by_side(self):
        both = rows(sample("build"), sample("file-io"), "--top-io")
        ids = {row["recording"] for row in both}
        self.assertEqual(len(ids), 2)
        alone = rows(sample("build"), "--top-io") + rows(sample("file-io"), "--top-io")
        strip = [{name: value for name, value in row.items() if name != "recording"} for row in both]
        self.assertCountEqual([json.dumps(row) for row in strip], [json.dumps(row) for row in alone])

    def test_are_sorted_and_cut_together(self):
        calls = [row["calls"] for row in rows(sample("build"), sample("file-io"), "--syscalls", "--sort", "-calls")]
        self.assertEqual(calls, sorted(calls, reverse=True))
        answer = json.loads(run(sample("build"), sample("file-io"), "--syscalls", "-n", "3", "--format", "json").stdout)
        self.assertEqual(len(answer["rows"]), 3)

    def test_by_recording(self):
        found = rows(sample("build"), sample("file-io"), "--syscalls", "--by", "recording")
        self.assertEqual(len(found), 2)
        self.assertEqual(list(found[0])[0], "recording")

    def test_of_which_one_is_no_trace(self):
        done = run(sample("build"), os.path.abspath(__file__), "--top-io", status=2)
        self.assertIn(os.path.basename(__file__), done.stderr.decode())

    def test_cannot_be_followed_together(self):
        self.assertIn("takes one recording", run(sample("build"), sample("file-io"), "--follow", status=1).stderr.decode())


class Pipes(unittest.TestCase):
    def test_standard_input(self):
        with open(sample("build"), "rb") as file:
            data = file.read()
        for question in (["--top-io"], ["--events", "--filter", "failed"]):
            self.assertEqual(run("-", *question, given=data).stdout, run(sample("build"), *question).stdout)
        # What is followed is in order within what came at a time.
        self.assertEqual(sorted(run("-", "--events", "--follow", given=data).stdout.splitlines()),
                         sorted(run(sample("build"), "--events").stdout.splitlines()))


class Growing(unittest.TestCase):
    def grow(self, name, *question, steps=7):
        """What follows a copy of the sample that is written in so many pieces."""
        with open(sample(name), "rb") as file:
            data = file.read()
        with tempfile.TemporaryDirectory() as folder:
            copy = os.path.join(folder, "growing.trace")
            with open(copy, "wb", buffering=0) as file:
                file.write(data[:30])
                following = subprocess.Popen([ANALYZE, copy, "--follow", *question], stdout=subprocess.PIPE)
                try:
                    for step in range(1, steps + 1):
                        with open(f"/proc/{following.pid}/stat") as stat:
                            self.assertNotIn(stat.read().split()[2], "ZX")  # it still follows
                        file.write(data[max(30, len(data) * (step - 1) // steps):len(data) * step // steps])
                    return following.communicate(timeout=LONGEST)[0], following.returncode
                finally:
                    following.kill()
                    following.wait()

    def test_an_answer_is_that_of_the_whole(self):
        for question in (["--top-io", "--format", "json"], ["--syscalls", "--format", "csv"], ["--tree", "--format", "json"]):
            out, status = self.grow("build", *question)
            self.assertEqual((out, status), (run(sample("build"), *question).stdout, 0))

    def test_events_are_there_once(self):
        for options in ([], ["--format", "json"], ["--format", "csv"], ["--filter", "duration > 10us", "--columns", "time,event"]):
            out, status = self.grow("build", "--events", *options)
            whole = run(sample("build"), "--events", *options).stdout
            self.assertEqual(status, 0)
            self.assertEqual(sorted(out.splitlines()), sorted(whole.splitlines()))

    def test_findings_go_on_below(self):
        out, status = self.grow("network", "--security")
        self.assertEqual(status, 0)
        # Columns of one look are as wide as its texts: words are compared.
        self.assertEqual(sorted(out.split()), sorted(run(sample("network"), "--security").stdout.split()))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
