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
    "pid": "ids of processes and threads; each is replaced by its place in the tree, those of others by OTHER",
    "inode": "inode numbers of pipes, sockets and anonymous files; each is replaced by the order of its first use",
    "port": "a port that the kernel chose",
    "temporary name": "random part of a temporary file's name",
    "environment": "strace prints the number of variables of an execve; the environment is not recorded",
    "signal": "lines of delivered signals and ends of threads: no calls",
    "scheduling": "calls that a thread makes only if another was faster, or a signal came: futex, sched_yield, rt_sigreturn, "
                  "restarted calls, and what a shell does when its child ended, before or after it asked",
    "clock": "times of day and time left, CPU time used, load, free space and inodes, the id of a file system that is mounted anew",
    "random": "random bytes, and what is made of them (keys, nonces); text of /proc/PID/maps",
    "device": "strace -y adds the device number to the path of a device",
    "comment": "strace's comments in a line: /* ... */",
    "getdents": "strace says how many entries there were, we say which",
    "uname": "strace shortens it to two fields",
    "file in structure": "strace -y names the file of a descriptor that is in a structure or array; our record names those of arguments",
    "replaced file": "strace -y names the file that dup2 replaces; our record has the one that is duplicated",
    "unix socket": "strace -yy says inodes of a Unix socket and its peer, we say addresses",
    "value before": "a value that the call replaces: of a length or position we keep the new one, strace shows both",
    "command line": "the arguments of an execve are kept whole, strace cuts them at -s",
    "sign": "a C library that extends the sign of SA_RESETHAND sets 32 bits without a meaning",
    "notation": "a number without symbols: hexadecimal or decimal",
    "synonym": "strace prints two names of one ioctl: 'A or B', and WSTOPPED for WUNTRACED",
}
Thread = collections.namedtuple("Thread", "tid calls")  # calls: list of text

MAKES_THREADS = re.compile(r"^(?:fork|vfork|clone|clone3)\(.*\) = (\d+)")
BY_SCHEDULING = re.compile(r"^wait4\(.*\) = (?:0|-1 ECHILD)|^(?:futex|rt_sigreturn|restart_syscall|sched_yield)\(|= \? ERESTART|^(?:clone|vfork)\(.*ERESTART")
DURATION = re.compile(r" <[0-9.]+(?:ns|µs|us|ms|s|min|h)?(?:, began before)?(?:, unfinished)?>(?: .*)?$")


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


UNIX_SOCKET = re.compile(r"<UNIX(?:->|[^<>])*>")
IN_STRUCTURE = {"poll", "ppoll", "select", "pselect6", "pipe", "pipe2", "socketpair", "epoll_ctl", "epoll_wait"}
CLOCKS = {"gettimeofday", "time", "clock_gettime", "getrusage", "times", "sysinfo", "wait4", "clock_nanosleep", "pselect6", "ppoll",
          "select", "poll", "epoll_wait", "getitimer", "setitimer", "timer_gettime", "utimensat", "statfs", "fstatfs"}
SECRET_FILES = re.compile(r"-journal>|/key(?:\.pub)?>|/proc/\w+/(?:maps|stat)\b|/index\.lock>|/objects/|/dev/u?random>|\bRANDOM\b.*>")
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"(?:\.\.\.)?')


HAVE_PIDS = {"fork", "vfork", "clone", "clone3", "wait4", "waitid", "getpid", "gettid", "getppid", "set_tid_address", "kill", "tgkill", "tkill",
             "getpgrp", "getpgid", "setpgid", "getsid", "setsid", "prlimit64", "ioctl", "capget", "capset", "sched_setaffinity",
             "sched_getaffinity", "getpriority", "setpriority"}
LIMIT = 20  # of an argument of execve: less than -s, whose last character may be an escape


