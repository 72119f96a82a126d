# SPDX-License-Identifier: Apache-2.0
# One recorded thread's calls as lines of text, from strace and from ebpf-analyze --events, in a form that both can be
# compared in: addresses, process ids and the like are replaced by what they stand for.
#
# TOLERATED names every class of difference that is not compared, with its reason. Nothing else is left out.
import collections
import glob
import json
import re
import subprocess

from traced_run import ANALYZER, LONGEST, plain_environment

TOLERATED = {
    "address": "where memory lies differs from run to run (randomised)",
    "pid": "ids of processes and threads; each is replaced by its place in the tree",
    "inode": "inode numbers of pipes, sockets and anonymous files; each is replaced by the order of its first use",
    "temporary name": "random part of a temporary file's name",
    "environment": "strace prints the number of variables of an execve; the environment is not recorded",
    "signal": "lines of delivered signals and ends of threads: no calls",
    "scheduling": "calls that a thread makes only if another was faster: futex, and those restarted after a signal",
    "clock": "times of day and time left, CPU time used, load",
    "random": "random bytes",
    "at_fdcwd": "strace -y adds the working directory to AT_FDCWD",
    "device": "strace -y adds the device number to the path of a device",
}

Thread = collections.namedtuple("Thread", "tid calls")  # calls: list of text

MAKES_THREADS = re.compile(r"^(?:fork|vfork|clone|clone3)\(.*\) = (\d+)")
BY_SCHEDULING = re.compile(r"^(?:futex|rt_sigreturn|restart_syscall|sched_yield)\(|= \? ERESTART|^(?:clone|vfork)\(.*ERESTART")
DURATION = re.compile(r" <[0-9.]+(?:ns|µs|us|ms|s|min|h)?(?:, unfinished)?>(?: .*)?$")


def strace_threads(command, prefix, limit, **how):
    """{tid: [call]} and the tid of the first thread, as strace -ff writes them: a file per thread."""
    how = {"env": plain_environment(), "stdin": subprocess.DEVNULL, **how}
    words = ["strace", "-ff", "-yy", "-qq", "-s", str(limit), "-o", prefix, "--", *command]
    done = subprocess.run(words, capture_output=True, timeout=LONGEST, **how)
    threads = {}
    for name in glob.glob(glob.escape(prefix) + ".*"):
        with open(name, encoding="utf-8", errors="surrogateescape") as text:
            threads[int(name.rsplit(".", 1)[1])] = [strace_call(line.rstrip("\n")) for line in text]
    return {tid: [call for call in calls if call] for tid, calls in threads.items()}, done.returncode


def strace_call(line):
    if line.startswith(("+++", "---")):
        return None
    if line.endswith("<unfinished ...>"):
        return re.sub(r"[, ]*<unfinished \.\.\.>$", "", line) + ") = ?"
    return re.sub(r"\) +=", ") =", line)


def our_threads(trace):
    """{tid: [call]} as ebpf-analyze --events shows them."""
    def ask(*options):
        return subprocess.run([ANALYZER, trace, "--events", "-n", "0", *options], capture_output=True, check=True,
                              stdin=subprocess.DEVNULL, timeout=LONGEST).stdout.decode().splitlines()

    threads = collections.defaultdict(list)
    for line, row in zip(ask(), map(json.loads, ask("--format", "json")), strict=True):
        start = line.find(f" {row['event']}(")
        if start >= 0:  # else no call: fork, exec, exit
            threads[row["tid"]].append(DURATION.sub("", line[start + 1 :]))
    return dict(threads)


def in_tree_order(threads):
    """The threads, each after the one that made it, and its children in the order they were made."""
    made = {}
    for tid, calls in threads.items():
        made[tid] = [int(found[1]) for call in calls if (found := MAKES_THREADS.match(call)) and int(found[1]) in threads]
    children = {child for made_by in made.values() for child in made_by}
    first, = [tid for tid in threads if tid not in children]
    order, open_threads = [], [first]
    while open_threads:
        tid = open_threads.pop()
        order.append(tid)
        open_threads.extend(reversed(made[tid]))
    return [Thread(tid, threads[tid]) for tid in order]


class Normal:
    """Replaces what may differ. One object per run, for what is numbered by first use."""

    def __init__(self, threads):
        self.pids = {str(thread.tid): f"P{place}" for place, thread in enumerate(threads)}
        self.inodes = {}

    def inode(self, found):
        number = self.inodes.setdefault(found[2], len(self.inodes))
        return f"{found[1]}:[#{number}"

    def call(self, text):
        text = re.sub(r"\b(pipe|socket|UNIX(?:-\w+)?|TCP|UDP|NETLINK|mnt|net|pid|ipc|uts|user|cgroup|time):\[(\d+)", self.inode, text)
        text = re.sub(r"(->)(\d+)", self.inode, text) if "UNIX" in text else text
        text = re.sub(r"AT_FDCWD<[^>]*>", "AT_FDCWD", text)
        text = re.sub(r"(</dev/[^<>]*)<(?:char|block) [^>]*>>", r"\1>", text)
        text = re.sub(r"0x[0-9a-f]{9,}(?: /\* \d+ vars \*/)?", "ADDRESS", text)
        text = re.sub(r"(?<![\w.:\"\[#])\d{2,}(?![\w.:\"])", lambda found: self.pids.get(found[0], found[0]), text)
        text = re.sub(r"(/tmp/(?:cc|sh-thd|tmp|git-|sort|tar))[A-Za-z0-9_.-]{6,}", r"\1RANDOM", text)
        name = text.split("(", 1)[0]
        if name in ("getrandom",):
            text = re.sub(r'"(?:[^"\\]|\\.)*"(?:\.\.\.)?', '"RANDOM"', text)
        if name in ("gettimeofday", "time", "clock_gettime", "getrusage", "times", "sysinfo", "wait4", "clock_nanosleep", "pselect6", "ppoll",
                    "select", "poll", "epoll_wait", "getitimer", "setitimer", "timer_gettime"):
            text = re.sub(r"(tv_u?n?sec)=\d+", r"\1=T", text)
            text = re.sub(r", left \{.*?\}", "", text)
            if name in ("times", "time", "sysinfo", "getrusage"):
                text = re.sub(r"\d+", "N", text)
        return text

    def calls(self, thread):
        return [self.call(text) for text in thread.calls if not BY_SCHEDULING.search(text)]
