#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Several files, pipes, and files that grow while they are asked. usage: files_test.py ANALYZE SAMPLES"""
import csv
import io
import json
import os
import shutil
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

    def test_the_recording_is_a_column(self):
        both = sample("build"), sample("file-io")
        found = rows(*both, "--syscalls", "--columns", "calls,recording", "--sort", "recording")
        self.assertEqual(list(found[0]), ["calls", "recording"])
        self.assertEqual([row["recording"] for row in found], sorted(row["recording"] for row in found))
        self.assertEqual(list(rows(*both, "--syscalls", "--columns", "all")[0])[0], "recording")
        self.assertIn("no column 'recording'", run(sample("build"), "--syscalls", "--sort", "recording", status=1).stderr.decode())

    def test_a_ranking_is_one_of_all(self):
        for question, measure in ((["--syscalls"], lambda row: row["total_ns"]),
                                  (["--top-io"], lambda row: row["read_bytes"] + row["write_bytes"]),
                                  (["--slowest"], lambda row: row["duration_ns"]), (["--errors"], lambda row: row["errors"]),
                                  (["--top-files", "--by", "process"], lambda row: row["read_bytes"] + row["write_bytes"])):
            each = [rows(sample(name), *question) for name in ("build", "file-io")]
            both = rows(sample("build"), sample("file-io"), *question)
            measures = [measure(row) for row in both]
            self.assertEqual(measures, sorted(measures, reverse=True), question)
            self.assertCountEqual(measures, [measure(row) for alone in each for row in alone])
            first = json.loads(run(sample("build"), sample("file-io"), *question, "-n", "5", "--format", "json").stdout)["rows"]
            self.assertEqual(first, both[:5])
            # Within a recording the order is its own.
            ids = list(dict.fromkeys(row["recording"] for row in both))
            strip = lambda id: [json.dumps({name: value for name, value in row.items() if name != "recording"})
                                for row in both if row["recording"] == id]
            self.assertCountEqual([strip(id) for id in ids], [[json.dumps(row) for row in alone] for alone in each])

    def test_of_keys_the_first_of_all_are_shown(self):
        for question, keys, measure in ((["--histogram", "--by", "syscall"], ["syscall"], "count"),
                                        (["--timeline", "--bucket", "5ms", "--by", "process"], ["process"], "events")):
            keys = ["recording", *keys]
            all_rows = rows(sample("build"), sample("file-io"), *question)
            sums = {}
            for row in all_rows:
                key = tuple(row[name] for name in keys)
                sums[key] = sums.get(key, 0) + row[measure]
            self.assertEqual(list(sums.values()), sorted(sums.values(), reverse=True))
            for count in (1, 3):
                some = json.loads(run(sample("build"), sample("file-io"), *question, "-n", str(count), "--format", "json").stdout)["rows"]
                wanted = list(sums)[:count]
                self.assertEqual(some, [row for row in all_rows if tuple(row[name] for name in keys) in wanted])
            shown = run(sample("build"), sample("file-io"), *question, "-n", "3").stdout.decode()
            self.assertIn(f"({len(sums) - 3} more keys; -n 0 shows all)", shown)
        over_time = ["--memory", "--bucket", "20ms"]
        self.assertEqual(len({(row["recording"], row["pid"]) for row in json.loads(run(
            sample("build"), sample("file-io"), *over_time, "-n", "4", "--format", "json").stdout)["rows"]}), 4)

    def test_what_is_left_out_is_counted_once(self):
        each = [len(rows(sample(name), "--syscalls")) for name in ("build", "file-io")]
        shown = run(sample("build"), sample("file-io"), "--syscalls", "-n", "4").stdout.decode()
        self.assertIn(f"({sum(each) - 4} more; -n 0 shows all)", shown)
        self.assertNotIn("more; -n 0", run(sample("build"), sample("file-io"), "--syscalls", "-n", "0").stdout.decode())

    def test_people_see_the_file(self):
        shown = run(sample("build"), sample("file-io"), "--syscalls", "-n", "0").stdout.decode().splitlines()
        self.assertTrue(shown[0].startswith("RECORDING"), shown[0])
        self.assertEqual({line.split()[0] for line in shown[1:] if line}, {"build.trace", "file-io.trace"})
        with tempfile.TemporaryDirectory() as folder:
            other = os.path.join(folder, "build.trace")
            shutil.copy(sample("file-io"), other)
            shown = run(sample("build"), other, "--syscalls", "-n", "0", "--columns", "recording").stdout.decode().splitlines()
            ids = {row["recording"][:8] for row in rows(sample("build"), other, "--syscalls")}
            self.assertEqual({line.strip() for line in shown[1:] if line}, {f"build.trace {id}" for id in ids})

    def test_pictures_stand_one_below_the_other(self):
        ids = [json.loads(run(sample(name), "--events", "--format", "json", "--columns", "recording", "-n", "1").stdout)["recording"]
               for name in ("build", "file-io")]
        for question in (["--timeline"], ["--histogram"], ["--timeline", "--by", "process", "-n", "3"]):
            alone = [run(sample(name), *question).stdout.decode() for name in ("build", "file-io")]
            shown = run(sample("build"), sample("file-io"), *question).stdout.decode()
            if "-n" not in question:
                for id, picture in zip(ids, alone):
                    self.assertIn(f"recording {id}\n{picture}", shown)
            self.assertEqual(sum(line in (f"recording {id}" for id in ids) for line in shown.splitlines()), 2, shown)

    def test_bounds_are_marked_whichever_has_losses(self):
        for pair in (("losses", "build"), ("build", "losses")):
            self.assertIn("≥CALLS", run(*map(sample, pair), "--syscalls", "-n", "1").stdout.decode())

    def test_events_say_of_which_they_are(self):
        names = ("build", "losses")
        lines = [run(sample(name), "--events", "--format", "json").stdout.splitlines() for name in names]
        both = [json.loads(line) for line in run(*map(sample, names), "--events", "--format", "json").stdout.splitlines()]
        self.assertEqual(len({row["recording"] for row in both}), 2)
        for row in both:
            self.assertEqual(list(row)[0], "recording")
            del row["recording"]
        self.assertEqual(both, [json.loads(line) for one in lines for line in one])
        table = run(*map(sample, names), "--events", "--format", "csv").stdout.decode()
        found = list(csv.DictReader(io.StringIO(table, newline="")))
        self.assertEqual(len(found), len(both))
        self.assertEqual([row["event"] for row in found], [row["event"] for row in both])
        self.assertEqual(len({row["recording"] for row in found}), 2)
        text = run(*map(sample, names), "--events").stdout.decode().splitlines()
        self.assertEqual(sum(line.startswith("recording ") for line in text), 2)
        chosen = run(*map(sample, names), "--events", "--columns", "pid,recording", "--format", "csv").stdout.decode().splitlines()
        self.assertEqual((chosen[0], chosen.count(chosen[0]), len(chosen)), ("pid,recording", 1, len(both) + 1))
        self.assertEqual(len(run(*map(sample, names), "--events", "-n", "7", "--format", "json").stdout.splitlines()), 7)
        across = run(*map(sample, names), "--events", "-n", str(len(lines[0]) + 3), "--format", "json").stdout.splitlines()
        self.assertEqual(len(across), len(lines[0]) + 3)

    def test_losses_of_the_first_are_told_behind_the_second(self):
        for question in (["--events"], ["--events", "--format", "csv"], ["--syscalls", "--format", "csv"]):
            for pair in (("losses", "build"), ("build", "losses")):
                self.assertIn("lost: ", run(*map(sample, pair), *question).stderr.decode())
        run(sample("losses"), sample("build"), "--events", "--fail-on-loss", status=4)

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