class Normal:
    """Replaces what may differ. One object per run, for what is numbered by first use."""

    def __init__(self, threads):
        self.pids = {str(thread.tid): f"P{place}" for place, thread in enumerate(threads)}
        self.inodes = {}

    def inode(self, found):
        return f"{found[1]}:[#{self.inodes.setdefault(found[2], len(self.inodes))}"

    def call(self, text):
        name = text.split("(", 1)[0]
        text = re.sub(r" /\* .*? \*/", "", text)
        if name in IN_STRUCTURE:
            head, bracket, rest = text.partition("[")
            text = head + bracket + re.sub(r"(\b\d+)<(?:->|[^<>])*>", r"\1", rest)
        if name in ("dup2", "dup3"):
            text = re.sub(r", (\d+)<.*?>(, |\) =)", r", \1\2", text)
        text = re.sub(r"\b(pipe|socket|TCP(?:v6)?|UDP(?:v6)?|NETLINK|mnt|net|pid|ipc|uts|user|cgroup|time):\[(\d+)(?=[\]-])",
                      self.inode, text)
        text = UNIX_SOCKET.sub("<UNIX>", text)
        text = re.sub(r"(</dev/[^<>]*)<(?:char|block) [^>]*>>", r"\1>", text)
        if name == "execve":
            text = re.sub(r"\], (?:\.\.\.|0x[0-9a-f]+)\) =", "], ENVIRONMENT) =", text)
            path, arguments, rest = text.partition("[")  # the command line is kept whole, whatever -s says
            text = (path + arguments + QUOTED.sub(lambda found: found[0].rstrip(".")[:LIMIT], rest))[:400]
        text = re.sub(r"0x[0-9a-f]{6,}" if name != "brk" else r"0x[0-9a-f]+", "ADDRESS", text)
        anywhere = r"(?<![\w.:\"\[#\\])\d{2,}(?![\w.:\"])" if name in HAVE_PIDS else r"(?<=/proc/)\d+"
        if name == "prlimit64":  # limits are any numbers, also those of a process
            anywhere = r"(?<=^prlimit64\()\d+"
        text = re.sub(anywhere, lambda found: self.pids.get(found[0], found[0]), text)
        text = re.sub(r"(127\.0\.0\.1:|\]:|htons\()\d{5}", r"\1PORT", text)
        text = re.sub(r"((?:/tmp/(?:cc|sh-thd[.-]?|tmp|sort)|/sed|\btmp_(?:obj|idx|pack)_|\.git/t|/sqlite_|/gz)(?:/\w+_)?)[A-Za-z0-9_.]{6,}", r"\1RANDOM", text)
        if name in ("getppid", "getpgrp", "getpgid", "setpgid", "getsid", "ioctl"):
            text = re.sub(r"= \d{2,}$|(?<=\[)\d{3,}(?=\])", "= OTHER", text)
        if name in ("getrandom",) or (name in ("read", "write", "pread64", "pwrite64") and SECRET_FILES.search(text)):
            text = QUOTED.sub('"RANDOM"', text)
        if name in CLOCKS:
            text = re.sub(r"(tv_sec=)(?:\d{10}|[01]\b)", r"\1T", text)
            text = re.sub(r"(tv_n?u?sec=)[1-9]\d*", r"\1T", text)
            text = re.sub(r"(, )?left \{.*?\}", "", text)
            text = re.sub(r"(f_bfree|f_bavail|f_ffree)=\d+", r"\1=N", text)
            text = re.sub(r"(f_fsid)={val=\[[^]]*\]}", r"\1=N", text)  # of a tmpfs, drawn when it is mounted
            text = re.sub(r"u64=\d+", "u64=DATA", text)
            if name in ("times", "time", "sysinfo", "getrusage"):
                text = re.sub(r"\bT\b|\d+", "N", text)
        if name == "epoll_ctl":
            text = re.sub(r"u64=\d+", "u64=DATA", text)
        if name in ("getdents64", "getdents"):
            text = re.sub(r", \[.*\], (\d+)\)", r", ADDRESS, \1)", text)
        if name == "uname":
            text = "uname(" + text[text.rindex(") ="):]
        text = re.sub(r"\[\d+\] => \[", "[", re.sub(r"\[\d+ => ", "[", text))
        if name in ("ioctl", "prctl", "rseq"):
            text = re.sub(r"\b(\w+) or \w+", r"\1", text)
            text = re.sub(r"\b0x([0-9a-f]{1,8})\b", lambda found: str(int(found[1], 16)), text)
        if name == "wait4":
            text = text.replace("WNOHANG", "0").replace("WSTOPPED", "WUNTRACED")
        if name == "rt_sigaction":
            text = text.replace("SA_RESETHAND|ADDRESS", "SA_RESETHAND")
        return text

    def calls(self, thread):
        lines = [self.call(text) for text in thread.calls if not BY_SCHEDULING.search(text)]
        ends = [line for line in lines if line.startswith("wait4(")]  # a child's end is learnt of sooner or later
        lines = [line for line in lines if not line.startswith("wait4(")]
        # A random number out of range is drawn again.
        lines = [line for place, line in enumerate(lines) if not (line.startswith("getrandom(") and line in lines[:place])]
        return lines + sorted(ends)
